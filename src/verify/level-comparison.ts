import { isDead, isStale } from '../entry/age.ts'
import type { Entry } from '../entry/entry.ts'
import type { Finding, Floor } from '../entry/finding.ts'
import type { KeyMarks } from '../entry/key-marks.ts'
import type { GuardedLevel } from '../remote/guarded-level.ts'
import type { World } from '../world/world.ts'
import type { Agreements } from './agreements.ts'
import { AGREED, type Comparison, TRIES, UNSERVED, unknown, type Verdict } from './comparison.ts'
import { isSameFact, type Served, type Serving } from './served.ts'

/** What {@link LevelComparison} works with. */
export interface LevelComparisonParts {
  readonly world: World
  readonly served: Served
  readonly agreements: Agreements
  /** Keys that were put into level 1 alone. */
  readonly puts: KeyMarks
  readonly equals: (served: unknown, held: unknown) => boolean
}

/**
 * Compares what is served with what a shared level holds.
 *
 * A look takes what is served, asks the level, and takes what is served again. Only if the same entry was
 * served before and after, and the level held something else in between, do they differ: there was a moment
 * at which both was true. What the level does not hold any more is no evidence by itself, for it may have
 * been dropped to make room; see {@link Agreements}.
 */
export class LevelComparison implements Comparison {
  readonly against: string
  readonly #level: GuardedLevel
  readonly #parts: LevelComparisonParts

  constructor(level: GuardedLevel, parts: LevelComparisonParts) {
    this.against = level.name
    this.#level = level
    this.#parts = parts
  }

  async look(key: string): Promise<Verdict> {
    const { served, puts } = this.#parts
    for (let n = 0; n < TRIES; n++) {
      const before = await served.take(key)
      if (before === undefined) return UNSERVED
      if (puts.has(key)) return unknown('put')
      const finding = await this.#level.explain(key)
      const after = await served.take(key)
      if (after === undefined) return UNSERVED
      if (isSameFact(before.entry, after.entry)) return this.#judge(key, after, finding)
    }
    return unknown('moved')
  }

  #judge(key: string, { entry: served, level, isShared }: Serving, finding: Finding | undefined): Verdict {
    const { agreements, equals, world } = this.#parts
    const below = this.#level
    if (finding === undefined || below.isBehind(key)) return unknown('unanswered')
    const there = finding.entry
    if (there !== undefined && below.isBehindOn(there)) return unknown('unanswered')
    const unheard = finding.unheard ?? []
    const isBarred = finding.barredBy !== undefined || finding.flaw !== undefined
    const now = world.tick()
    if (
      there === undefined ||
      isBarred ||
      covering(unheard, there).some(({ era }) => there.born < era) ||
      isDead(there, now) ||
      isStale(there, now)
    ) {
      // In a level that others write to as well, they may have kept it anew.
      if (isShared || !this.#wasInvalidated(key, served, unheard)) return unknown('gone')
      return { kind: 'differs', because: 'invalidated', level, served, held: undefined }
    }
    if (!isEqual(served, there, equals)) return { kind: 'differs', because: 'value', level, served, held: there }
    agreements.note(key, served, there.born)
    return AGREED
  }

  #wasInvalidated(key: string, served: Entry, unheard: readonly Floor[]): boolean {
    const agreement = this.#parts.agreements.of(key, served)
    if (agreement === undefined) return false
    return agreement.isInvalidated || covering(unheard, served).some(({ era }) => era > agreement.born)
  }
}

/** Of floors over its key and over any tags, those that cover this entry. */
function covering(floors: readonly Floor[], { tags }: Entry): readonly Floor[] {
  return floors.filter(({ scope }) => scope.kind !== 'tag' || tags.includes(scope.tag))
}

/** @throws what `equals` throws */
export function isEqual(
  served: Entry,
  held: Pick<Entry, 'found' | 'value'>,
  equals: (served: unknown, held: unknown) => boolean,
): boolean {
  if (served.found !== held.found) return false
  return !served.found || Object.is(served.value, held.value) || equals(served.value, held.value)
}
