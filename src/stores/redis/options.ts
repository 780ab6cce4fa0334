import type { ConnectionOptions } from 'node:tls'
import { type Duration, finiteDuration } from '../../duration.ts'
import { TerraceError } from '../../errors.ts'
import { type Check, type Checked, expected, integer } from '../../options.ts'
import { tlsOptions } from '../tls-options.ts'
import { type Address, addressList, type Located, readUrl, SENTINEL_PORT } from './address.ts'
import { adoptClient, adoptSubscriber, type RedisClient, type RedisSubscriber } from './adopt.ts'
import { port, prefixText, secret, times } from './checks.ts'
import type { MadeSettings } from './made-client.ts'

/** Options of the store; `redis(…)` has these and those that every level has. */
export interface RedisStoreOptions {
  /** `redis://user:password@host:6379/0`; `rediss://` for TLS. Default: what `host` and `port` say. */
  readonly url?: string | undefined
  /** Default: `localhost`. */
  readonly host?: string | undefined
  /** Default: 6379. */
  readonly port?: number | undefined
  /** Default: none. */
  readonly username?: string | undefined
  /** Default: none. */
  readonly password?: string | undefined
  /** The number of a database. Default: 0; a cluster has no other. */
  readonly database?: number | undefined
  /** Encrypts: `true`, or what `node:tls` takes. Default: no, or as the URL says. */
  readonly tls?: boolean | ConnectionOptions | undefined
  /** A cluster: some of its nodes, `['host:port', …]`; the others are found. */
  readonly nodes?: readonly (string | { readonly host: string; readonly port?: number | undefined })[] | undefined
  /** Redis Sentinel: where the sentinels listen, `['host:port', …]`. Default port: 26379. */
  readonly sentinels?: readonly (string | { readonly host: string; readonly port?: number | undefined })[] | undefined
  /** The name of the master that the sentinels watch. */
  readonly sentinelName?: string | undefined
  /** Default: none. */
  readonly sentinelUsername?: string | undefined
  /** Default: none. */
  readonly sentinelPassword?: string | undefined
  /** How long one attempt to connect may take: above 0, and not `Infinity`. Calls do not wait for it longer than their own timeout. Default: 1 second. */
  readonly connectTimeout?: Duration | undefined
  /** How many attempts to connect may fail in a row before there are no more. Default: `Infinity`. */
  readonly maxRetries?: number | undefined
  /** A client of your own instead: ioredis, iovalkey or node-redis, connected, single server, Sentinel or cluster. It stays yours to close. */
  readonly client?: RedisClient | undefined
  /** Your own second connection, which the feed subscribes with, and which several caches may share; `false` for no feed. Default: a duplicate of the client. */
  readonly subscriber?: RedisSubscriber | false | undefined
  /** What all names in Redis begin with: up to 100 characters, no braces. Default: `terrace:`. */
  readonly prefix?: string | undefined
  /** Into how many parts the keys are spread, 1 to 1024; the same in every process. Default: 1, in a cluster 16. */
  readonly shards?: number | undefined
}

/** The checks of {@link RedisStoreOptions}. */
export const redisSchema: {
  readonly url: Check<Located>
  readonly host: Check<string>
  readonly port: Check<number>
  readonly username: Check<string>
  readonly password: Check<string>
  readonly database: Check<number>
  readonly tls: Check<object | undefined>
  readonly nodes: Check<readonly Address[]>
  readonly sentinels: Check<readonly Address[]>
  readonly sentinelName: Check<string>
  readonly sentinelUsername: Check<string>
  readonly sentinelPassword: Check<string>
  readonly connectTimeout: Check<number>
  readonly maxRetries: Check<number>
  readonly client: Check<object>
  readonly subscriber: Check<object | false>
  readonly prefix: Check<string>
  readonly shards: Check<number>
} = {
  url: readUrl,
  host: hostAlone,
  port,
  username: secret,
  password: secret,
  database: integer(0, 1_000_000),
  tls: tlsOptions,
  nodes: addressList(6379),
  sentinels: addressList(SENTINEL_PORT),
  sentinelName: hostName,
  sentinelUsername: secret,
  sentinelPassword: secret,
  connectTimeout: finiteDuration,
  maxRetries: times,
  client: anObject,
  subscriber: (value, where) => (value === false ? false : anObject(value, where)),
  prefix: prefixText,
  shards: integer(1, 1024),
}

/** {@link RedisStoreOptions}, checked one by one. */
export type CheckedRedisOptions = Checked<typeof redisSchema>

/** Who brings the connection: the user, or this library with such settings. */
export type Source =
  | { readonly kind: 'given'; readonly client: object; readonly subscriber: object | false | undefined }
  | { readonly kind: 'made'; readonly settings: MadeSettings }

/** {@link RedisStoreOptions}, checked as a whole. */
export interface RedisPlan {
  readonly source: Source
  readonly prefix: string
  readonly shards: number | undefined
}

/** @throws TerraceError `ERR_OPTION_INVALID` where options contradict each other */
export function redisPlan(given: CheckedRedisOptions): RedisPlan {
  const { prefix = 'terrace:', shards, client, subscriber, ...own } = given
  if (client !== undefined) {
    const [name] = Object.keys(own)
    if (name !== undefined) throw contradiction('client', `a client brings its own connection; leave out ${name}`)
    // What cannot be used is an error here, not when the first cache is made.
    adoptClient(client, 'redis: client')
    if (subscriber !== undefined && subscriber !== false) adoptSubscriber(subscriber, 'redis: subscriber')
    return { source: { kind: 'given', client, subscriber }, prefix, shards }
  }
  if (subscriber !== undefined) throw contradiction('subscriber', 'it belongs to a client of your own')
  return { source: { kind: 'made', settings: madeSettings(own) }, prefix, shards }
}

type Own = Omit<CheckedRedisOptions, 'client' | 'subscriber' | 'prefix' | 'shards'>

function madeSettings(own: Own): MadeSettings {
  const {
    url,
    host,
    nodes,
    sentinels,
    sentinelName,
    connectTimeout = 1000,
    maxRetries = Number.POSITIVE_INFINITY,
  } = own
  const places = Object.entries({ url, host, nodes, sentinels }).filter(([, place]) => place !== undefined)
  if (places.length > 1) throw contradiction(places[1]![0], `there is ${places[0]![0]} already; give one of them`)
  if (own.port !== undefined && url !== undefined) throw contradiction('port', 'the url has it already')
  if (url?.tls === true && 'tls' in own && own.tls === undefined) throw contradiction('tls', PLAIN_OR_NOT)
  const database = own.database ?? url?.database ?? 0
  if (nodes !== undefined && database !== 0) throw contradiction('database', 'a cluster has no other than 0')
  if ((sentinels === undefined) !== (sentinelName === undefined)) {
    throw contradiction('sentinelName', 'sentinels and the name of the master they watch go together')
  }
  return {
    address: url ?? { host: host ?? 'localhost', port: own.port ?? 6379 },
    nodes,
    sentinels: sentinels && {
      addresses: sentinels,
      name: sentinelName!,
      username: own.sentinelUsername,
      password: own.sentinelPassword,
    },
    username: own.username ?? url?.username,
    password: own.password ?? url?.password,
    database,
    tls: 'tls' in own ? own.tls : url?.tls === true ? {} : undefined,
    connectTimeout,
    maxRetries,
  }
}

/** Whichever of the two was meant, a password must not go out in plain text by mistake. */
const PLAIN_OR_NOT = 'it is false, and the url asks for encryption; leave tls out, or write redis:// to go without'

function contradiction(option: string, why: string): TerraceError {
  return new TerraceError('ERR_OPTION_INVALID', `redis: ${option}: ${why}`)
}

/** A host without its port: a name, or an address; one of IPv6 has more colons than one. */
function hostAlone(value: unknown, where: string): string {
  const host = hostName(value, where)
  if (!/^[^:]+:\d*$/.test(host)) return host
  throw new TerraceError('ERR_OPTION_INVALID', `${where}: expected a name alone; give the port as an option of its own`)
}

function hostName(value: unknown, where: string): string {
  const isOne = typeof value === 'string' && /^[^\s/@]{1,255}$/.test(value)
  if (isOne) return value
  // Somebody may have put a whole URL here, password and all.
  if (typeof value === 'string')
    throw new TerraceError('ERR_OPTION_INVALID', `${where}: expected a name without '/', '@' and spaces`)
  return expected('a string', value, where)
}

function anObject(value: unknown, where: string): object {
  return typeof value === 'object' && value !== null ? value : expected('a client of a Redis library', value, where)
}
