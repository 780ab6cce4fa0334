/*
 * What a level may tell of itself and of its server, besides what it holds.
 */

/**
 * Who is told what happens to a sample of a level's keys: those whose hash, a signed 32-bit number, is
 * below `limit`. Synchronous; must not throw, nor call the level.
 */
export interface KeyTap {
  /** May fall at any time; where it rises, the level is given the tap anew. */
  readonly limit: number
  /** An entry was read and found. Its weight is 1 where only entries are bounded, otherwise its bytes. */
  hit(hash: number, key: string, weight: number): void
  /** A key was read and not found. */
  missed(hash: number, key: string): void
  /** An entry was kept; `written`: by a call that writes, not on the way up from a level below or from the source. */
  kept(hash: number, key: string, weight: number, deadline: number, written: boolean): void
  /** An entry left for another reason than room. */
  left(hash: number): void
  /** All did. */
  cleared(): void
}

/** A level that can tell what happens to some of its keys, at next to no cost for all others. */
export interface Taps {
  /** Tells `tap` from now on; with `undefined`, nobody. */
  tap(tap: KeyTap | undefined): void
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
  /** The most entries it may hold, where that is bounded. */
  readonly maxEntries?: number | undefined
  /** The most bytes, where they are bounded. */
  readonly maxBytes?: number | undefined
  /** The name of its eviction policy. */
  readonly policy?: string | undefined
}

/** The bounds wanted for a part of a level. */
export interface Share {
  readonly maxEntries: number | undefined
  readonly maxBytes: number | undefined
}

/** What the keys of a prefix have of a level. */
export interface ShareFigures {
  readonly entries: number
  /** `undefined` where nothing is weighed, or they have no part of their own. */
  readonly bytes: number | undefined
  /** The bounds of their part; `undefined` where they have none, or it is not bounded so. */
  readonly maxEntries: number | undefined
  readonly maxBytes: number | undefined
}

/** A level that can keep the entries of some prefixes apart, each within bounds that are taken out of its own. */
export interface Divides {
  /** Whether it has parts. */
  readonly isDivided: boolean
  /** Does so from now on, and moves what it holds. @throws TerraceError `ERR_OPTION_INVALID`, and nothing has changed then */
  divide(prefix: string, share: Share): void
  /** What a prefix has; if that is no part of its own, only where its entries may be counted one by one. */
  share(prefix: string, isCounted: boolean): ShareFigures | undefined
  /** How full it is where a key lies: the same object for all keys that lie there, in a part or in what is in none. */
  partOf(key: string): Pick<Sized, 'measure'>
}

/** A level that knows its own size without asking anybody. */
export interface Sized {
  measure(): Measure
  /** Up to `most` keys, the next to be evicted first: from least to most recently used under `lru`. */
  order(most: number): string[]
  /** The queues of its policy, up to `most` keys of each; `undefined` where `order` says all. */
  queues?(most: number): readonly LevelQueue[] | undefined
}

/** One of the queues in which an eviction policy keeps entries. */
export interface LevelQueue {
  /** As the literature calls it: `window`, `probation`, `small`. */
  readonly name: string
  /** What its entries weigh together: entries, or bytes where those are bounded. `undefined` where it is not counted. */
  readonly weight: number | undefined
  /** How many keys it remembers that have left. */
  readonly remembered: number | undefined
  /** Where the next eviction begins to look. */
  readonly hand: string | undefined
  /**
   * What `numbers` are: `frequency`, about how often a key was asked for of late; `hits` in this queue; `uses` since
   * it came; `used`, 1 where it was used since the hand passed; milliseconds `left`.
   */
  readonly counts: 'frequency' | 'hits' | 'uses' | 'used' | 'left' | undefined
  /** The next to leave it first. */
  readonly keys: readonly string[]
  /** One for each key where there are `counts`; empty otherwise. */
  readonly numbers: readonly number[]
}

/** A level that can tell about its server. */
export interface Informs {
  info(): Promise<ServerInfo>
}

/** What is known of the server, or servers, of a level. `undefined` where it does not tell. */
export interface ServerInfo {
  /** `redis 7.0.15`, `memcached 1.6.18`, `sqlite 3.50.4`. */
  readonly server: string
  /** `false`: one of `nodes` that did not answer. Default: it did. */
  readonly isUp?: boolean | undefined
  /** Milliseconds. */
  readonly uptime: number | undefined
  readonly hits: number | undefined
  readonly misses: number | undefined
  /** Hits by requests, 0 to 1. */
  readonly hitRatio: number | undefined
  /** Bytes in use, and the most it may use. */
  readonly memory: number | undefined
  readonly maxMemory: number | undefined
  readonly keys: number | undefined
  readonly clients: number | undefined
  readonly evictions: number | undefined
  /** One for each node of a cluster, by address; empty for a single server. */
  readonly nodes: Readonly<Record<string, ServerInfo>>
  /** A Redis Cluster as one of its nodes sees it; `undefined` where there is none, or it may not be asked. */
  readonly cluster?: ClusterInfo | undefined
}

/** The state of a Redis Cluster. */
export interface ClusterInfo {
  /** `ok`, or `fail` where some slots are not served. */
  readonly state: string
  /** Slots that are served, of 16,384. */
  readonly slots: number
  /** All nodes, replicas too. */
  readonly nodes: readonly ClusterNode[]
}

/** One node of a Redis Cluster. */
export interface ClusterNode {
  /** `host:port`. */
  readonly address: string
  readonly role: 'master' | 'replica'
  /** The address of a replica's master. */
  readonly master: string | undefined
  /** How many slots it serves. */
  readonly slots: number
  readonly isUp: boolean
}
