import { TerraceError } from '../errors.ts'
import type { CacheEvent, LevelOperation } from '../events.ts'
import type { Level } from '../level.ts'
import type { Observers } from '../observe/observers.ts'
import type { World } from '../world/world.ts'
import { Attempts } from './attempts.ts'
import { untilLoaded } from './deadline.ts'
import { LevelTally } from './level-tally.ts'
import type { ValueChecks } from './value-checks.ts'
import type { Witness } from './witness.ts'

/** One level, how it is called, and what is counted and told of that. */
export class LevelCalls {
  readonly level: Level
  readonly world: World
  readonly observers: Observers
  readonly attempts: Attempts
  readonly tally: LevelTally = new LevelTally()
  /** Told of what is read and kept here. */
  witness: Witness | undefined
  /** What is read here is held against these. */
  checks: ValueChecks | undefined

  /** @param onAnswering called when the level answers again */
  constructor(level: Level, world: World, observers: Observers, onAnswering: () => void) {
    this.level = level
    this.world = world
    this.observers = observers
    this.attempts = new Attempts(world, observers, level, (state) => {
      this.report({ type: 'breaker', level: level.name, state })
      if (state === 'closed') onAnswering()
    })
    const { loading, spreads } = level.traits
    spreads?.watch((part, answers, error) => {
      // Nobody else would say why: calls of a part that does not answer are refused.
      if (!answers && error !== undefined) this.fail('read', error)
      this.report({ type: 'breaker', level: level.name, part, state: answers ? 'closed' : 'open' })
      if (!answers) return
      this.attempts.answered()
      onAnswering()
    })
    if (loading !== undefined) this.attempts.waitFor(untilLoaded(world, loading))
  }

  report(event: CacheEvent): void {
    if (this.observers.hears(event.type)) this.observers.tell(event)
  }

  fail(operation: LevelOperation, error: unknown): void {
    // What was not asked has not failed: the breaker has told already.
    if (error instanceof TerraceError && error.code === 'ERR_LEVEL_UNAVAILABLE') {
      this.tally.refusals++
      return
    }
    this.tally.failures++
    this.report({ type: 'levelFailed', level: this.level.name, operation, error })
  }
}
