import type { LevelState } from './protocol-figures.ts'
import type { Told } from './protocol-words.ts'

/** GET fleet `?cache=NAME`: the levels, their servers, and the processes that share them. */
export interface Fleet {
  readonly cache: string
  readonly at: number
  readonly process: string
  readonly levels: readonly FleetLevel[]
  readonly nodes: FleetNodes
}

/** Who shares levels with this process and answers when it asks who is there. It asks while somebody looks. */
export interface FleetNodes {
  /** Over which levels others can be heard: those that have a feed. Where there is none nobody is listed. */
  readonly over: readonly number[]
  /** Whether this process hears its own answers. Where it does not it cannot hear others, who are not gone for that. */
  readonly isHeard: boolean
  /** There are more than can be listed, or they answer faster than is looked at. */
  readonly isCrowded: boolean
  /** This process first. What they tell was sent by anybody who can publish on the feed: show it as text. */
  readonly nodes: readonly NodeText[]
}

/** One cache of one process. */
export interface NodeText {
  /** Made anew for each cache. */
  readonly id: string
  /** The cache that was asked. */
  readonly isThis: boolean
  readonly cache: string
  readonly process: string
  /** Of the package. */
  readonly version: string
  readonly uptime: number
  /** Since it was last heard. */
  readonly silence: number
  /** It has not answered for so long that it is most likely gone; a minute later it is left out. */
  readonly isGone: boolean
  /** How long a question took to it over the feed, and its answer back. */
  readonly lag: Told
  readonly readsPerSecond: Told
  /** Since it was made. */
  readonly hitRatio: number
  readonly levels: readonly NodeLevelText[]
}

/** A level as another process sees it. Its names and their number need not be those of this one. */
export interface NodeLevelText {
  readonly name: string
  /** Its own: hits by reads of this level. */
  readonly hitRatio: number
  readonly size: Told
  readonly pending: number
  readonly breakerState: LevelState['breakerState']
  readonly hearing: LevelState['hearing']
  readonly proven: boolean | null
}

/** A level of the cache that was asked. */
export interface FleetLevel extends LevelState {
  /** Whether it is known to hear of everything others invalidate; `null` where nothing is heard. */
  readonly proven: boolean | null
  /** Invalidations it has missed and not yet been told. */
  readonly pending: number
  /** What its server, or servers, tell; `null` where there is none, or it does not answer. */
  readonly server: ServerText | null
}

/** What a server of a level tells of itself. */
export interface ServerText {
  /** Of a node of a cluster; `null` for the server as a whole. */
  readonly address: string | null
  /** `redis 7.0.15`, `memcached 1.6.18`, `sqlite 3.50.4`. */
  readonly server: string
  /** `false`: a node of a cluster that did not answer. */
  readonly isUp: boolean
  readonly uptime: Told
  readonly hits: Told
  readonly misses: Told
  /** 0 to 1. */
  readonly hitRatio: Told
  /** Bytes in use, and the most it may use. */
  readonly memory: Told
  readonly maxMemory: Told
  readonly keys: Told
  readonly clients: Told
  readonly evictions: Told
  /** Of a cluster. */
  readonly nodes: readonly ServerText[]
  /** A Redis Cluster as one of its nodes sees it. */
  readonly cluster: ClusterText | null
}

/** `state`: `ok`, or `fail` where some slots are not served. `slots`: served, of 16,384. */
export interface ClusterText {
  readonly state: string
  readonly slots: number
  readonly nodes: readonly ClusterNodeText[]
}

/** One node of a Redis Cluster. */
export interface ClusterNodeText {
  readonly address: string
  readonly role: 'master' | 'replica'
  /** Of a replica. */
  readonly master: string | null
  readonly slots: number
  readonly isUp: boolean
}
