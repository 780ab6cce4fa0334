import { isDead, isStale } from '../entry/age.ts'
import type { Entry } from '../entry/entry.ts'
import type { Era } from '../entry/era.ts'
import type { Finding } from '../entry/finding.ts'
import type { Inspection } from '../level.ts'
import type { Arrears } from './arrears.ts'
import { inBatches } from './batches.ts'
import type { Doubt } from './doubt.ts'
import { findIn } from './find-in.ts'
import type { LevelCalls } from './level-calls.ts'
import { listed } from './listing.ts'
import { areInspections, isAnything, isFinding, isReading } from './shape.ts'
import type { Witness } from './witness.ts'

/** What one level knows about one key. Unknown is not absent: the level failed, was late, or is behind. */
export type Look =
  | { readonly kind: 'found'; readonly entry: Entry; readonly era: Era }
  | { readonly kind: 'absent'; readonly era: Era; readonly stale?: Entry | undefined }
  | { readonly kind: 'unknown' }

/** See `Fact` in `entry/entry.ts`. */
class FoundLook {
  readonly kind = 'found'
  readonly entry: Entry
  readonly era: Era

  constructor(entry: Entry, era: Era) {
    this.entry = entry
    this.era = era
  }
}

const UNKNOWN: Look = Object.freeze({ kind: 'unknown' })

/**
 * What is asked of one level. A failure is an answer: nothing is known. A level gets lists of its own, for it may be
 * anybody's code: one that sorted those of the cache would have values served under the wrong keys.
 */
export class LevelReads {
  readonly #calls: LevelCalls
  readonly #arrears: Arrears
  /** How far a private level above shared ones is believed. */
  #doubt: Doubt | undefined

  constructor(calls: LevelCalls, arrears: Arrears) {
    this.#calls = calls
    this.#arrears = arrears
  }

  doubtedBy(doubt: Doubt): void {
    this.#doubt = doubt
  }

  read(keys: readonly string[]): Promise<Look[]> {
    return this.#doubt === undefined ? this.#read(keys) : this.#readDoubting(keys, this.#doubt)
  }

  erasOf(keys: readonly string[]): Promise<readonly Era[]> {
    const { world, attempts, level } = this.#calls
    return inBatches(world, level.timeout, keys, async (some) => {
      const attempt = await attempts.ask('read', some, () => level.read([...some]), isReading(some))
      if (attempt.ok) return attempt.answer.eras
      this.#calls.fail('read', attempt.error)
      return some.map(() => Number.NaN)
    })
  }

  async inspect(keys: readonly string[]): Promise<readonly Inspection[] | undefined> {
    const { attempts, level } = this.#calls
    const { inspects } = level.traits
    if (inspects === undefined) {
      const looks = await this.read(keys)
      if (looks.every((look) => look.kind === 'unknown')) return undefined
      return looks.map((look) => ({ entry: look.kind === 'found' ? look.entry : undefined, barredBy: undefined }))
    }
    const isOvertaken = this.#arrears.watch()
    const attempt = await attempts.run('inspect', keys, () => inspects.inspect([...keys]), areInspections(keys))
    if (!attempt.ok) this.#calls.fail('inspect', attempt.error)
    if (!attempt.ok || attempt.answer.some(({ entry }) => isOvertaken(entry))) return undefined
    const { checks } = this.#calls
    if (checks === undefined) return attempt.answer
    const entries = await checks.arrived(
      level.name,
      attempt.answer.map(({ entry }) => entry),
    )
    return attempt.answer.map((inspection, n) => ({ ...inspection, entry: entries[n] }))
  }

  async explain(key: string): Promise<Finding | undefined> {
    const { attempts, level } = this.#calls
    const attempt = await attempts.run('inspect', [key], () => findIn(level, key), isFinding(key))
    if (!attempt.ok) this.#calls.fail('inspect', attempt.error)
    if (!attempt.ok) return undefined
    return this.#calls.checks === undefined ? attempt.answer : this.#calls.checks.found(attempt.answer)
  }

  async *keys(prefix: string): AsyncGenerator<string> {
    const { world, attempts, level } = this.#calls
    const { scans } = level.traits
    if (scans === undefined) return
    const first = (step: () => Promise<unknown>) => attempts.ask('keys', [], step, isAnything)
    try {
      const keys = listed(scans, prefix, { world, timeout: level.timeout, first })
      for await (const key of keys) if (!this.#arrears.covers(key)) yield key
    } catch (error) {
      this.#calls.fail('keys', error)
    }
  }

  async #readDoubting(keys: readonly string[], doubt: Doubt): Promise<Look[]> {
    const unproven = await doubt.about(keys)
    if (unproven.size === 0) return this.#read(keys)
    if (!doubt.serves) return spread(keys, await this.#read(keys.filter((key) => !unproven.has(key))), unproven)
    const looks = await this.#read(keys)
    for (const [n, { kind }] of looks.entries()) if (kind === 'found' && unproven.has(keys[n]!)) doubt.served()
    return looks
  }

  async #read(keys: readonly string[]): Promise<Look[]> {
    const { world, attempts, level, tally } = this.#calls
    const arrears = this.#arrears
    const asked = arrears.any ? keys.filter((key) => !arrears.covers(key)) : keys
    if (asked.length === 0) return keys.map(() => UNKNOWN)
    const isOvertaken = arrears.watch()
    const began = world.mono()
    const attempt = await attempts.ask('read', asked, () => level.read([...asked]), isReading(asked))
    tally.timed(world, began)
    if (!attempt.ok) {
      this.#calls.fail('read', attempt.error)
      return keys.map(() => UNKNOWN)
    }
    const { eras } = attempt.answer
    const checked = this.#calls.checks?.arrived(level.name, attempt.answer.entries) ?? attempt.answer.entries
    const entries = checked instanceof Promise ? await checked : checked
    const looks = entries.map((entry, n) => (isOvertaken(entry) ? UNKNOWN : this.#judge(entry, eras[n]!)))
    if (this.#calls.witness !== undefined) bearWitness(this.#calls.witness, asked, looks)
    if (asked === keys) return looks
    const byKey = new Map(asked.map((key, n) => [key, looks[n]!]))
    return keys.map((key) => byKey.get(key) ?? UNKNOWN)
  }

  #judge(entry: Entry | undefined, era: Era): Look {
    const { tally, world } = this.#calls
    // Nothing is known of this key alone: it counts as a failure of the level.
    if (Number.isNaN(era)) tally.failures++
    if (Number.isNaN(era) || (entry !== undefined && this.#arrears.any && this.#arrears.coversEntry(entry)))
      return UNKNOWN
    const now = world.tick()
    const live = entry === undefined || isDead(entry, now) ? undefined : entry
    if (live !== undefined && !isStale(live, now)) {
      tally.hits++
      return new FoundLook(live, era)
    }
    tally.misses++
    return live === undefined ? { kind: 'absent', era } : { kind: 'absent', era, stale: live }
  }
}

function bearWitness(witness: Witness, keys: readonly string[], looks: readonly Look[]): void {
  for (const [n, look] of looks.entries()) {
    if (look.kind !== 'unknown') witness.read(keys[n]!, look.kind === 'found' ? look.entry : undefined)
  }
}

/** Answers about some of the keys as answers about all of them. */
function spread(keys: readonly string[], looks: readonly Look[], unasked: ReadonlySet<string>): Look[] {
  let next = 0
  return keys.map((key) => (unasked.has(key) ? UNKNOWN : looks[next++]!))
}
