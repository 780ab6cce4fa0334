import { Floors } from '../coherence/floors.ts'
import { milliseconds } from '../duration.ts'
import { deadlineAfter, remaining } from '../entry/age.ts'
import { bornAt, type Entry, endingAt, outranks } from '../entry/entry.ts'
import type { Era } from '../entry/era.ts'
import { keyScope, type Scope } from '../entry/scope.ts'
import type {
  Inspection,
  Inspects,
  Keeping,
  Level,
  LevelContext,
  LevelFactory,
  LevelTraits,
  Measure,
  Near,
  Reading,
  Scans,
  Sized,
} from '../level.ts'
import { type Check, number, readOptions, text } from '../options.ts'
import type { World } from '../world/world.ts'
import { MemoryCache } from './memory-cache.ts'
import { type MemoryCacheOptions, readSettings } from './settings.ts'

/** Options of {@link memory}: those of `MemoryCache`, and a name. */
export interface MemoryOptions<V = unknown> extends Omit<MemoryCacheOptions<string, V>, 'world'> {
  /** Shown in statistics, events and results. Default: L1, L2 … by position. */
  readonly name?: string | undefined
}

/**
 * A level in this process's memory. `ttl` caps what the cache asks for: nothing stays longer.
 *
 * @throws TerraceError `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID`
 */
export function memory<V = unknown>(options: MemoryOptions<V> = {}): LevelFactory {
  const { name, ttl, ttlJitter, ...engine } = readOptions('memory', schema, options)
  // Checks the rest; each cache makes an engine of its own from it.
  readSettings(engine)
  return (context) => new MemoryLevel(context, engine, { name, ttl, ttlJitter })
}

/** The engine checks its own options: here they only need their names. */
const engines: Check<never> = (value) => value as never

const schema = {
  name: text(100),
  ttl: milliseconds,
  ttlJitter: number(0, 1),
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
 * `MemoryCache` as a level: entries instead of bare values, floors beside them.
 *
 * A key or a prefix that is invalidated is removed at once; an entry whose tag was invalidated is
 * removed when it is next asked for, so that a tag costs nothing until then.
 */
class MemoryLevel implements Level, Near, Inspects, Scans, Sized {
  readonly name: string
  readonly timeout: number = Number.POSITIVE_INFINITY
  readonly traits: LevelTraits = { near: this, inspects: this, scans: this, sized: this }
  readonly #cache: MemoryCache<string, Entry>
  readonly #floors = new Floors()
  readonly #world: World
  readonly #ttl: number
  readonly #ttlJitter: number
  readonly #weighs: boolean

  constructor(context: LevelContext, engine: MemoryOptions, own: Own) {
    this.name = own.name ?? context.name
    this.#world = context.world
    this.#ttl = own.ttl ?? Number.POSITIVE_INFINITY
    this.#ttlJitter = own.ttlJitter ?? 0
    this.#weighs = engine.maxBytes !== undefined
    this.#cache = new MemoryCache(engineOptions(engine, context.world))
  }

  get era(): Era {
    return this.#floors.era
  }

  look(key: string): Entry | undefined {
    const entry = this.#cache.get(key)
    if (entry === undefined || entry.tags.length === 0) return entry
    return this.#unlessBarred(entry)
  }

  peek(key: string): Entry | undefined {
    const entry = this.#cache.peek(key)
    return entry === undefined || this.#floors.tagBarrier(entry) === undefined ? entry : undefined
  }

  async read(keys: readonly string[]): Promise<Reading> {
    return { era: this.era, entries: keys.map((key) => this.look(key)) }
  }

  async write(entries: readonly Entry[]): Promise<readonly Keeping[]> {
    return entries.map((entry) => {
      if (!this.#floors.admits(entry) || outranks(this.peek(entry.key), entry)) return 'superseded'
      return this.#keep(entry)
    })
  }

  async replace(entries: readonly Entry[]): Promise<readonly Keeping[]> {
    const outranked = entries.map((entry) => outranks(this.peek(entry.key), entry))
    const winners = entries.filter((_, n) => !outranked[n])
    const born = this.#floors.raise(winners.map((entry) => keyScope(entry.key)))
    return entries.map((entry, n) => {
      if (outranked[n]) return 'superseded'
      const keeping = this.#keep(bornAt(entry, born))
      if (keeping === 'refused') this.#cache.delete(entry.key)
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
      const entry = this.#cache.peek(key)
      return { entry, barredBy: entry === undefined ? undefined : this.#floors.tagBarrier(entry) }
    })
  }

  *keys(prefix: string): Generator<string> {
    for (const [key, entry] of this.#cache) {
      if (entry.found && key.startsWith(prefix) && this.#floors.tagBarrier(entry) === undefined) yield key
    }
  }

  measure(): Measure {
    const { entries, bytes, evictions, expired } = this.#cache.stats()
    return { size: entries, bytes: this.#weighs ? bytes : undefined, evictions, expired }
  }

  order(most: number): string[] {
    const keys: string[] = []
    for (const key of this.#cache.order()) {
      if (keys.length === most) break
      keys.push(key)
    }
    return keys
  }

  async close(): Promise<void> {
    this.#cache.close()
  }

  #keep(entry: Entry): Keeping {
    const now = this.#world.tick()
    const capped = this.#capped(entry, now)
    return this.#cache.set(entry.key, capped, { ttl: remaining(capped, now) }) ? 'kept' : 'refused'
  }

  #capped(entry: Entry, now: number): Entry {
    if (this.#ttl === Number.POSITIVE_INFINITY) return entry
    const chance = this.#ttlJitter === 0 ? 0 : this.#world.random()
    const latest = deadlineAfter(now, this.#ttl, this.#ttlJitter, chance)
    return latest < entry.deadline ? endingAt(entry, latest) : entry
  }

  #remove(scope: Scope): void {
    if (scope.kind === 'key') this.#cache.delete(scope.key)
    else if (scope.kind === 'all') this.#cache.clear()
    else if (scope.kind === 'prefix') {
      for (const key of [...this.#cache.keys()]) if (key.startsWith(scope.prefix)) this.#cache.delete(key)
    }
  }

  #unlessBarred(entry: Entry): Entry | undefined {
    if (this.#floors.tagBarrier(entry) === undefined) return entry
    this.#cache.delete(entry.key)
    return undefined
  }
}

/** The engine holds entries where the caller speaks of values: what he passed in is told values. */
function engineOptions(given: MemoryOptions, world: World): MemoryCacheOptions<string, Entry> {
  const { sizeOf, onRemoval, ...rest } = given
  return {
    ...rest,
    world,
    sizeOf: sizeOf && ((entry, key) => sizeOf(entry.value, key)),
    onRemoval: onRemoval && ((key, entry, reason) => onRemoval(key, entry.value, reason)),
  }
}
