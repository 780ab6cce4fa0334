import { TerraceError } from '../../errors.ts'
import { expected, readOptions, text } from '../../options.ts'
import { port, secret } from './checks.ts'

/** Where a server listens. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** What a URL of a Redis server says. */
export interface Located extends Address {
  readonly username: string | undefined
  readonly password: string | undefined
  readonly database: number | undefined
  readonly tls: boolean
}

const REDIS_PORT = 6379
export const SENTINEL_PORT = 26_379

/**
 * Reads `redis://user:password@host:port/database`; `rediss` (or `valkeys`) is the same over TLS. What
 * is wrong is said without the URL itself, for it may hold a password.
 *
 * @throws TerraceError `ERR_OPTION_INVALID`
 */
export function readUrl(value: unknown, where: string): Located {
  if (typeof value !== 'string') return wrong(where, `got ${value === null ? 'null' : typeof value}`)
  if (!URL.canParse(value)) return wrong(where, `got a string that is no URL${hintFor(value)}`)
  const { protocol, hostname, port, username, password, pathname, search, hash } = new URL(value)
  const scheme = /^(redis|valkey)(s?):$/.exec(protocol)
  if (scheme === null) return wrong(where, `got one that begins with '${protocol}'${hintFor(value)}`)
  if (hostname === '') return wrong(where, `got one without a host${hintFor(value)}`)
  if (search !== '' || hash !== '') return wrong(where, "got one with '?' or '#': give further settings as options")
  const database = /^\/?(\d{0,7})$/.exec(pathname)
  if (database === null) return wrong(where, 'got one with a path that is no number of a database')
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? REDIS_PORT : Number(port),
    username: decoded(username, where),
    password: decoded(password, where),
    database: database[1] === '' ? undefined : Number(database[1]),
    tls: scheme[2] === 's',
  }
}

/** What to write for an address whose scheme is missing or cut short. What may hold a password, before an `@`, is not repeated. */
function hintFor(text: string): string {
  const match = /^(?:(rediss?|valkeys?)(?::\/*|\/+))?([\w.-]+(?::\d{1,5})?(?:\/\d{0,7})?)$/.exec(text)
  if (match === null) return ''
  const meant = `${match[1] ?? 'redis'}://${match[2]}`
  return meant === text ? '' : `: write '${meant}'`
}

/** Reads `host`, `host:port`, `[v6]:port` or `{ host, port }`, as elements of a list. */
export function addressList(fallback: number): (value: unknown, where: string) => readonly Address[] {
  return (value, where) => {
    if (!Array.isArray(value) || value.length === 0) return expected("a list such as ['host:port']", value, where)
    return value.map((each: unknown, n) => readAddress(each, `${where}[${n}]`, fallback))
  }
}

function readAddress(value: unknown, where: string, fallback: number): Address {
  if (typeof value !== 'string') {
    const read = readOptions(where, { host: text(255), port }, value ?? null)
    return { host: read.host ?? expected('a host', undefined, `${where}: host`), port: read.port ?? fallback }
  }
  if (value.includes('@') || value.includes('/')) {
    const text = `${where}: expected 'host:port'; give user, password and tls as options of their own`
    throw new TerraceError('ERR_OPTION_INVALID', text)
  }
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+))(?::(\d{1,5}))?$/.exec(value)
  const number = match?.[3] === undefined ? fallback : Number(match[3])
  const host = match?.[1] ?? match?.[2]
  return host === undefined ? expected("'host:port'", value, where) : { host, port: port(number, where) }
}

function decoded(part: string, where: string): string | undefined {
  if (part === '') return undefined
  try {
    return secret(decodeURIComponent(part), where)
  } catch {
    return wrong(where, 'got one whose user or password is not percent-encoded')
  }
}

function wrong(where: string, got: string): never {
  const text = `${where}: expected a URL such as redis://host:6379 or rediss://user:password@host:6380/0, ${got}`
  throw new TerraceError('ERR_OPTION_INVALID', text)
}
