import { Floors } from '../coherence/floors.ts'
import { deadlineAfter, isDead, isStale } from '../entry/age.ts'
import { bornAt, type Entry, endingAt, expired, NO_TAGS, outranks, ranked } from '../entry/entry.ts'
import { type Era, UNCHECKED } from '../entry/era.ts'
import { type Finding, judged, NOTHING_FOUND } from '../entry/finding.ts'
import { ABSENT, heldIn } from '../entry/held.ts'
import { keepsStale, keyScope, type Scope } from '../entry/scope.ts'
import { hasGrace } from '../entry/upkeep.ts'
import type {
  Divides,
  Explains,
  Inspection,
  Inspects,
  Keeping,
  KeyTap,
  Level,
  LevelContext,
  LevelFactory,
  LevelQueue,
  LevelTraits,
  Measure,
  Near,
  Reading,
  Scans,
  Share,
  ShareFigures,
  Sheds,
  Sized,
  Taps,
} from '../level.ts'
import { NO_TRAITS } from '../level.ts'
import type { Slot } from '../policies/policy.ts'
import type { World } from '../world/world.ts'
import { Boxed, packed } from './boxed.ts'
import { Division } from './division.ts'
import { engineOptions, type MemoryMakings, type MemoryOptions, readMemoryOptions } from './memory-options.ts'
import { ProtectedLevel } from './protected-level.ts'
import { queuesOf } from './queues.ts'
import { Residents } from './residents.ts'
import { policyName, readSettings } from './settings.ts'
import type { Table } from './table.ts'
import { tellKept, tellRead } from './tapped.ts'

/**
 * A level in this process's memory. `ttl` caps what the cache asks for: nothing stays longer.
 *
 * @throws TerraceError `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID`
 */
export function memory<V = unknown>(options: MemoryOptions<V> = {}): LevelFactory {
  const { protect, ...makings } = readMemoryOptions(options)
  return (context) => {
    const level = new MemoryLevel(context, makings)
    return protect === undefined ? level : new ProtectedLevel(level, protect, context)
  }
}

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
class MemoryLevel implements Level, Near, Inspects, Explains, Sheds, Scans, Sized, Taps, Divides {
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
  readonly #world: World
  readonly #ttl: number
  readonly #ttlJitter: number
  readonly #weighs: boolean
  /** Whether an entry was ever boxed: before that, a hit need not look into the value. */
  #hasBoxed = false
  #tap: KeyTap | undefined
  #isDivided = false

  constructor(context: LevelContext, { engine, name, ttl, ttlJitter }: MemoryMakings) {
    this.name = name ?? context.name
    this.#world = context.world
    this.#ttl = ttl ?? Number.POSITIVE_INFINITY
    this.#ttlJitter = ttlJitter ?? 0
    this.#weighs = engine.maxBytes !== undefined
    const options = engineOptions(engine, context.world)
    this.#residents = new Residents(readSettings(options))
    this.#table = this.#residents.table
    const boundsEntries = engine.maxEntries !== undefined || !this.#weighs
    const kind = { boundsEntries, boundsBytes: this.#weighs, policy: policyName(engine.policy) }
    this.#division = new Division(
      this.#residents,
      kind,
      (bounds) => new Residents(readSettings({ ...options, ...bounds })),
    )
  }

  get era(): Era {
    return this.#floors.era
  }

  look(key: string): unknown {
    if (this.#isDivided) return this.#lookIn(this.#division.of(key), key)
    const slot = this.#residents.use(key)
    const tap = this.#tap
    if (tap !== undefined && (slot === 0 || this.#table.hashAt(slot) < tap.limit))
      tellRead(tap, this.#residents, this.#floors, key, slot)
    if (slot === 0) return undefined
    const held = this.#table.valueAt(slot)
    return this.#hasBoxed && held instanceof Boxed ? this.#unboxed(held) : held
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
    return entry && this.#judged(entry)
  }

  async read(keys: readonly string[]): Promise<Reading> {
    const entries = keys.map((key) => {
      const home = this.#division.of(key)
      const slot = home.use(key)
      if (this.#tap !== undefined) tellRead(this.#tap, home, this.#floors, key, slot)
      const entry = this.#entryAt(home, key, slot)
      return entry && this.#unlessBarred(entry)
    })
    const { era } = this
    return { eras: keys.map(() => era), entries }
  }

  async write(entries: readonly Entry[]): Promise<readonly Keeping[]> {
    return entries.map((entry) => {
      if (!this.#floors.admits(entry) || this.#isOutranked(entry)) return 'superseded'
      return this.#keep(entry, false)
    })
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
    for (const scope of scopes) this.#remove(scope)
    return era
  }

  async inspect(keys: readonly string[]): Promise<readonly Inspection[]> {
    return keys.map((key) => {
      return this.#seen(this.#entryOf(key))
    })
  }

  async explain(key: string): Promise<Finding> {
    const home = this.#division.of(key)
    const slot = home.live(key)
    const entry = this.#entryAt(home, key, slot)
    return {
      ...NOTHING_FOUND,
      ...this.#seen(entry),
      bytes: this.#weighs && slot !== 0 ? home.weight(slot) : undefined,
      floors: this.#floors.covering(key, entry?.tags ?? NO_TAGS),
    }
  }

  *keys(prefix: string): Generator<string> {
    for (const home of this.#division) {
      for (const [key, held] of home.pairs(true)) if (key.startsWith(prefix) && this.#isValue(held)) yield key
    }
  }

  watch(listener: Parameters<Sheds['watch']>[0]): void {
    this.#division.watch(
      listener &&
        ((key, _, reason) => (reason === 'evicted' || reason === 'expired' ? listener(key, reason) : undefined)),
    )
  }

  tap(tap: KeyTap | undefined): void {
    this.#tap = tap
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
    this.#isDivided = true
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
    const tap = this.#tap
    if (tap !== undefined && (slot === 0 || home.table.hashAt(slot) < tap.limit))
      tellRead(tap, home, this.#floors, key, slot)
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
    const { upkeep } = held
    if (upkeep !== undefined && upkeep.due <= this.#world.tick()) return undefined
    const floors = this.#floors
    // Nothing was raised that could cover it since it was last asked for: the usual case.
    if (held.judgedAt < floors.latest) {
      // What is told as another entry is stale.
      if (this.#unlessBarred(held) !== held) return undefined
      held.judgedAt = floors.era
    }
    return held.found ? held.value : ABSENT
  }

  #keep(entry: Entry, written: boolean): Keeping {
    const now = this.#world.tick()
    const capped = this.#capped(entry, now)
    const held = packed(capped)
    if (held instanceof Boxed) this.#hasBoxed = true
    const home = this.#division.of(entry.key)
    if (!home.put(entry.key, held, isDead(capped, now) ? 0 : capped.deadline, entry.rank)) return 'refused'
    if (this.#tap !== undefined) tellKept(this.#tap, home, capped, written)
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

  #isValue(held: unknown): boolean {
    if (!(held instanceof Boxed)) return true
    const entry = held.found ? this.#judged(held) : undefined
    return entry !== undefined && !isStale(entry, this.#world.tick())
  }

  #capped(entry: Entry, now: number): Entry {
    if (this.#ttl === Number.POSITIVE_INFINITY) return entry
    const chance = this.#ttlJitter === 0 ? 0 : this.#world.random()
    const latest = deadlineAfter(now, this.#ttl, this.#ttlJitter, chance)
    return latest < entry.deadline ? endingAt(entry, latest) : entry
  }

  #remove(scope: Scope): void {
    if (keepsStale(scope)) this.#removeGraceless(scope)
    else if (scope.kind === 'key') this.#division.of(scope.key).remove(scope.key)
    else if (scope.kind === 'all') for (const home of this.#division) home.clear()
    else if (scope.kind === 'prefix') {
      this.#removeAll(([key]) => key.startsWith(scope.prefix))
    }
  }

  /** What has tags is removed when it is next asked for. */
  #removeGraceless(scope: Scope): void {
    if (scope.kind === 'key' || scope.kind === 'tag') return
    const prefix = scope.kind === 'prefix' ? scope.prefix : ''
    this.#removeAll(([key, held]) => {
      return key.startsWith(prefix) && !(held instanceof Boxed && hasGrace(held.upkeep, held.deadline))
    })
  }

  #removeAll(isCovered: (pair: readonly [string, unknown]) => boolean): void {
    for (const home of this.#division) {
      const covered = [...home.pairs(true)].filter(isCovered)
      for (const [key] of covered) home.remove(key)
    }
  }

  #unlessBarred(entry: Entry): Entry | undefined {
    const judged = this.#judged(entry)
    if (judged === undefined) this.#division.of(entry.key).remove(entry.key)
    return judged
  }

  /** The entry, or as what it may be served: stale, or `undefined` for not at all. */
  #judged(entry: Entry): Entry | undefined {
    if (this.#floors.tagBarrier(entry) !== undefined) return undefined
    return this.#floors.expiry(entry) === undefined ? entry : expired(entry, this.#world.tick())
  }

  #seen(entry: Entry | undefined): Pick<Finding, 'entry' | 'barredBy' | 'expiredBy'> {
    if (entry === undefined) return { entry, barredBy: undefined }
    return judged(entry, this.#floors.tagBarrier(entry), this.#floors.expiry(entry), (each) =>
      expired(each, this.#world.tick()),
    )
  }
}
