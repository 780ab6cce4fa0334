import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo, Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freePort } from '../../servers/free-port.ts'
import { startMemcached } from '../../servers/memcached-server.ts'
import { startRedis } from '../../servers/redis-server.ts'
import { CERTIFICATE, KEY } from '../memcached/tls-certificate.ts'
import { outcome, startWith, terrace } from './terrace.ts'

/** `host:port` of a server of each kind, by name; `none`: nobody is there. */
const at: Record<'none' | 'redis' | 'locked' | 'memcached' | 'http' | 'tls' | 'folder', string> = {
  none: '',
  redis: '',
  locked: '',
  memcached: '',
  http: '',
  tls: '',
  folder: '',
}
const ends: (() => unknown)[] = []

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ends.push(() => server.close())
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

beforeAll(async () => {
  const redis = await startRedis()
  const locked = await startRedis({ args: ['--requirepass', 'sesame'] })
  const memcached = await startMemcached()
  ends.push(
    () => redis.close(),
    () => locked.close(),
    () => memcached.kill(),
  )
  at.none = `127.0.0.1:${await freePort()}`
  at.redis = `127.0.0.1:${redis.port}`
  at.locked = `127.0.0.1:${locked.port}`
  at.memcached = memcached.address
  at.http = await listening(createServer((_, response) => response.end('<html>')))
  const tls = createTlsServer({ cert: CERTIFICATE, key: KEY })
  // Whoever does not speak TLS is cut off.
  tls.on('tlsClientError', () => undefined)
  at.tls = await listening(tls)
  at.folder = mkdtempSync(join(tmpdir(), 'terrace-unreachable-'))
  ends.push(() => rmSync(at.folder, { recursive: true }))
})

afterAll(async () => {
  for (const end of ends) await end()
})

const TLS = 'does it expect TLS?'
const UNTRUSTED = 'name the certificate that is to be trusted in NODE_EXTRA_CA_CERTS'

/** What is typed after the verb, with `{name}` for a server, and what the line must say. */
const FAILURES: readonly (readonly [target: string, message: string])[] = [
  ['redis://{none}', 'ECONNREFUSED'],
  ['redis://{locked}', 'NOAUTH Authentication required. (give its password in the address, or in REDISCLI_AUTH)'],
  ['redis://:wrong@{locked}', 'WRONGPASS'],
  ['redis://{tls}', `(${TLS} Then write rediss://)`],
  ['rediss://{tls}', UNTRUSTED],
  ['rediss://{redis}', '(does it speak TLS? If not, write redis://)'],
  ['redis://{memcached}', '(what answers there is a Memcached? Then write memcached://)'],
  ['redis://{http}', '(what answers there is no Redis)'],
  ['memcached://{none}', 'ECONNREFUSED'],
  ['memcached://{tls}', `(${TLS} Then write memcacheds://)`],
  ['memcacheds://{tls}', UNTRUSTED],
  ['memcacheds://{memcached}', '(does it speak TLS? If not, write memcached://)'],
  ['memcached://{redis}', '(what answers there is a Redis: write redis://)'],
  ['memcached://{http}', '(what answers there is no Memcached)'],
  ['{folder}', 'is a folder'],
]

function filled(text: string): string {
  return text.replace(/\{(\w+)\}/g, (_, name: keyof typeof at) => at[name])
}

it.each(FAILURES)('%s: every verb ends with 1 and one line that says what to do', async (target, message) => {
  const url = filled(target)
  const verbs = [
    ['inspect', url, 'k'],
    ['invalidate', url, 'key', 'k', '--yes'],
    ['dashboard', url.startsWith('m') ? '--memcached' : url.startsWith('/') ? '--disk' : '--redis', url, '--port', '0'],
  ]
  const [examined, ...told] = await Promise.all([
    terrace('doctor', url, '--json'),
    ...verbs.map((args) => terrace(...args)),
  ])
  for (const { code, out, err } of told) {
    expect([code, out]).toEqual([1, ''])
    expect(err).toMatch(/^terrace: .*\n$/)
    expect(err).toContain(message)
    expect(err).not.toContain('wrong@')
  }
  expect(examined).toMatchObject({ code: 1, err: '' })
  const { findings } = JSON.parse(examined.out) as { findings: { verdict: string; found: string }[] }
  expect(findings.filter(({ verdict }) => verdict === 'fail').map(({ found }) => found)).toEqual([
    expect.stringContaining(message),
  ])
})

it('Redis without the package @redis/client: every verb says in one line what to install', async () => {
  const preload = `
    import { register } from 'node:module'
    const hooks = 'export const resolve = (name, context, next) => next(name === "@redis/client" ? "@none/none" : name, context)'
    register('data:text/javascript,' + encodeURIComponent(hooks))`
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(preload)}`
  const url = `redis://${at.redis}`
  const verbs = [
    ['inspect', url, 'k'],
    ['invalidate', url, 'key', 'k', '--yes'],
    ['dashboard', '--redis', url, '--port', '0'],
    ['demo', '--redis', url, '--port', '0'],
  ]
  const err = `terrace: cannot reach ${url}: the package @redis/client cannot be loaded: npm install @redis/client\n`
  for (const told of await Promise.all(verbs.map((args) => outcome(startWith({ NODE_OPTIONS }, ...args))))) {
    expect(told).toEqual({ code: 1, out: '', err })
  }
  const examined = await outcome(startWith({ NODE_OPTIONS }, 'doctor', url, '--json'))
  expect(examined).toMatchObject({ code: 1, err: '' })
  const { findings } = JSON.parse(examined.out) as { findings: readonly object[] }
  const found = 'the package @redis/client cannot be loaded: npm install @redis/client'
  // Nothing about a server that was not asked.
  const change = 'Install that package: the server has not been asked yet.'
  expect(findings).toEqual([expect.objectContaining({ check: 'reachable', verdict: 'fail', found, change })])
})

it.each([
  ['http://{none}', 'ECONNREFUSED'],
  ['http://{http}', 'is no dashboard: it does not answer with JSON'],
  ['http://{tls}', `(${TLS} Then write https://)`],
  ['https://{tls}', UNTRUSTED],
  ['https://{http}', '(does it speak TLS? If not, write http://)'],
])('top %s ends with 1 and one line that says what to do', async (target, message) => {
  const { code, out, err } = await terrace('top', filled(target), '--once')
  expect([code, out]).toEqual([1, ''])
  expect(err).toMatch(/^terrace: [^\n]*\n$/)
  expect(err).toContain(message)
})

it.each([
  [['dashboard', '--redis', 'memcached://{memcached}'], 'dashboard --redis takes redis://host:6379, not memcached://'],
  [['dashboard', '--memcached', 'redis://{redis}'], 'dashboard --memcached takes memcached://host:11211, not redis://'],
  [['doctor', 'memcached://{memcached}:x'], "memcached: nodes: expected an address such as 'host:11211', got "],
  [['doctor', 'redis://host:99999'], 'redis: url: expected a URL'],
  [['top', 'redis://{redis}'], "top takes a dashboard's address (http://…), not redis://"],
] as const)('%j ends with 2: it was not understood', async (args, message) => {
  const { code, out, err } = await terrace(...args.map(filled))
  expect([code, out]).toEqual([2, ''])
  expect(err).toMatch(/^terrace: .*\n$/)
  expect(err).toContain(message)
})
