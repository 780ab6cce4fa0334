import { createClient as createClient6, createCluster, createSentinel } from '@redis/client'
import { Cluster, Redis } from 'ioredis'
import { createClient } from 'redis4'
import { expect, test } from 'vitest'
import { redis } from '../../src/levels/redis.ts'
import { readOptions } from '../../src/options.ts'
import { readUrl } from '../../src/stores/redis/address.ts'
import { redisPlan, redisSchema } from '../../src/stores/redis/options.ts'
import { redisLedger } from '../../src/stores/redis/redis.ts'
import { systemWorld } from '../../src/world/system-world.ts'

function planOf(options: object) {
  return redisPlan(readOptions('redis', redisSchema, options))
}

function madeOf(options: object) {
  const { source } = planOf(options)
  if (source.kind !== 'made') throw new Error('expected a client of our own')
  return source.settings
}

test('a URL says where the server is, and who asks', () => {
  expect(readUrl('redis://localhost', 'url')).toEqual({
    host: 'localhost',
    port: 6379,
    username: undefined,
    password: undefined,
    database: undefined,
    tls: false,
  })
  expect(readUrl('rediss://us%40er:p%3Ass@[::1]:7000/3', 'url')).toEqual({
    host: '::1',
    port: 7000,
    username: 'us@er',
    password: 'p:ss',
    database: 3,
    tls: true,
  })
  expect(madeOf({ url: 'rediss://h/2' })).toMatchObject({ address: { host: 'h' }, database: 2, tls: {} })
  expect(madeOf({ url: 'rediss://h', tls: true }).tls).toEqual({})
  expect(madeOf({ url: 'redis://h', tls: false }).tls).toBe(undefined)
})

test('a URL takes options besides, but no other URL, and options no others', () => {
  expect(() => redis('redis://localhost', { prefix: 'mine', timeout: '1s' })).not.toThrow()
  expect(() => redis('redis://localhost', { prefx: 'mine' } as never)).toThrow(/Did you mean 'prefix'/)
  expect(() => redis('redis://localhost', { url: 'redis://other' } as never)).toThrow(/got another among the options/)
  expect(() => redis('redis://localhost', 'mine' as never)).toThrow(/expected an object of options, got 'mine'/)
  expect(() => redis({ url: 'redis://localhost' } as never, { prefix: 'mine' })).toThrow(/a URL and one/)
})

test('options and their defaults', () => {
  expect(madeOf({})).toMatchObject({ address: { host: 'localhost', port: 6379 }, database: 0, connectTimeout: 1000 })
  expect(madeOf({ host: 'h', port: 1, password: 'p', tls: { servername: 's' } })).toMatchObject({
    address: { host: 'h', port: 1 },
    password: 'p',
    tls: { servername: 's' },
  })
  expect(madeOf({ nodes: ['a:1', '[::1]', { host: 'b' }] }).nodes).toEqual([
    { host: 'a', port: 1 },
    { host: '::1', port: 6379 },
    { host: 'b', port: 6379 },
  ])
  expect(madeOf({ sentinels: ['s'], sentinelName: 'main' }).sentinels).toMatchObject({
    addresses: [{ host: 's', port: 26379 }],
    name: 'main',
  })
  expect(planOf({}).prefix).toBe('terrace:')
})

const WRONG: readonly (readonly [object | string, RegExp])[] = [
  [{ hots: 'h' }, /there is no option 'hots'. Did you mean 'host'\?/],
  [{ port: 0 }, /redis: port: expected a whole number from 1 to 65535, got 0/],
  [{ prefix: 'a{b}' }, /redis: prefix: expected a string of 1 to 100 characters without braces/],
  [{ shards: 2000 }, /redis: shards: expected a whole number from 1 to 1024/],
  [{ connectTimeout: 0 }, /redis: connectTimeout: expected a duration above 0/],
  [{ maxRetries: -1 }, /redis: maxRetries/],
  [{ url: 'redis://a', host: 'b' }, /redis: host: there is url already/],
  [{ host: 'a:6379' }, /redis: host: expected a name alone; give the port as an option of its own/],
  [{ url: 'redis://a', port: 1 }, /redis: port: the url has it already/],
  [
    { url: 'rediss://u:p@a', tls: false },
    /redis: tls: it is false, and the url asks for encryption; leave tls out, or/,
  ],
  [{ url: 'valkeys://a', tls: false }, /redis: tls: it is false/],
  [{ timeout: 100, commandTimeout: 100 }, /redis: commandTimeout: there is timeout already/],
  [{ nodes: ['a'], database: 1 }, /redis: database: a cluster has no other than 0/],
  [{ nodes: [] }, /redis: nodes: expected a list/],
  [{ nodes: ['a:b:c'] }, /redis: nodes\[0\]: expected 'host:port'/],
  [{ sentinels: ['a'] }, /redis: sentinelName: sentinels and the name/],
  [{ subscriber: {} }, /redis: subscriber: it belongs to a client/],
  ['http://a', /redis: url: expected a URL such as .* got one that begins with 'http:'/],
  ['http:a', /begins with 'http:'$/],
  [{ url: 'localhost:6379' }, /got one that begins with 'localhost:': write 'redis:\/\/localhost:6379'$/],
  ['127.0.0.1:6379/2', /got a string that is no URL: write 'redis:\/\/127\.0\.0\.1:6379\/2'$/],
  ['cache', /got a string that is no URL: write 'redis:\/\/cache'$/],
  ['redis//x', /got a string that is no URL: write 'redis:\/\/x'$/],
  ['rediss:/x:1', /got one without a host: write 'rediss:\/\/x:1'$/],
  ['redis://h:99999', /got a string that is no URL$/],
  ['redis://a/x', /got one with a path that is no number/],
  ['redis://a?x=1', /got one with '\?'/],
]

test.each(WRONG)('%j is refused at once', (options, message) => {
  expect(() => redis(options as never)).toThrow(message)
  expect(() => redis(options as never)).toThrow(expect.objectContaining({ name: 'TerraceError' }))
})

const SECRET = 'hunter2'
const LEAKS: readonly (object | string)[] = [
  `redis://user:${SECRET}@host:port`,
  `http://user:${SECRET}@host`,
  `redis://user:${SECRET}@host/x?y`,
  `redis://user:${SECRET}%@host`,
  `user:${SECRET}@host:1`,
  `:${SECRET}@host`,
  { host: `redis://user:${SECRET}@host` },
  { nodes: [`redis://user:${SECRET}@host`] },
  { nodes: [`user:${SECRET}@host:1`] },
  { password: [SECRET] },
  { url: `redis://:${SECRET}@h`, host: 'h' },
  { url: `rediss://:${SECRET}@h`, tls: false },
]

test.each(LEAKS)('no password in the message about %j', (options) => {
  let message = ''
  try {
    redis(options as never)
  } catch (error) {
    message = String((error as Error).stack) + String((error as Error).cause)
  }
  expect(message).toContain('TerraceError')
  expect(message).not.toContain(SECRET)
})

test('a client is known by its shape; one that cannot be used is refused', () => {
  const settings = { lazyConnect: true }
  const warnings: string[] = []
  const make = (client: object) =>
    redisLedger(planOf({ client }), { world: systemWorld, warn: (text) => void warnings.push(text) })
  expect(make(new Redis(settings)).shards).toBe(1)
  expect(warnings).toEqual([expect.stringContaining('enableOfflineQueue: false')])
  const careful = { ...settings, enableOfflineQueue: false, autoResendUnfulfilledCommands: false }
  make(new Redis(careful))
  expect(warnings).toHaveLength(1)
  expect(make(new Cluster([{ host: 'h', port: 1 }], settings)).shards).toBe(16)
  expect(() => make(new Redis({ ...settings, keyPrefix: 'p' }))).toThrow(/keyPrefix of its own/)
  for (const prefixed of [
    createClient6({ keyPrefix: 'p' }),
    createCluster({ rootNodes: [], keyPrefix: 'p' }),
    createSentinel({ name: 'main', sentinelRootNodes: [{ host: 'h', port: 1 }], keyPrefix: 'p' }),
  ]) {
    expect(() => make(prefixed)).toThrow(/keyPrefix of its own/)
  }
  make(createClient6({ keyPrefix: '' }))
  expect(() => make(new Cluster([{ host: 'h', port: 1 }], { ...settings, scaleReads: 'slave' }))).toThrow(/replicas/)
  const wrapper = { callBuffer() {}, subscribe() {}, on() {}, options: { enableAutoPipelining: true } }
  expect(() => make(wrapper)).toThrow(/client: the client has enableAutoPipelining, .*; leave the option out/)
  expect(() => redis({ client: new Redis(settings), subscriber: wrapper as never })).toThrow(
    /subscriber: the client has/,
  )
  const legacy = createClient({ legacyMode: true })
  expect(() => make(legacy)).toThrow(/client: the client is in legacyMode; give client.duplicate/)
  make(legacy.duplicate({ legacyMode: false }))
  expect(() => redis({ client: new Redis(settings), subscriber: legacy as never })).toThrow(/subscriber: .* legacyMode/)
  expect(() => make({})).toThrow(/expected a client of ioredis/)
  expect(() => make({ sendCommand() {}, on() {} })).toThrow(/expected a client of ioredis/)
  expect(() => planOf({ client: {}, host: 'h' })).toThrow(/leave out host/)
  expect(() => redis({ client: new Redis(settings), subscriber: {} as never })).toThrow(/subscriber: expected a client/)
})
