import type { Era } from './entry/era.ts'
import type { Position } from './entry/position.ts'
import type { Scope } from './entry/scope.ts'

/** How a process hears of what others invalidate in a level it shares: by notices, by asking, or not at all. */
export type Hearing = 'feed' | 'pulse' | 'nothing'

/** A level that other processes write to as well. */
export interface Shares {
  /**
   * `feed`: told at once, and asking now and then whether nothing was lost. `pulse`: by asking alone.
   * `nothing`: then whatever is held above it lives at most `maxStaleness`. A level that is told says `pulse`, or
   * `nothing` if it cannot ask either, while it is not, because the feed is broken: see `Follower.hearingChanged`.
   */
  readonly hearing: Hearing
  /** Milliseconds. Changes with `hearing`, if it does. */
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
  /** Its `hearing` is `nothing` from now on, or is not any more. */
  hearingChanged(): void
  /** This process has changed these, and the feed has not taken it yet: others may not have been told. It is told again. */
  unannounced(scopes: readonly Scope[]): void
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
