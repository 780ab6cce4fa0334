import type { Entry } from './entry/entry.ts'
import type { Era } from './entry/era.ts'
import type { Scope } from './entry/scope.ts'
import type { World } from './world/world.ts'

/** What a level answers to a read. */
export interface Reading {
  /** The level's era, taken no later than the entries beside it. */
  readonly era: Era
  /** One place a key asked for, in that order; `undefined` where the level holds nothing it may serve. */
  readonly entries: readonly (Entry | undefined)[]
}

/**
 * What became of an entry: `kept`; `superseded`, because a floor or a newer version stands against
 * it, so that no level above may keep it either; `refused`, because this level does not take it (too
 * large, already dead), which says nothing about the others.
 */
export type Keeping = 'kept' | 'superseded' | 'refused'

/**
 * One place where values are kept, as the cache sees it: asynchronous, in batches.
 *
 * The one rule: an entry may be served if and only if it was born at or after every floor that
 * covers it. `read` hands out the era, `write` brings entries whose `born` is an era handed out
 * before their values were looked for, `raise` makes a floor.
 *
 * A call may fail in any way: it may throw, reject or never settle. But a promise that has settled
 * has no further effect. Prove a level of your own with `levelConformance` from `terrace/testing`.
 */
export interface Level {
  /** Unique within the cache; shown in statistics, events and results. */
  readonly name: string
  /** Milliseconds one call may take before it counts as failed; `Infinity` for a level inside the process. */
  readonly timeout: number
  /** What this level can do besides; `undefined` for what it cannot. */
  readonly traits: LevelTraits
  /** Looks for the keys. Counts as a use of the entries found, and of no others. */
  read(keys: readonly string[]): Promise<Reading>
  /**
   * Keeps entries that were read elsewhere or fetched, unless a floor above their birth covers them
   * or a newer version is there. A deadline is cut to the level's own ttl, never extended.
   */
  write(entries: readonly Entry[]): Promise<readonly Keeping[]>
  /**
   * Makes each entry the only truth about its key: raises the key's floor and keeps the entry, born
   * at the new era, in one atomic step; unless a newer version is there, which then stays.
   */
  replace(entries: readonly Entry[]): Promise<readonly Keeping[]>
  /** Advances the era by one, and makes it the floor of every scope: nothing they cover is served again. */
  raise(scopes: readonly Scope[]): Promise<Era>
  /** Ends the level's work. Called once. */
  close(): Promise<void>
}

/** The extra abilities of a level. A level declares what it has; nothing is guessed. */
export interface LevelTraits {
  readonly near: Near | undefined
  readonly inspects: Inspects | undefined
  readonly scans: Scans | undefined
  readonly sized: Sized | undefined
}

/** No extra abilities: what a level spreads and then overrides. */
export const NO_TRAITS: LevelTraits = Object.freeze({
  near: undefined,
  inspects: undefined,
  scans: undefined,
  sized: undefined,
})

/** A level that answers synchronously. As the first level it is asked before anything is awaited. */
export interface Near {
  /** The level's era. */
  readonly era: Era
  /**
   * The value under the key, if it may be served: the value alone, so that a hit need not make an
   * entry of it. `ABSENT` where the entry says that the key has none (`found` is `false`),
   * `undefined` where there is nothing to serve. Counts as a use.
   */
  look(key: string): unknown
  /** The same without counting as a use, where that can be helped. */
  peek(key: string): unknown
  /** The whole entry that `look` would serve from, and as `peek` does. */
  entry(key: string): Entry | undefined
}

/** What {@link Inspects} tells about one key. */
export interface Inspection {
  /** What lies under the key, whether it may be served or not. */
  readonly entry: Entry | undefined
  /** The scope whose floor stands against it; `undefined` if it may be served. */
  readonly barredBy: Scope | undefined
}

/** A level that can be looked into without leaving a trace in its statistics or its recency. */
export interface Inspects {
  inspect(keys: readonly string[]): Promise<readonly Inspection[]>
}

/** A level that can list its keys. */
export interface Scans {
  /** The keys that start with `prefix` and whose values may be served, in no order, each once. */
  keys(prefix: string): AsyncIterable<string> | Iterable<string>
}

/** How full a level is. */
export interface Measure {
  readonly size: number
  /** Bytes held, where the level is bounded by bytes; otherwise `undefined`. */
  readonly bytes: number | undefined
  /** Entries that left to make room. */
  readonly evictions: number
  /** Entries that left because their time was over. */
  readonly expired: number
}

/** A level that knows its own size without asking anybody. */
export interface Sized {
  measure(): Measure
  /** Up to `most` keys, the next to be evicted first: from least to most recently used under `lru`. */
  order(most: number): string[]
}

/** What a level is given when it is made. */
export interface LevelContext {
  /** The default name: L1, L2 and so on. */
  readonly name: string
  readonly world: World
}

/** Makes a level for one cache: what `memory(…)`, `fromSync(…)` and `fromAsync(…)` return. */
export type LevelFactory = (context: LevelContext) => Level
