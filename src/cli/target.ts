import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { CommandError } from './command-error.ts'

/** What a verb is pointed at: a store, or the dashboard of a running process. `shown`: how it is named, without a password. */
export type Target = RedisTarget | MemcachedTarget | DiskTarget | DashboardTarget

export interface RedisTarget {
  readonly kind: 'redis'
  readonly shown: string
  /** Of the first server. */
  readonly url: string
  /** All servers, `host:port`. More than one: nodes of a cluster. */
  readonly servers: readonly string[]
  readonly username: string | undefined
  readonly password: string | undefined
  readonly tls: boolean
}

export interface MemcachedTarget {
  readonly kind: 'memcached'
  readonly shown: string
  readonly nodes: readonly string[]
  readonly tls: boolean
}

export interface DiskTarget {
  readonly kind: 'disk'
  readonly shown: string
  readonly path: string
}

export interface DashboardTarget {
  readonly kind: 'dashboard'
  readonly shown: string
  /** Without user and password; with a slash at its end. */
  readonly url: string
  readonly username: string | undefined
  readonly password: string | undefined
}

const FORMS = 'redis://host:6379, memcached://host:11211, the path of a file, or http://host/path of a dashboard'

/**
 * Reads a target as it was typed. What is wrong with it is said without the text itself where that may hold a
 * password. Redis takes a password from `REDISCLI_AUTH` as well, as `redis-cli` does: what is typed is seen by
 * everybody who lists processes.
 *
 * @throws CommandError
 */
export function readTarget(text: string, env: NodeJS.ProcessEnv = process.env): Target {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase()
  switch (scheme) {
    case 'redis':
    case 'rediss':
    case 'valkey':
    case 'valkeys':
      return redisTarget(text, scheme, env)
    case 'memcached':
    case 'memcache':
    case 'memcacheds':
    case 'memcaches':
      return memcachedTarget(text, scheme.endsWith('s'))
    case 'http':
    case 'https':
      return dashboardTarget(text)
    case 'file':
      return diskTarget(pathIn(text))
  }
  if (scheme === undefined && (/[/\\]|\.(?:db|sqlite3?|cache)$/.test(text) || existsSync(text))) return diskTarget(text)
  const got = text.includes('@') ? '' : `, got '${text.slice(0, 100)}'`
  throw CommandError.usage(`expected ${FORMS}${got}`)
}

/** The target if it is of one of these kinds. @throws CommandError */
export function readTargetOf<K extends Target['kind']>(
  text: string | undefined,
  kinds: readonly K[],
  verb: string,
): Extract<Target, { kind: K }> {
  if (text === undefined) throw CommandError.usage(`${verb} needs ${formsOf(kinds)}. See terrace ${verb} --help.`)
  const target = readTarget(text)
  if ((kinds as readonly string[]).includes(target.kind)) return target as Extract<Target, { kind: K }>
  throw CommandError.usage(`${verb} takes ${formsOf(kinds)}, not ${target.shown}`)
}

const KINDS: Readonly<Record<Target['kind'], string>> = {
  redis: 'redis://host:6379',
  memcached: 'memcached://host:11211',
  disk: 'the path of a file',
  dashboard: "a dashboard's address (http://…)",
}

function formsOf(kinds: readonly Target['kind'][]): string {
  const forms = kinds.map((kind) => KINDS[kind])
  return forms.length === 1 ? forms[0]! : `${forms.slice(0, -1).join(', ')} or ${forms.at(-1)}`
}

function redisTarget(text: string, scheme: string, env: NodeJS.ProcessEnv): RedisTarget {
  const [, user = '', hosts = '', path = ''] = /^[a-z]+:\/\/(?:(.*)@)?([^/@]*)(\/.*)?$/i.exec(text) ?? []
  const servers = hosts.split(',')
  const url = `${scheme}://${user === '' ? '' : `${user}@`}${servers[0]}${path}`
  const [username, password] = /^([^:]*)(?::(.*))?$/s.exec(user)?.slice(1) ?? []
  const asked = password ?? env.REDISCLI_AUTH
  const name = username === undefined || username === '' ? undefined : unescaped(username)
  return {
    kind: 'redis',
    shown: `${scheme}://${user === '' ? '' : `${name ?? ''}${password === undefined ? '' : ':***'}@`}${hosts}${path}`,
    url,
    servers: servers.map((server) => (/:\d+$/.test(server) ? server : `${server}:6379`)),
    username: name,
    password: asked === undefined || asked === '' ? undefined : unescaped(asked, password !== undefined),
    tls: scheme === 'rediss' || scheme === 'valkeys',
  }
}

function memcachedTarget(text: string, tls: boolean): MemcachedTarget {
  const [, list = ''] = /^[a-z]+:\/\/(.*?)\/?$/i.exec(text) ?? []
  const nodes = list.split(',').filter((node) => node !== '')
  if (nodes.length === 0 || list.includes('@')) throw CommandError.usage('expected memcached://host:11211,host:11211')
  return { kind: 'memcached', shown: `memcached${tls ? 's' : ''}://${nodes.join(',')}`, nodes, tls }
}

function dashboardTarget(text: string): DashboardTarget {
  const url = URL.parse(text)
  if (url === null) throw CommandError.usage('expected the address of a dashboard, such as http://localhost:9000/cache')
  const { username, password } = url
  url.username = ''
  url.password = ''
  url.search = ''
  url.hash = ''
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  const shown = `${url.protocol}//${username === '' ? '' : `${unescaped(username)}:***@`}${url.host}${url.pathname}`
  return {
    kind: 'dashboard',
    shown,
    url: url.href,
    username: username === '' ? undefined : unescaped(username),
    password: password === '' ? undefined : unescaped(password),
  }
}

function diskTarget(path: string): DiskTarget {
  return { kind: 'disk', shown: path, path }
}

function pathIn(text: string): string {
  try {
    return fileURLToPath(text.startsWith('file://') ? text : `file://${text.slice('file:'.length)}`)
  } catch {
    return text.slice('file:'.length)
  }
}

function unescaped(text: string, isEscaped = true): string {
  if (!isEscaped) return text
  try {
    return decodeURIComponent(text)
  } catch {
    throw CommandError.usage('the user or the password in the URL is not percent-encoded')
  }
}
