import type { Entry } from './entry/entry.ts'
import type { Era } from './entry/era.ts'
import type { Finding } from './entry/finding.ts'
import type { Position } from './entry/position.ts'
import type { Scope } from './entry/scope.ts'
import type { CacheEvent } from './events.ts'
import type { Divides, Informs, Sized, Taps } from './level-figures.ts'
import type { Meeting } from './stores/meeting.ts'
import type { World } from './world/world.ts'

export type * from './level-figures.ts'

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
    super(cause instanceof Error ? cause.message : String(cause), { cause })
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
  readonly shares: Shares | undefined
  readonly leases: Leases | undefined
  readonly amends: Amends | undefined
  readonly informs: Informs | undefined
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

/** How a process hears of what others invalidate in a level it shares: by notices, by asking, or not at all. */
export type Hearing = 'feed' | 'pulse' | 'nothing'

/** A level that other processes write to as well. */
export interface Shares {
  /**
   * `feed`: told at once, and asking now and then whether nothing was lost. `pulse`: by asking alone.
   * `nothing`: then whatever is held above it lives at most `maxStaleness`; always or never. A level that is told
   * says `pulse` while it is not, because the feed is broken.
   */
  readonly hearing: Hearing
  /** Milliseconds. */
  readonly maxStaleness: number
  /**
   * Until which moment of `World.mono()` this process is known to hear of every invalidation within
   * `maxStaleness`. `Infinity` where nothing is heard.
   */
  readonly provenUntil: number
  /**
   * Whether that holds for this key at least. Asks what was invalidated if it must, and tells the
   * follower. Never rejects; while the store does not answer, it is `false` at once.
   */
  prove(key: string): Promise<boolean>
  /**
   * Whether it notices that another process has changed a key since an entry's birth. Not where each
   * process keeps the floors of keys for itself: then nothing stays there longer than `maxStaleness`
   * above another shared level, and a write only removes what is there.
   */
  readonly checksBirths: boolean
  /** Whether it answers without waiting for anybody: then whoever asks alone is not kept for company. Default: `false`. */
  readonly isAtHand?: boolean
  /** Where writes stand in it. Default: it counts nothing that could tell, and who must not be behind a write asks it for each key. */
  readonly positions?: Positions | undefined
  /** Asks the store what was invalidated, as `prove` does, but whatever is proven already. Default: `prove` does so. */
  inquire?(key: string): Promise<boolean>
  /**
   * The highest era of the key's shard this process knows of, at once; `undefined` before it knows any,
   * and where only reading the key tells.
   */
  eraOf(key: string): Era | undefined
  /** What {@link Shares.eraOf} tells of every key now, for later: what is looked for from now on is born then. Default: nothing. */
  eras?(): (key: string) => Era | undefined
  /** Tells `follower` from now on. Called once, by the cache. */
  follow(follower: Follower): void
}

/** A shared level in which it can be told where the writes of a process stand, and whether another one is past them. */
export interface Positions {
  /** Where the writes of this process stand, in the shards that these scopes concern. With `undefined`: in all it has written to. */
  position(scopes: readonly Scope[] | undefined): Position
  /** Whether everything up to there was heard that concerns this key: what is held above the level may be believed. At once. */
  isReached(position: Position, key: string): boolean
  /**
   * Asks the store once what was invalidated, unless a question under way brings it: whatever of the position
   * there is in the store is reached then. `false` if there was no answer in time. Never rejects.
   */
  reach(position: Position, key: string): Promise<boolean>
}

/** Who is told what other processes did to a level they share. Synchronous; must not throw. */
export interface Follower {
  /**
   * Whether what is read here is brought to a shared level above. Then a store that hears of some
   * invalidations later than they happen asks for them with every read: what it does not know of yet
   * would be kept there, for all processes, as if it were newer.
   */
  readonly carriesOn: boolean
  /** Another process invalidated these. */
  invalidated(scopes: readonly Scope[]): void
  /** Something was invalidated, and what it was cannot be told: whatever is held above may be out of date. */
  lost(): void
  /** This process has reached a part of the level for the first time: until now it heard nothing of it. */
  met(): void
  /**
   * The level may have lost that this process had invalidated these, and will be told again. What it holds
   * until then may be taken for valid, and carried to other levels. @returns to be called when it was told
   */
  owed(scopes: readonly Scope[]): () => void
  /** The lease of these keys is over: what was fetched is kept now, or nothing came of it. */
  settled(keys: readonly string[]): void
}

/**
 * What becomes of the wish to be the only one who fetches a key: `granted`; `taken` by another, for at
 * most `ms` more milliseconds; `filled`, for there is something to read by now.
 */
export type Lease =
  | { readonly kind: 'granted'; readonly era: Era }
  | { readonly kind: 'taken'; readonly ms: number }
  | { readonly kind: 'filled' }

/** A level that lets one process of the fleet fetch a key while the others wait. A kept entry ends its key's lease. */
export interface Leases {
  /** How long a lease lasts, unless renewed, in milliseconds. */
  readonly duration: number
  /** Whether this level tells when a lease is over (`Follower.settled`), so that those who wait need not ask often. Default: `false`. */
  readonly tellsEnds?: boolean
  /** Takes the leases of these keys, or renews those this process holds. */
  lease(keys: readonly string[]): Promise<readonly Lease[]>
  /** Gives up leases, whether held or not: nothing will be kept. Wakes those who wait. */
  release(keys: readonly string[]): Promise<void>
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
