import type { Entry } from './entry/entry.ts'
import type { Era } from './entry/era.ts'
import type { Finding } from './entry/finding.ts'
import type { Scope } from './entry/scope.ts'
import { messageOf } from './errors.ts'
import type { Backend, CacheEvent } from './events.ts'
import type { Divides, Informs, Sized, Taps } from './level-figures.ts'
import type { Leases, Shares } from './level-sharing.ts'
import type { Spreads } from './level-spread.ts'
import type { Meeting } from './stores/meeting.ts'
import type { World } from './world/world.ts'

export type * from './level-figures.ts'
export type * from './level-sharing.ts'
export type * from './level-spread.ts'

/** What a level answers to a read. */
export interface Reading {
  /**
   * The era of each key asked for, in that order, taken no later than its entry: what is looked for
   * elsewhere from now on is born then. One number for all keys in a level that counts only once.
   * `NaN` where nothing is known of the key, for the part of the level that it belongs to has failed.
   */
  readonly eras: readonly Era[]
  /** One place a key asked for, in that order; `undefined` where the level holds nothing it may serve. Stale ones are told, too. */
  readonly entries: readonly (Entry | undefined)[]
}

/**
 * What became of an entry: `kept`; `superseded`, because a floor or a newer version stands against
 * it, so that no level above may keep it either; `refused`, because this level does not take it (too
 * large, already dead), which says nothing about the others.
 */
export type Keeping = 'kept' | 'superseded' | 'refused'

/**
 * What a call of a level rejects with if it may still take effect, until `over` has settled. The cache
 * sends nothing that it could overtake before.
 */
export class Unsettled extends Error {
  readonly over: Promise<void>

  constructor(cause: unknown, over: Promise<void>) {
    super(messageOf(cause), { cause })
    this.name = 'Unsettled'
    this.over = over
  }
}

/**
 * One place where values are kept, as the cache sees it: asynchronous, in batches.
 *
 * The one rule: an entry may be served if and only if it was born at or after every floor that
 * covers it. `read` hands out the era, `write` brings entries whose `born` is an era handed out
 * before their values were looked for, `raise` makes a floor.
 *
 * A call may fail in any way: it may throw, reject or never settle. But a promise that has settled
 * has no further effect, unless it rejected with {@link Unsettled}. Prove a level of your own with `levelConformance` from `terrace/testing`.
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
   * or a newer version is there; what was looked for later may stand against them, too. A deadline is cut to the level's own ttl, never extended.
   */
  write(entries: readonly Entry[]): Promise<readonly Keeping[]>
  /**
   * Makes each entry the only truth about its key: raises the key's floor and keeps the entry, born
   * at the new era, in one atomic step. Unless a newer version is there, which then stays; or a floor
   * above the entry's `born` covers it, for somebody else changed the key meanwhile: then what lies
   * there is removed and nothing kept. Both are `superseded`. A `born` of `Infinity` asks for no check.
   */
  replace(entries: readonly Entry[]): Promise<readonly Keeping[]>
  /** Advances the era by one, and makes it the floor of every scope: nothing they cover is served again. */
  raise(scopes: readonly Scope[]): Promise<Era>
  /** Ends the level's work. Called once. */
  close(): Promise<void>
}

/** The extra abilities of a level. A level declares what it has; nothing is guessed. */
export interface LevelTraits {
  /**
   * Settles when the code is loaded that this level calls, where that was not yet so when it was made: no
   * deadline counts before, up to 10 seconds. Must not reject.
   */
  readonly loading: Promise<void> | undefined
  readonly near: Near | undefined
  readonly inspects: Inspects | undefined
  readonly explains: Explains | undefined
  readonly sheds: Sheds | undefined
  readonly scans: Scans | undefined
  readonly sized: Sized | undefined
  readonly taps?: Taps | undefined
  readonly divides?: Divides | undefined
  /** Default: what is handed out is what is kept. */
  readonly copies?: Copies | undefined
  readonly shares: Shares | undefined
  readonly leases: Leases | undefined
  readonly amends: Amends | undefined
  readonly informs: Informs | undefined
  /** Whom it asks outside its own code, for traces. Default: nobody that is known. */
  readonly backend?: Backend | undefined
  /** Default: all of it answers, or nothing does. */
  readonly spreads?: Spreads | undefined
  /**
   * Whether it keeps what can be stale under scopes with `keepsStale`, and tells it as stale from then on. It is
   * told them without that otherwise. Default: `false`.
   */
  readonly softens?: boolean | undefined
  /** Where this process and those it shares the level with can tell each other that they are there. Default: nowhere. */
  readonly meets?: Meeting | undefined
}

/** No extra abilities: what a level spreads and then overrides. */
export const NO_TRAITS: LevelTraits = Object.freeze({
  loading: undefined,
  near: undefined,
  inspects: undefined,
  explains: undefined,
  sheds: undefined,
  scans: undefined,
  sized: undefined,
  shares: undefined,
  leases: undefined,
  amends: undefined,
  informs: undefined,
})

/** A level that hands out copies. As the first level it makes those for callers who have waited together as well. */
export interface Copies {
  /** Another one of what is held, as `Near.look` tells it; the same where it cannot be copied. Must not throw. */
  copy(held: unknown): unknown
}

/** A level that answers synchronously. As the first level it is asked before anything is awaited. */
export interface Near {
  /** The level's era. */
  readonly era: Era
  /**
   * The value under the key, if it may be served: the value alone, so that a hit need not make an
   * entry of it. `ABSENT` where the entry says that the key has none (`found` is `false`),
   * `undefined` where there is nothing to serve, or what there is is due or stale. Counts as a use.
   */
  look(key: string): unknown
  /** The same without counting as a use, where that can be helped; what is due is served, too. */
  peek(key: string): unknown
  /** The whole entry, due and stale ones as well; without counting as a use, where that can be helped. */
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

/** A level that can tell everything it knows of a key, without a trace in its statistics or its recency. */
export interface Explains {
  explain(key: string): Promise<Finding>
}

/** A level that can tell which entries leave it by themselves. */
export interface Sheds {
  /** Tells `listener` from now on, each time after what caused it is complete; with `undefined`, nobody any more. */
  watch(listener: ((key: string, reason: 'evicted' | 'expired') => void) | undefined): void
}

/** A level that can list its keys. */
export interface Scans {
  /**
   * The keys that start with `prefix` and whose values may be served, in no order, each once. Each step has
   * the time of a call; where the next key may lie further off, `undefined` is a sign that the search goes on.
   */
  keys(prefix: string): AsyncIterable<string | undefined> | Iterable<string | undefined>
}

/** A level that changes entries where they lie, in one atomic step each, also among processes. Both raise the key's floor. */
export interface Amends {
  /**
   * Adds to the number under a key, or begins at 0. An entry there keeps deadline, upkeep, tags and version,
   * unless `deadline` is given: then it ends as with `expire`. A new one, also in the place of what is stale, ends at `fresh`.
   *
   * @returns the entry that is there now; `undefined` if what is there is no number, or the sum is not finite
   */
  increment(key: string, by: number, deadline: number | undefined, fresh: number): Promise<Entry | undefined>
  /** Ends the value at another moment; one with an upkeep is fresh until then (`freshTo`), or ends if that is past. @returns whether there was one that was not stale */
  expire(key: string, freshUntil: number): Promise<boolean>
}

/** What a level is given when it is made. */
export interface LevelContext {
  /** The default name: L1, L2 and so on. */
  readonly name: string
  readonly world: World
  /** Tells the cache's observers, where there are any. */
  readonly report?: ((event: CacheEvent) => void) | undefined
}

/** Makes a level for one cache: what `memory(…)`, `fromSync(…)` and `fromAsync(…)` return. */
export type LevelFactory = (context: LevelContext) => Level
