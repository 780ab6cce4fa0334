import { TerraceError } from '../errors.ts'
import type { CacheEvent } from '../events.ts'
import type { Observers } from '../observe/observers.ts'
import type { VerifiedStats, Verifying } from '../observe/verified.ts'
import type { GuardedLevel } from '../remote/guarded-level.ts'
import { Agreements } from './agreements.ts'
import { LevelComparison } from './level-comparison.ts'
import { Pace } from './pace.ts'
import { Served, type ServingParts } from './served.ts'
import { SourceComparison } from './source-comparison.ts'
import type { VerifySettings } from './verify-options.ts'
import { Watch } from './watch.ts'

/** What of a cache is verified. */
export interface VerifiedParts extends ServingParts {
  readonly levels: readonly GuardedLevel[]
  readonly observers: Observers
}

/** What is heard: what was kept above, and what was invalidated. */
const HEARD = ['kept', 'promotion', 'set', 'invalidated', 'heard', 'lost'] as const

/** A check that runs beside the reads of a cache, until it is closed. Made by `cache.verify`. */
export class Verification implements Verifying {
  readonly #parts: VerifiedParts
  readonly #began: number
  readonly #agreements = new Agreements()
  readonly #served: Served | undefined
  readonly #watches: readonly { readonly watch: Watch; readonly pace: Pace }[]
  readonly #stops: readonly (() => void)[]
  #skipped = 0
  #isClosed = false

  /** @throws TerraceError `ERR_OPTION_INVALID` where there is nothing to compare with */
  constructor(parts: VerifiedParts, settings: VerifySettings) {
    const { levels, observers, world } = parts
    const { puts } = observers.checks
    this.#parts = parts
    this.#began = world.mono()
    const { within, offenders, values, equals, source, perSecond, sourcePerSecond, concurrency } = settings
    const terms = {
      within,
      offenders,
      values,
      tell: (inconsistency: Parameters<ConstructorParameters<typeof Watch>[2]['tell']>[0]) => {
        if (observers.hears('inconsistent')) observers.tell({ type: 'inconsistent', ...inconsistency })
      },
      background: observers.background.bind(observers),
    }
    const watches: { readonly watch: Watch; readonly pace: Pace }[] = []
    const deepest = deepestOf(levels)
    if (deepest > 0) {
      const served = new Served(levels.slice(0, deepest), parts)
      const comparison = new LevelComparison(levels[deepest]!, {
        world,
        served,
        agreements: this.#agreements,
        puts,
        equals,
      })
      this.#served = served
      watches.push({ watch: new Watch(comparison, world, terms), pace: new Pace(world, perSecond, concurrency) })
    }
    if (source !== undefined) {
      const comparison = new SourceComparison({ world, served: new Served(levels, parts), source, puts, equals })
      const pace = new Pace(world, Math.min(perSecond, sourcePerSecond), concurrency)
      watches.push({ watch: new Watch(comparison, world, terms), pace })
    }
    if (watches.length === 0) {
      throw new TerraceError('ERR_OPTION_INVALID', 'verify: nothing to compare with: give a source, or a second level')
    }
    this.#watches = watches
    this.#stops = [
      observers.add((event) => this.#hear(event), HEARD),
      observers.sample(perSecond, (key) => this.#take(key)),
    ]
    observers.checks.add(this)
  }

  /** What it has shown since it began. Can be read after it was closed. */
  stats(): VerifiedStats {
    return {
      uptime: this.#parts.world.mono() - this.#began,
      skipped: this.#skipped,
      against: this.#watches.map(({ watch }) => watch.stats()),
    }
  }

  /** Looks at nothing any more. Can be repeated. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const stop of this.#stops) stop()
    for (const { watch } of this.#watches) watch.close()
    this.#parts.observers.checks.delete(this)
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** A read was answered. It goes on; it is looked at afterwards. */
  #take(key: string): void {
    for (const { watch, pace } of this.#watches) {
      const isTaken = pace.take((end) => {
        const check = async (): Promise<void> => {
          try {
            // What the read itself keeps above, it has kept by then.
            await new Promise<void>((resolve) => this.#parts.world.soon(resolve))
            if (!this.#isClosed) await watch.check(key)
          } finally {
            end()
          }
        }
        this.#parts.observers.background('checking what was read', check)
      })
      if (!isTaken) this.#skipped++
    }
  }

  #hear(event: CacheEvent): void {
    if (event.type === 'set') for (const key of event.keys) this.#replaced(key)
    else if (event.type === 'kept' || event.type === 'promotion') {
      if (this.#served?.isFrom(event.level) !== false) this.#replaced(event.key)
    } else if (event.type === 'invalidated' || event.type === 'heard') this.#agreements.invalidated(event.scopes)
    else if (event.type === 'lost') this.#agreements.invalidated([{ kind: 'all' }])
  }

  #replaced(key: string): void {
    this.#agreements.drop(key)
    for (const { watch } of this.#watches) watch.replaced(key)
  }
}

/** The level that has the last word: the deepest that is shared, otherwise the last. */
function deepestOf(levels: readonly GuardedLevel[]): number {
  const shared = levels.findLastIndex(({ traits }) => traits.shares !== undefined)
  return shared === -1 ? levels.length - 1 : shared
}
