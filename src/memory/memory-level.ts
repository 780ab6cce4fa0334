import { Floors } from '../coherence/floors.ts'
import { isDead, isStale } from '../entry/age.ts'
import { bornAt, type Entry, NO_TAGS, outranks, ranked } from '../entry/entry.ts'
import { type Era, UNCHECKED } from '../entry/era.ts'
import { type Finding, NOTHING_FOUND } from '../entry/finding.ts'
import { heldIn } from '../entry/held.ts'
import { keyScope, type Scope } from '../entry/scope.ts'
import { TerraceError } from '../errors.ts'
import {
  type Divides,
  type Explains,
  type Inspection,
  type Inspects,
  type Keeping,
  type KeyTap,
  type Level,
  type LevelContext,
  type LevelQueue,
  type LevelTraits,
  type Measure,
  type Near,
  NO_TRAITS,
  type Reading,
  type Scans,
  type Share,
  type ShareFigures,
  type Sheds,
  type Sized,
  type Taps,
} from '../level.ts'
import type { Slot } from '../policies/policy.ts'
import type { World } from '../world/world.ts'
import { Boxed, packed } from './boxed.ts'
import { Cap } from './cap.ts'
import type { Division } from './division.ts'
import { makeEngine } from './engine.ts'
import type { MemoryMakings } from './memory-options.ts'
import { queuesOf } from './queues.ts'
import { removeCovered } from './removing.ts'
import type { Residents } from './residents.ts'
import type { Table } from './table.ts'
import { Tapped } from './tapped.ts'
import { Verdicts } from './verdicts.ts'

/**
 * The engine of `MemoryCache` as a level: floors beside it, and entries taken apart.
 *
 * Most entries are a value and an end, and the engine knows the end: their values lie there bare,
 * which saves a hit one miss of the processor's caches, and the heap some 90 bytes an entry. All others
 * are {@link Boxed}, which no value of a caller's can be.
 *
 * A key or a prefix that is invalidated is removed at once; an entry whose tag was invalidated is
 * removed when it is next asked for, so that a tag costs nothing until then. Of what is invalidated and kept as
 * stale nothing is touched but what cannot be stale: the rest is told to be when it is asked for.
 */
export class MemoryLevel implements Level, Near, Inspects, Explains, Sheds, Scans, Sized, Taps, Divides {
  readonly name: string
  readonly timeout: number = Number.POSITIVE_INFINITY
  readonly traits: LevelTraits = {
    ...NO_TRAITS,
    near: this,
    inspects: this,
    explains: this,
    sheds: this,
    scans: this,
    sized: this,
    taps: this,
    divides: this,
    softens: true,
  }
  /** Where entries lie. */
  readonly #division: Division
  /** What lies in no part, and its table: a hit goes straight to it. */
  readonly #residents: Residents<string, unknown>
  readonly #table: Table<string, unknown>
  readonly #floors = new Floors()
  readonly #verdicts: Verdicts
  readonly #world: World
  readonly #cap: Cap
  readonly #weighs: boolean
  readonly #report: LevelContext['report']
  /** Whether an entry was ever boxed: before that, a hit need not look into the value. */
  #hasBoxed = false
  #tapped: Tapped | undefined
  /** Those of the tap: every look behind something else costs a hit some nanoseconds. */
  #marks: Uint8Array | undefined
  /** Whether there are no parts, and nothing idles. */
  #isStraight: boolean

  constructor(context: LevelContext, { engine, name, ttl, ttlJitter }: MemoryMakings) {
    this.name = name ?? context.name
    this.#world = context.world
    this.#report = context.report
    this.#verdicts = new Verdicts(this.#floors, context.world)
    this.#cap = new Cap(context.world, ttl, ttlJitter)
    this.#weighs = engine.maxBytes !== undefined
    const { division, idles } = makeEngine(engine, context.world)
    this.#division = division
    this.#residents = division.rest
    this.#table = division.rest.table
    this.#isStraight = !idles
  }

  get era(): Era {
    return this.#floors.era
  }

  /** The shortest way there is, and what is out of the ordinary once more by the long one. What is boxed knows its end itself. */
  look(key: string): unknown {
    if (!this.#isStraight) return this.#lookIn(this.#division.of(key), key)
    const residents = this.#residents
    const slot = this.#table.find(key)
    if (slot === 0) return void this.#tapped?.read(residents, key, 0)
    const held = this.#table.valueAt(slot)
    let answer = held
    if (this.#hasBoxed && held instanceof Boxed) {
      if (held.due <= this.#world.tick() || held.judgedAt < this.#floors.latest) return this.#lookIn(residents, key)
      answer = held.answer
    } else if (residents.isDue(slot)) return this.#lookIn(residents, key)
    residents.policy.touched(slot)
    const marks = this.#marks
    if (marks !== undefined && (slot >= marks.length || marks[slot] !== 0)) this.#tapped!.hit(key, slot)
    return answer
  }

  peek(key: string): unknown {
    const home = this.#division.of(key)
    const slot = home.live(key)
    if (slot === 0) return undefined
    const held = home.table.valueAt(slot)
    if (!(held instanceof Boxed)) return held
    const entry = this.entry(key)
    return entry === undefined || isStale(entry, this.#world.tick()) ? undefined : heldIn(entry)
  }

  entry(key: string): Entry | undefined {
    const entry = this.#entryOf(key)
    return entry && this.#verdicts.on(entry)
  }

  async read(keys: readonly string[]): Promise<Reading> {
    const entries = keys.map((key) => {
      const home = this.#division.of(key)
      const slot = home.use(key)
      this.#tapped?.read(home, key, slot)
      const entry = this.#entryAt(home, key, slot)
      return entry && this.#unlessBarred(entry)
    })
    const { era } = this
    return { eras: keys.map(() => era), entries }
  }

  async write(entries: readonly Entry[]): Promise<readonly Keeping[]> {
    const stands = (entry: Entry) => this.#floors.admits(entry) && !this.#isOutranked(entry)
    return entries.map((entry) => (stands(entry) ? this.#keep(entry, false) : 'superseded'))
  }

  async replace(entries: readonly Entry[]): Promise<readonly Keeping[]> {
    const standing = entries.map((entry) => !this.#isOutranked(entry))
    const overtaken = entries.map((entry) => entry.born !== UNCHECKED && !this.#floors.admits(entry))
    // What was overtaken is removed: its floor is raised like that of what is kept.
    const born = this.#floors.raise(entries.filter((_, n) => standing[n]).map((entry) => keyScope(entry.key)))
    return entries.map((entry, n) => {
      if (!standing[n]) return 'superseded'
      if (overtaken[n]) {
        this.#division.of(entry.key).remove(entry.key)
        return 'superseded'
      }
      const keeping = this.#keep(bornAt(entry, born), true)
      if (keeping === 'refused') this.#division.of(entry.key).remove(entry.key)
      return keeping
    })
  }

  async raise(scopes: readonly Scope[]): Promise<Era> {
    const era = this.#floors.raise(scopes)
    for (const scope of scopes) removeCovered(this.#division, scope)
    return era
  }

  async inspect(keys: readonly string[]): Promise<readonly Inspection[]> {
    return keys.map((key) => this.#verdicts.why(this.#entryOf(key)))
  }

  async explain(key: string): Promise<Finding> {
    const home = this.#division.of(key)
    const slot = home.live(key)
    const entry = this.#entryAt(home, key, slot)
    return {
      ...NOTHING_FOUND,
      ...this.#verdicts.why(entry),
      bytes: this.#weighs && slot !== 0 ? home.weight(slot) : undefined,
      floors: this.#floors.covering(key, entry?.tags ?? NO_TAGS),
    }
  }

  *keys(prefix: string): Generator<string> {
    for (const home of this.#division) {
      for (const [key, held] of home.pairs(true)) if (key.startsWith(prefix) && this.#verdicts.isValue(held)) yield key
    }
  }

  watch(listener: Parameters<Sheds['watch']>[0]): void {
    this.#division.watch(
      listener &&
        ((key, _, reason) => (reason === 'evicted' || reason === 'expired' ? listener(key, reason) : undefined)),
    )
  }

  tap(tap: KeyTap | undefined): void {
    this.#tapped = tap && new Tapped(tap, this.#residents, this.#floors)
    this.#marks = this.#tapped?.marks
    this.#division.tell(tap)
  }

  measure(): Measure {
    return this.#division.measure()
  }

  order(most: number): string[] {
    return this.#division.order(most)
  }

  divide(prefix: string, share: Share): void {
    this.#division.divide(prefix, share)
    this.#isStraight = false
  }

  get isDivided(): boolean {
    return this.#division.isDivided
  }

  partOf(key: string): Pick<Sized, 'measure'> {
    return this.#division.partOf(key)
  }

  share(prefix: string, isCounted: boolean): ShareFigures | undefined {
    return this.#division.share(prefix, isCounted)
  }

  queues(most: number): readonly LevelQueue[] | undefined {
    return queuesOf(this.#residents.policy, (slot) => this.#table.keyAt(slot), most, this.#world.tick())
  }

  async close(): Promise<void> {
    this.#division.close()
  }

  #lookIn(home: Residents<string, unknown>, key: string): unknown {
    const slot = home.use(key)
    this.#tapped?.read(home, key, slot)
    if (slot === 0) return undefined
    const held = home.table.valueAt(slot)
    return held instanceof Boxed ? this.#unboxed(held) : held
  }

  /** With its rank, which is to stay where it is kept with other times. */
  #entryOf(key: string): Entry | undefined {
    const home = this.#division.of(key)
    const slot = home.live(key)
    const entry = this.#entryAt(home, key, slot)
    return entry && ranked(entry, home.rankAt(slot))
  }

  #unboxed(held: Boxed): unknown {
    if (held.due <= this.#world.tick()) return undefined
    // Nothing was raised that could cover it since it was last asked for: the usual case.
    if (held.judgedAt < this.#floors.latest) {
      if (this.#unlessBarred(held) !== held) return undefined // what is told as another entry is stale
      held.judgedAt = this.#floors.era
    }
    return held.answer
  }

  #keep(entry: Entry, written: boolean): Keeping {
    const now = this.#world.tick()
    const capped = this.#cap.on(entry, now)
    const held = packed(capped)
    if (held instanceof Boxed) this.#hasBoxed = true
    const home = this.#division.of(entry.key)
    try {
      if (!home.put(entry.key, held, isDead(capped, now) ? 0 : capped.deadline, entry.rank)) return 'refused'
    } catch (reason) {
      if (reason instanceof TerraceError && reason.code === 'ERR_CLOSED') throw reason
      // A `sizeOf` of the application's: the others of a batch are none the worse for it.
      home.remove(entry.key)
      this.#report?.({ type: 'refused', key: entry.key, level: this.name, reason })
      return 'refused'
    }
    this.#tapped?.kept(home, capped, written)
    return 'kept'
  }

  /**
   * The entry in a slot; `undefined` for slot 0. A bare value counts as born now: no floor covers it,
   * for it would have been removed, so that whoever looked for it now would find this very value.
   */
  #entryAt(home: Residents<string, unknown>, key: string, slot: Slot): Entry | undefined {
    if (slot === 0) return undefined
    const held = home.table.valueAt(slot)
    if (held instanceof Boxed) return held
    const { era } = this.#floors
    const deadline = home.end(slot)
    return { key, found: true, value: held, born: era, deadline, tags: NO_TAGS, version: undefined, upkeep: undefined }
  }

  /** A bare value has no version, hence outranks nothing. */
  #isOutranked(entry: Entry): boolean {
    return entry.version !== undefined && outranks(this.entry(entry.key), entry)
  }

  #unlessBarred(entry: Entry): Entry | undefined {
    const judged = this.#verdicts.on(entry)
    if (judged === undefined) this.#division.of(entry.key).remove(entry.key)
    return judged
  }
}
