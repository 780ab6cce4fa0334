import type { Era } from '../entry/era.ts'
import type { Scope } from '../entry/scope.ts'
import type { Keeping, ServerInfo } from '../level.ts'

/**
 * A store that keeps the ledger of its own invalidations, and takes each step of a shard atomically:
 * the data, the era, the floors and the log change together, or not at all.
 *
 * Keys are spread over shards, each with an era, floors and a log of its own, so that a step never
 * touches two places of a cluster. What `LedgerStore` makes of it is the same for Redis, a file and
 * the simulator; `ledger-core.ts` says in code what each step does.
 */
export interface Ledger {
  readonly shards: number
  /** Whether the shards lie on several servers, each of which may fail while the others answer. */
  readonly isSpread: boolean
  /** Whether it answers a read without waiting for anybody. Default: `false`. */
  readonly isAtHand?: boolean
  /** Milliseconds for which a lease is granted. */
  readonly leaseTime: number
  shardOf(key: string): number
  /** The frames under these keys, of any shard; nothing is checked. */
  get(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]>
  /** What happened in a shard after `since`, or everything that still counts where that cannot be told. */
  sync(shard: number, since: Point | undefined): Promise<News>
  /** Keeps what was looked for elsewhere: `Level.write`. All keys are of that shard. */
  fill(shard: number, frames: readonly Framed[], terms: Terms): Promise<Kept>
  /** Makes frames the truth: `Level.replace`. One new era for all that win. */
  replace(shard: number, frames: readonly Framed[], terms: Terms): Promise<Kept>
  /** Raises floors, removes the keys named, publishes. One new era. */
  raise(shard: number, scopes: readonly Scope[], terms: Terms): Promise<Step>
  /** Takes or renews leases for `holder`. */
  lease(shard: number, keys: readonly string[], holder: string): Promise<Leased>
  /** Ends leases, whoever holds them if `holder` is undefined, and wakes who waits. */
  release(shard: number, keys: readonly string[], holder: string): Promise<void>
  /**
   * Adds to the number under a key. `ttl` (milliseconds) moves its end as `expire` does; `fresh` is the ttl of a
   * new entry, for which `frame` is the frame, holding `by`.
   */
  increment(shard: number, frame: Framed, by: number, ttl: number | undefined, terms: Terms): Promise<Counted>
  /** Makes what is fresh so for another while: milliseconds. The times before that it is due, and after that it is stale, stay. */
  expire(shard: number, key: string, ttl: number, terms: Terms): Promise<Expired>
  /** Gives back the memory of what wide floors cover, in the background, in small steps. Never removes what may be served. */
  sweep(shard: number, prefix: string): Promise<void>
  /** All keys that start with `prefix`, each perhaps several times, some perhaps not servable; `undefined` now and then while none is found. */
  keys(prefix: string): AsyncIterable<string | undefined>
  /** Tells of every step that raised a floor, and of ended leases, from now on. `undefined`: this ledger has no feed. */
  readonly listen: ((listener: Listener) => Promise<void>) | undefined
  /** `false` while the feed is broken, and what it would have told has to be asked for. */
  readonly isHeard?: boolean | undefined
  /** Of several servers, one whose answer does not come `inTime` is told as one that is down. */
  readonly info: ((inTime: InTime) => Promise<ServerInfo>) | undefined
  close(): Promise<void>
}

/** The answer, or a rejection where it does not come in good time. */
export type InTime = <T>(answer: Promise<T>) => Promise<T>

/**
 * A point in a shard's history. A counter can be lost, or go back where a fail-over drops its tail:
 * `reign` is a random name it gets when it begins, `link` a random name of the step that made the
 * era. Two histories that part have different links at the same era.
 */
export interface Point {
  /** 16 hexadecimal digits. */
  readonly reign: string
  readonly era: Era
  /** 12 hexadecimal digits; zeros at era 0. */
  readonly link: string
}

/** Where a shard stands after a step, and its clock. */
export interface Step extends Point {
  /** The link of the era before; that of this era where the step made none. */
  readonly prev: string
  /** Milliseconds of the store's own clock. */
  readonly time: number
}

/** On what conditions a step is taken. */
export interface Terms {
  /** The store takes the step only before this moment of its clock: a call given up on has no effect later. */
  readonly notAfter: number
  /** Who does it: 16 hexadecimal digits. */
  readonly origin: string
  /** The link of the era this step makes. */
  readonly link: string
  /** The reign in which the frames were born. In another one all fills are superseded. */
  readonly reign: string
}

/** A frame on its way into a ledger: the ledger stamps reign, born, time and end into it. */
export interface Framed {
  readonly key: string
  readonly frame: Uint8Array
  /** `fill`: its birth. `replace`: superseded if the key has a floor above; `Infinity` for no check. */
  readonly born: Era
  /**
   * The link of the era it was born in; `''` where `born` is `Infinity`. If the shard's log has another
   * link at that era, or does not reach back to it, its history is not the one the value was looked for
   * in: then the frame is superseded. (The shard's own link where `born` is its era; zeros at era 0.)
   */
  readonly link: string
  /** Milliseconds it may live from now, those in which it is stale as well; `Infinity` for ever. */
  readonly ttl: number
  readonly tags: readonly string[]
  readonly version: number | undefined
}

export interface Kept extends Step {
  readonly keepings: readonly Keeping[]
}

export interface Leased extends Step {
  /** `granted`, `filled`, or the milliseconds for which another holds it. */
  readonly leases: readonly ('granted' | 'filled' | number)[]
}

export interface Counted extends Step {
  /** The new frame, `undefined` where nothing was changed. */
  readonly frame: Uint8Array | undefined
}

export interface Expired extends Step {
  readonly found: boolean
}

/** One step that raised floors. */
export interface Invalidation extends Point {
  readonly prev: string
  readonly origin: string
  readonly scopes: readonly Scope[]
  /** The log has left out the names of some keys, for they were too long: `scopes` is not all. */
  readonly isCurtailed?: true
}

/** What `sync` tells. */
export type News = Step &
  (
    | { readonly kind: 'since'; readonly steps: readonly Invalidation[] }
    /** The point asked about is of another history or too long ago. */
    | { readonly kind: 'whole'; readonly floors: WideFloors }
  )

/** All floors that cover more than one key. No forgotten one is above `horizon`. */
export interface WideFloors {
  readonly all: Era
  readonly horizon: Era
  readonly prefixes: readonly (readonly [string, Era])[]
  readonly tags: readonly (readonly [string, Era])[]
}

/** Who hears the feed of a ledger. */
export interface Listener {
  invalidated(shard: number, step: Invalidation): void
  settled(shard: number, keys: readonly string[]): void
  /** The feed was interrupted: something may have been missed. */
  interrupted(): void
}
