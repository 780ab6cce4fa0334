import { systemWorld } from '../../world/system-world.ts'
import type { Bound } from '../size.ts'
import type { Batch } from '../trace.ts'
import { costFigures, latencyFigures } from './latency-figures.ts'
import { LevelStack, type StackTally } from './level-stack.ts'
import type { LevelReport, SetupReport } from './levels-report.ts'
import type { SetupPlan } from './setup.ts'
import { setupLabel } from './setup-label.ts'
import type { Traffic } from './traffic.ts'

/** One set-up's report in the making: a replay with its stopwatch. */
export class SetupRun {
  readonly #setup: SetupPlan
  readonly #bounds: readonly Bound[]
  readonly #rate: number | undefined
  readonly #stack: LevelStack
  #milliseconds = 0

  /** @param sampled the part of the traffic that is replayed: time passes the faster */
  constructor(setup: SetupPlan, bounds: readonly Bound[], traffic: Traffic, sampled = 1) {
    this.#setup = setup
    this.#bounds = bounds
    this.#rate = traffic.rate
    const rate = traffic.rate === undefined ? undefined : traffic.rate * sampled
    this.#stack = new LevelStack(setup, bounds, { ...traffic, rate })
  }

  replay(batch: Batch): void {
    const start = systemWorld.mono()
    this.#stack.replay(batch)
    this.#milliseconds += systemWorld.mono() - start
  }

  /**
   * @param replayed how many requests were replayed
   * @param expected how many a part of the keys should have: the rest, or what is too much, is put down
   * to requests for the hottest keys, which the first level has
   */
  report(replayed: number, sized: boolean, expected: number = replayed): SetupReport {
    const tally = corrected(this.#stack.tally(), expected - replayed)
    const requests = tally.levels[0]!.lookups
    const percent = (count: number): number => (100 * count) / requests
    return {
      setup: setupLabel(this.#setup),
      servers: this.#setup.servers,
      requests,
      hits: requests - tally.fetches,
      hitRatio: percent(requests - tally.fetches),
      levels: tally.levels.map((_, n) => this.#level(n, tally, percent)),
      source: {
        latency: this.#setup.source.latency,
        fetches: tally.fetches,
        share: percent(tally.fetches),
        fetchedBytes: sized ? tally.fetchedBytes : null,
      },
      invalidations: tally.invalidations,
      latency: latencyFigures(this.#setup, tally, requests),
      cost: costFigures(this.#setup, tally, requests, this.#rate),
      seconds: this.#milliseconds / 1000,
    }
  }

  close(): void {
    this.#stack.close()
  }

  #level(n: number, tally: StackTally, percent: (count: number) => number): LevelReport {
    const { name, size, policyName, latency, servers } = this.#setup.levels[n]!
    const { entries, bytes } = this.#bounds[n]!
    const { lookups, hits, evictions, expired, ...held } = tally.levels[n]!
    return {
      name,
      size: size!.label,
      entries: bytes === undefined ? entries : null,
      bytes: bytes ?? null,
      copies: Math.max(1, servers),
      shared: servers === 0,
      policy: policyName,
      latency,
      lookups,
      hits,
      hitRatio: lookups === 0 ? 0 : (100 * hits) / lookups,
      share: percent(hits),
      evictions,
      expired,
      held: { entries: held.entries, bytes: bytes === undefined ? null : held.bytes },
    }
  }
}

/**
 * What a replay of a part of the keys counted, with as many hits in the first level more or fewer as its
 * requests are too few or too many: SHARDS-adj of C. Waldspurger et al., FAST 2015. Without it a single
 * hot key that is in the sample or is not would decide.
 */
function corrected(tally: StackTally, missing: number): StackTally {
  const [first, ...rest] = tally.levels
  const more = Math.max(missing, -first!.hits)
  return { ...tally, levels: [{ ...first!, lookups: first!.lookups + more, hits: first!.hits + more }, ...rest] }
}
