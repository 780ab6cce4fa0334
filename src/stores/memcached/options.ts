import type { ConnectionOptions } from 'node:tls'
import { type Duration, finiteDuration } from '../../duration.ts'
import { type Check, type Checked, expected, integer, readOptions } from '../../options.ts'
import { tlsOptions } from '../tls-options.ts'
import { type Address, readAddress } from './address.ts'
import type { ClientSettings } from './client.ts'
import { readPrefix } from './wire-key.ts'

/** Options of the store; `memcached(…)` has these and those that every level has. */
export interface MemcachedStoreOptions {
  /**
   * Where the servers listen: `['host:port', '[v6]:port', '/path/of/a/socket']`, or all in one string with commas.
   * Every process must be given the same. Default port: 11211.
   */
  readonly nodes: string | readonly string[]
  /** What all keys in Memcached begin with: letters, digits, `.`, `-`, `_`. Default: `terrace`. */
  readonly prefix?: string | undefined
  /** How long one call may take. Default: 250 ms. */
  readonly timeout?: Duration | undefined
  /** How long an attempt to connect may take, the first answer included; calls wait no longer than `timeout`. Default: 1 second. */
  readonly connectTimeout?: Duration | undefined
  /** How far this process may be behind on what others invalidate by tag, by prefix or altogether. Default: 5 seconds. */
  readonly maxStaleness?: Duration | undefined
  /** Encrypts: `true`, or what `node:tls` takes. Default: no. */
  readonly tls?: boolean | ConnectionOptions | undefined
  /** The largest value taken from a server, in bytes. Default: 64 MiB. */
  readonly maxValueBytes?: number | undefined
  /** The most calls that wait at one node. Default: 16,384. */
  readonly maxInFlight?: number | undefined
}

/** {@link MemcachedStoreOptions}, checked. */
export interface MemcachedSettings extends ClientSettings {
  readonly prefix: string
  readonly maxStaleness: number
}

const MOST_NODES = 1000
const MIB = 2 ** 20

/** The checks of {@link MemcachedStoreOptions}. */
export const memcachedSchema: {
  readonly nodes: Check<readonly Address[]>
  readonly prefix: Check<string>
  readonly timeout: Check<number>
  readonly connectTimeout: Check<number>
  readonly maxStaleness: Check<number>
  readonly tls: Check<ConnectionOptions | undefined>
  readonly maxValueBytes: Check<number>
  readonly maxInFlight: Check<number>
} = {
  nodes: addressList,
  prefix: readPrefix,
  timeout: finiteDuration,
  connectTimeout: finiteDuration,
  maxStaleness: finiteDuration,
  tls: tlsOptions,
  maxValueBytes: integer(1, 2 ** 30),
  maxInFlight: integer(1, 1_000_000),
}

/** @throws TerraceError `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID` */
export function readStoreOptions(options: MemcachedStoreOptions): MemcachedSettings {
  return memcachedSettings(readOptions('memcached', memcachedSchema, options))
}

/** Options that were checked one by one, with the defaults. @throws TerraceError `ERR_OPTION_INVALID` where there are no nodes */
export function memcachedSettings(read: Checked<typeof memcachedSchema>): MemcachedSettings {
  return {
    addresses: read.nodes ?? expected("addresses such as ['host:11211']", undefined, 'memcached: nodes'),
    prefix: read.prefix ?? 'terrace',
    timeout: read.timeout ?? 250,
    connectTimeout: read.connectTimeout ?? 1000,
    maxStaleness: read.maxStaleness ?? 5000,
    tls: read.tls,
    maxValueBytes: read.maxValueBytes ?? 64 * MIB,
    maxInFlight: read.maxInFlight ?? 16_384,
    maxQueuedBytes: 64 * MIB,
  }
}

function addressList(value: unknown, where: string): readonly Address[] {
  const list: unknown[] = typeof value === 'string' ? value.split(',') : Array.isArray(value) ? value : []
  if (list.length === 0 || list.length > MOST_NODES) return expected("addresses such as ['host:11211']", value, where)
  const addresses = list.map((text) => readAddress(text, where))
  const twice = addresses.find(({ name }, n) => addresses.findIndex((other) => other.name === name) < n)
  return twice === undefined ? addresses : expected('each address once', twice.name, where)
}
