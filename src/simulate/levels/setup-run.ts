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

  report(requests: number, sized: boolean): SetupReport {
    const tally = this.#stack.tally()
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
