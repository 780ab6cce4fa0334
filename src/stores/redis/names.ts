import { keyOfStored, storedKey } from '../../entry/key-text.ts'
import { floorName as nameOf } from '../floor-name.ts'

/** Names of floors may have this many characters; those of longer keys are hashed. */
const LONGEST_FLOOR = 200

/** The names of one shard. All lie in one slot of a cluster. */
export interface ShardNames {
  readonly state: string
  readonly keyFloors: string
  readonly tagFloors: string
  readonly prefixFloors: string
  readonly log: string
  /** The name of a frame is this and the key as text. */
  readonly data: string
  readonly leases: string
}

/**
 * How keys, shards and floors are called in Redis. The same in every process that shares them.
 *
 * A server has one space of channels for all its databases: those of two caches have different names, as
 * their keys have.
 */
export class Names {
  readonly channel: string
  /** Where processes answer those who ask who is there. */
  readonly fleetChannel: string
  /** What the names of all shards begin with. */
  readonly begin: string
  readonly shards: readonly ShardNames[]

  constructor(prefix: string, shards: number, database = 0) {
    this.channel = `${prefix}#feed:${database}/${shards}`
    this.fleetChannel = `${prefix}#fleet:${database}/${shards}`
    this.begin = `${prefix}{`
    this.shards = Array.from({ length: shards }, (_, shard) => {
      const base = `${prefix}{${shard}/${shards}}`
      return {
        state: `${base}!state`,
        keyFloors: `${base}!keys`,
        tagFloors: `${base}!tags`,
        prefixFloors: `${base}!prefixes`,
        log: `${base}!log`,
        data: `${base}:`,
        leases: `${base}~`,
      }
    })
  }

  /** The shard of a key: FNV-1a, finished as murmur3 does. Must stay what it is, or processes part ways. */
  shardOf(key: string): number {
    const count = this.shards.length
    if (count === 1) return 0
    let hash = 0x811c9dc5
    for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193)
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
    return ((hash ^ (hash >>> 16)) >>> 0) % count
  }

  frame(shard: number, key: string): string {
    return this.shards[shard]!.data + storedKey(key)
  }

  lease(shard: number, key: string): string {
    return this.shards[shard]!.leases + storedKey(key)
  }

  /** The shard and the key in the name of a frame; `undefined` if it is not the name of one. */
  placeIn(name: string): { readonly shard: number; readonly key: string } | undefined {
    if (!name.startsWith(this.begin)) return undefined
    const shard = Number.parseInt(name.slice(this.begin.length, this.begin.length + 5), 10)
    const data = this.shards[shard]?.data
    if (data === undefined || !name.startsWith(data)) return undefined
    const key = keyOfStored(name.slice(data.length))
    return key === undefined ? undefined : { shard, key }
  }
}

/** What the floor of a key is called. */
export function floorName(key: string): string {
  return nameOf(key, LONGEST_FLOOR)
}

/** A pattern of `SCAN` that matches what begins with exactly this text. */
export function globOf(begin: string): string {
  return `${begin.replaceAll(/[\\*?[\]^]/g, '\\$&')}*`
}
