import { Found, NotFound } from '../entry/answer.ts'
import { ABSENT } from '../entry/held.ts'
import type { KeyMarks } from '../entry/key-marks.ts'
import { TerraceError } from '../errors.ts'
import type { World } from '../world/world.ts'
import { AGREED, type Comparison, type Held, TRIES, UNSERVED, unknown, type Verdict } from './comparison.ts'
import { isEqual } from './level-comparison.ts'
import { isSameFact, type Served } from './served.ts'
import type { VerifySource } from './verify-options.ts'

/** What {@link SourceComparison} works with. */
export interface SourceComparisonParts {
  readonly world: World
  readonly served: Served
  readonly source: VerifySource
  /** Keys that were put into level 1 alone. */
  readonly puts: KeyMarks
  readonly equals: (served: unknown, held: unknown) => boolean
}

const TIMEOUT = 10_000
/** Calls of the source under way, those given up on counted. */
const MOST_CALLS = 10

/** Compares what is served with what the source has, as {@link LevelComparison} does: served, source, served. */
export class SourceComparison implements Comparison {
  readonly against = 'source'
  readonly #parts: SourceComparisonParts
  #calls = 0

  constructor(parts: SourceComparisonParts) {
    this.#parts = parts
  }

  async look(key: string): Promise<Verdict> {
    const { served, puts, equals } = this.#parts
    for (let n = 0; n < TRIES; n++) {
      const before = await served.take(key)
      if (before === undefined) return UNSERVED
      if (puts.has(key)) return unknown('put')
      const held = await this.#ask(key)
      const after = await served.take(key)
      if (after === undefined) return UNSERVED
      if (!isSameFact(before.entry, after.entry)) continue
      if (held === undefined) return unknown('unanswered')
      if (isEqual(after.entry, held, equals)) return AGREED
      return { kind: 'differs', because: 'value', level: after.level, served: after.entry, held }
    }
    return unknown('moved')
  }

  /** `undefined` if it failed, or has not answered in ten seconds. */
  async #ask(key: string): Promise<Held | undefined> {
    if (this.#calls === MOST_CALLS) return undefined
    this.#calls++
    const { source, world } = this.#parts
    const late = Promise.withResolvers<never>()
    const cancel = world.after(TIMEOUT, () => late.reject(new TerraceError('ERR_LEVEL_TIMEOUT', 'verify: source')))
    const asked = (async () => source(key))()
    const settled = (): void => {
      this.#calls--
    }
    asked.then(settled, settled)
    try {
      return heldOf(await Promise.race([asked, late.promise]))
    } catch {
      return undefined
    } finally {
      cancel()
    }
  }
}

function heldOf(answer: unknown): Held {
  const value = answer instanceof Found ? answer.foundData : answer
  const version = answer instanceof Found ? answer.keep.version : undefined
  if (value === undefined || value === ABSENT || value instanceof NotFound) {
    return { found: false, value: undefined, version }
  }
  return { found: true, value, version }
}
