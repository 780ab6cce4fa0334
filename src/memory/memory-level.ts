import { Floors } from '../coherence/floors.ts'
import { milliseconds } from '../duration.ts'
import { deadlineAfter, isDead, isDue, isStale } from '../entry/age.ts'
import { bornAt, type Entry, endingAt, NO_TAGS, outranks } from '../entry/entry.ts'
import { type Era, UNCHECKED } from '../entry/era.ts'
import { type Finding, NOTHING_FOUND } from '../entry/finding.ts'
import { heldIn } from '../entry/held.ts'
import { keyScope, type Scope } from '../entry/scope.ts'
import type {
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
  Sheds,
  Sized,
  Taps,
} from '../level.ts'
import { NO_TRAITS } from '../level.ts'
import { type Check, number, oneOf, readOptions, text } from '../options.ts'
import type { Slot } from '../policies/policy.ts'
import type { World } from '../world/world.ts'
import { Boxed, packed, unpacked } from './boxed.ts'
import { ProtectedLevel, type Protection } from './protected-level.ts'
import { queuesOf } from './queues.ts'
import { Residents } from './residents.ts'
import { type MemoryCacheOptions, policyName, readSettings } from './settings.ts'
import type { Table } from './table.ts'
import { tellKept, tellRead } from './tapped.ts'

/** Options of {@link memory}: those of `MemoryCache`, and a name. */
export interface MemoryOptions<V = unknown> extends Omit<MemoryCacheOptions<string, V>, 'world'> {
  /** Shown in statistics, events and results. Default: L1, L2 … by position. */
  readonly name?: string | undefined
  /** Keeps values from being changed by those who gave or got them. Default: they are shared as they are, which costs nothing. */
  readonly protect?: Protection | undefined
}

/**
 * A level in this process's memory. `ttl` caps what the cache asks for: nothing stays longer.
 *
 * @throws TerraceError `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID`
 */
export function memory<V = unknown>(options: MemoryOptions<V> = {}): LevelFactory {
  const { name, ttl, ttlJitter, protect, ...engine } = readOptions('memory', schema, options)
  // Checks the rest; each cache makes an engine of its own from it.
  readSettings(engine)
  return (context) => {
    const level = new MemoryLevel(context, engine, { name, ttl, ttlJitter })
    return protect === undefined ? level : new ProtectedLevel(level, protect, context)
  }
}

/** The engine checks its own options: here they only need their names. */
const engines: Check<never> = (value) => value as never

const schema = {
  name: text(100),
  ttl: milliseconds,
  ttlJitter: number(0, 1),
  protect: oneOf<Protection>(['freeze', 'clone']),
  maxEntries: engines,
  maxBytes: engines,
  sizeOf: engines,
  maxEntryBytes: engines,
  idle: engines,
  policy: engines,
  onRemoval: engines,
} satisfies { [Name in keyof MemoryOptions]-?: Check<unknown> }

interface Own {
  readonly name: string | undefined
  readonly ttl: number | undefined
  readonly ttlJitter: number | undefined
}

/**
 * The engine of `MemoryCache` as a level: floors beside it, and entries taken apart.
 *
 * Most entries are a value and an end, and the engine knows the end: their values lie there bare,
 * which saves a hit one miss of the processor's caches, and the heap some 90 bytes an entry. All others
 * are {@link Boxed}, which no value of a caller's can be.
 *
 * A key or a prefix that is invalidated is removed at once; an entry whose tag was invalidated is
 * removed when it is next asked for, so that a tag costs nothing until then.
 */
class MemoryLevel implements Level, Near, Inspects, Explains, Sheds, Scans, Sized, Taps {
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
  }
  readonly #residents: Residents<string, unknown>
  /** That of the residents: a hit goes straight to it. */
  readonly #table: Table<string, unknown>
  readonly #floors = new Floors()
  readonly #world: World
  readonly #ttl: number
  readonly #ttlJitter: number
  readonly #weighs: boolean
  readonly #policy: string
  /** Whether an entry was ever boxed: before that, a hit need not look into the value. */
  #hasBoxed = false
  #tap: KeyTap | undefined

  constructor(context: LevelContext, engine: MemoryOptions, own: Own) {
    this.name = own.name ?? context.name
    this.#world = context.world
    this.#ttl = own.ttl ?? Number.POSITIVE_INFINITY
    this.#ttlJitter = own.ttlJitter ?? 0
    this.#weighs = engine.maxBytes !== undefined
    this.#policy = policyName(engine.policy)
    this.#residents = new Residents(readSettings(engineOptions(engine, context.world)))
    this.#table = this.#residents.table
  }

  get era(): Era {
    return this.#floors.era
  }

  look(key: string): unknown {
    const slot = this.#residents.use(key)
    const tap = this.#tap
    if (tap !== undefined && (slot === 0 || this.#table.hashAt(slot) < tap.limit))
      tellRead(tap, this.#residents, this.#floors, key, slot)
    if (slot === 0) return undefined
    const held = this.#table.valueAt(slot)
    return this.#hasBoxed && held instanceof Boxed ? this.#unboxed(held) : held
  }

  peek(key: string): unknown {
    const slot = this.#residents.live(key)
    if (slot === 0) return undefined
    const held = this.#table.valueAt(slot)
    if (!(held instanceof Boxed)) return held
    return isStale(held, this.#world.tick()) ? undefined : heldIn(this.entry(key))
  }

  entry(key: string): Entry | undefined {
    const entry = this.#entryAt(key, this.#residents.live(key))
    return entry === undefined || this.#floors.tagBarrier(entry) === undefined ? entry : undefined
  }

  async read(keys: readonly string[]): Promise<Reading> {
    const entries = keys.map((key) => {
      const slot = this.#residents.use(key)
      if (this.#tap !== undefined) tellRead(this.#tap, this.#residents, this.#floors, key, slot)
      const entry = this.#entryAt(key, slot)
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
        this.#residents.remove(entry.key)
        return 'superseded'
      }
      const keeping = this.#keep(bornAt(entry, born), true)
      if (keeping === 'refused') this.#residents.remove(entry.key)
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
      const entry = this.#entryAt(key, this.#residents.live(key))
      return { entry, barredBy: entry && this.#floors.tagBarrier(entry) }
    })
  }

  async explain(key: string): Promise<Finding> {
    const slot = this.#residents.live(key)
    const entry = this.#entryAt(key, slot)
    return {
      ...NOTHING_FOUND,
      entry,
      barredBy: entry && this.#floors.tagBarrier(entry),
      bytes: this.#weighs && slot !== 0 ? this.#residents.weight(slot) : undefined,
      floors: this.#floors.covering(key, entry?.tags ?? NO_TAGS),
    }
  }

  *keys(prefix: string): Generator<string> {
    for (const [key, held] of this.#residents.pairs(true)) {
      if (key.startsWith(prefix) && this.#isValue(held)) yield key
    }
  }

  watch(listener: Parameters<Sheds['watch']>[0]): void {
    this.#residents.watch(
      listener &&
        ((key, _, reason) => (reason === 'evicted' || reason === 'expired' ? listener(key, reason) : undefined)),
    )
  }

  tap(tap: KeyTap | undefined): void {
    this.#tap = tap
    this.#residents.tell(tap)
  }

  measure(): Measure {
    const { bytes, counts } = this.#residents
    const { evictions, expired } = counts
    const bounds = {
      maxEntries: this.#residents.maxEntries,
      maxBytes: this.#weighs ? this.#residents.maxBytes : undefined,
    }
    return {
      ...bounds,
      size: this.#table.size,
      bytes: this.#weighs ? bytes : undefined,
      evictions,
      expired,
      policy: this.#policy,
    }
  }

  order(most: number): string[] {
    const keys: string[] = []
    for (const slot of this.#residents.policy.order()) {
      if (keys.length === most) break
      keys.push(this.#table.keyAt(slot))
    }
    return keys
  }

  queues(most: number): readonly LevelQueue[] | undefined {
    return queuesOf(this.#residents.policy, (slot) => this.#table.keyAt(slot), most, this.#world.tick())
  }

  async close(): Promise<void> {
    this.#residents.close()
  }

  #unboxed(held: Boxed): unknown {
    if (held.upkeep !== undefined && isDue(held, this.#world.tick())) return undefined
    return heldIn(this.#unlessBarred(held))
  }

  #keep(entry: Entry, written: boolean): Keeping {
    const now = this.#world.tick()
    const capped = this.#capped(entry, now)
    const held = packed(capped)
    if (held instanceof Boxed) this.#hasBoxed = true
    if (!this.#residents.put(entry.key, held, isDead(capped, now) ? 0 : capped.deadline)) return 'refused'
    if (this.#tap !== undefined) tellKept(this.#tap, this.#residents, capped, written)
    return 'kept'
  }

  /**
   * The entry in a slot; `undefined` for slot 0. A bare value counts as born now: no floor covers it,
   * for it would have been removed, so that whoever looked for it now would find this very value.
   */
  #entryAt(key: string, slot: Slot): Entry | undefined {
    if (slot === 0) return undefined
    const held = this.#table.valueAt(slot)
    if (held instanceof Boxed) return held
    const { era } = this.#floors
    const deadline = this.#residents.end(slot)
    return { key, found: true, value: held, born: era, deadline, tags: NO_TAGS, version: undefined, upkeep: undefined }
  }

  /** A bare value has no version, hence outranks nothing. */
  #isOutranked(entry: Entry): boolean {
    return entry.version !== undefined && outranks(this.entry(entry.key), entry)
  }

  #isValue(held: unknown): boolean {
    if (!(held instanceof Boxed)) return true
    return held.found && !isStale(held, this.#world.tick()) && this.#floors.tagBarrier(held) === undefined
  }

  #capped(entry: Entry, now: number): Entry {
    if (this.#ttl === Number.POSITIVE_INFINITY) return entry
    const chance = this.#ttlJitter === 0 ? 0 : this.#world.random()
    const latest = deadlineAfter(now, this.#ttl, this.#ttlJitter, chance)
    return latest < entry.deadline ? endingAt(entry, latest) : entry
  }

  #remove(scope: Scope): void {
    if (scope.kind === 'key') this.#residents.remove(scope.key)
    else if (scope.kind === 'all') this.#residents.clear()
    else if (scope.kind === 'prefix') {
      const covered = [...this.#residents.pairs(true)].filter(([key]) => key.startsWith(scope.prefix))
      for (const [key] of covered) this.#residents.remove(key)
    }
  }

  #unlessBarred(entry: Entry): Entry | undefined {
    if (this.#floors.tagBarrier(entry) === undefined) return entry
    this.#residents.remove(entry.key)
    return undefined
  }
}

/** What the caller passed in is told values, boxed or not. */
function engineOptions(given: MemoryOptions, world: World): MemoryCacheOptions<string, unknown> {
  const { sizeOf, onRemoval, ...rest } = given
  return {
    ...rest,
    world,
    sizeOf: sizeOf && ((held, key) => sizeOf(unpacked(held), key)),
    onRemoval: onRemoval && ((key, held, reason) => onRemoval(key, unpacked(held), reason)),
  }
}
