import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type MemcachedServer, startMemcached } from '../../servers/memcached-server.ts'
import { type RedisServer, startRedis } from '../../servers/redis-server.ts'
import { dashboard } from '../../src/dashboard/index.ts'
import { createCache, memory } from '../../src/index.ts'
import { disk } from '../../src/levels/disk.ts'
import { memcached } from '../../src/levels/memcached.ts'
import { redis } from '../../src/levels/redis.ts'
import { connected } from './connected.ts'
import { outcome, startOnTerminal, terrace } from './terrace.ts'

let server: RedisServer
let cached: MemcachedServer
let folder: string

beforeAll(async () => {
  server = await startRedis()
  cached = await startMemcached()
  folder = mkdtempSync(join(tmpdir(), 'terrace-cli-'))
})

afterAll(async () => {
  await server.close()
  await cached.kill()
  rmSync(folder, { recursive: true, force: true })
})

describe('terrace invalidate', () => {
  it('tells every process of the fleet: what they hold in memory goes, and their floors hold', async () => {
    const cache = await connected(createCache({ levels: [memory(), redis({ url: server.url, timeout: '30s' })] }))
    const heard: unknown[] = []
    cache.on('heard', ({ scopes }) => heard.push(...scopes))
    const fill = async (): Promise<void> => {
      await cache.set('a', 1, { tags: ['x'] })
      await cache.set('b', 2, { tags: ['y'] })
      await cache.set('users:1', 3)
    }
    const left = async (): Promise<string[]> => {
      const keys = ['a', 'b', 'users:1']
      const values = await cache.getMany(keys)
      return keys.filter((_, n) => values[n] !== undefined)
    }
    const cases: [string[], string[], unknown][] = [
      [['key', 'a', 'b'], ['users:1'], { kind: 'key', key: 'a' }],
      [['tag', 'x'], ['b', 'users:1'], { kind: 'tag', tag: 'x' }],
      [['prefix', 'users:'], ['a', 'b'], { kind: 'prefix', prefix: 'users:' }],
      [['all'], [], { kind: 'all' }],
    ]
    for (const [what, remaining, scope] of cases) {
      await fill()
      heard.length = 0
      const told = await terrace('invalidate', server.url, ...what, '--yes')
      expect(told).toMatchObject({ code: 0, err: '' })
      expect(told.out).toMatch(/^done {2}redis: /)
      await vi.waitFor(() => expect(heard).toContainEqual(scope))
      expect(await left()).toEqual(remaining)
    }
    // Their memory was given back before the command ended.
    expect(await server.command('EXISTS', 'terrace:{0/1}:b')).toBe('0')
    await cache.close()
  })

  it('does the same to Memcached and a file', async () => {
    const path = join(folder, 'a.db')
    for (const [target, level] of [
      [`memcached://${cached.address}`, memcached({ nodes: [cached.address], maxStaleness: '1s', timeout: '30s' })],
      [path, disk({ path, maxStaleness: '1s', timeout: '30s' })],
    ] as const) {
      const cache = await connected(createCache({ levels: [memory(), level] }))
      await cache.set('users:1', 1, { tags: ['x'] })
      await cache.set('b', 2)
      expect(await terrace('invalidate', target, 'tag', 'x', '--yes')).toMatchObject({ code: 0, err: '' })
      await vi.waitFor(async () => expect(await cache.get('users:1')).toBeUndefined(), { timeout: 5000 })
      expect(await cache.get('b')).toBe(2)
      await cache.close()
    }
  })

  it('takes away a namespace, in every version of the code, and nothing beside it', async () => {
    const cache = await connected(createCache({ levels: [memory(), redis({ url: server.url, timeout: '30s' })] }))
    const before = cache.namespace('posts')
    const versioned = createCache({ levels: [redis({ url: server.url, timeout: '30s' })] })
    const after = (await connected(versioned)).namespace('posts', { codeVersion: 3, codeVersions: [] })
    const written = [before, after, before.namespace('drafts'), after.namespace('drafts')]
    const fill = async (): Promise<void> => {
      for (const space of written) await space.set('1', 1)
      for (const key of ['postscript', 'posts', 'users:posts:1']) await cache.set(key, 1)
    }
    const left = async (): Promise<unknown[]> => Promise.all(written.map((space) => space.get('1')))
    await fill()
    const dry = await terrace('invalidate', server.url, 'namespace', 'posts', '--dry-run')
    expect(dry).toEqual({ code: 0, out: 'namespace posts covers: redis 4 keys\n', err: '' })
    expect(await left()).toEqual([1, 1, 1, 1])
    const told = await terrace('invalidate', server.url, 'namespace', 'posts', '--yes')
    expect(told).toMatchObject({ code: 0, out: expect.stringMatching(/^done {2}redis: namespace posts\n/), err: '' })
    await vi.waitFor(async () => expect(await left()).toEqual([undefined, undefined, undefined, undefined]))
    expect(await cache.getMany(['postscript', 'posts', 'users:posts:1'])).toEqual([1, 1, 1])

    await fill()
    const inner = await terrace('invalidate', server.url, 'namespace', 'posts@3:drafts', '--yes', '--json')
    expect(JSON.parse(inner.out)).toMatchObject({
      ok: true,
      scopes: [{ kind: 'namespace', namespace: 'posts@3:drafts' }],
    })
    await vi.waitFor(async () => expect(await left()).toEqual([1, 1, 1, undefined]))
    await Promise.all([cache.close(), versioned.close()])
  })

  it('counts, and changes nothing, with --dry-run', async () => {
    const cache = await connected(createCache({ levels: [redis({ url: server.url, timeout: '30s' })] }))
    await cache.setMany(
      [...'abcde'].map((key) => [`dry:${key}`, key] as const),
      { tags: ['dry'] },
    )
    await cache.close()
    const answer = await terrace('invalidate', server.url, 'prefix', 'dry:', 'nothing:', '--dry-run', '--json')
    expect(answer).toMatchObject({ code: 0, err: '' })
    expect(JSON.parse(answer.out)).toEqual({
      target: server.url,
      scopes: [
        { kind: 'prefix', prefix: 'dry:' },
        { kind: 'prefix', prefix: 'nothing:' },
      ],
      dryRun: true,
      counts: [
        { kind: 'prefix', prefix: 'dry:', covers: [{ name: 'redis', keys: 5, complete: true }] },
        { kind: 'prefix', prefix: 'nothing:', covers: [{ name: 'redis', keys: 0, complete: true }] },
      ],
      levels: [],
      ok: true,
    })
    const text = await terrace('invalidate', server.url, 'tag', 'dry', '--dry-run')
    expect(text).toEqual({ code: 0, out: 'tag dry covers: redis 5 keys\n', err: '' })
    const list = await terrace('invalidate', `memcached://${cached.address}`, 'all', '--dry-run')
    expect(list.out).toBe('everything covers: memcached cannot be counted\n')
  })

  it('asks on a terminal, and takes only a yes', async () => {
    const cache = await connected(createCache({ levels: [redis({ url: server.url, timeout: '30s' })] }))
    for (const [keys, code] of [
      ['n\r', 1],
      ['\r', 1],
      ['y\r', 0],
    ] as const) {
      await cache.set('asked', 1)
      const { code: ended, out } = await outcome(startOnTerminal(keys, 'invalidate', server.url, 'key', 'asked'))
      expect(out).toContain('key asked covers: redis 1 key')
      expect(ended).toBe(code)
      expect(out.includes('nothing was changed')).toBe(code === 1)
      expect(await cache.get('asked')).toBe(code === 1 ? 1 : undefined)
    }
    await cache.close()
  })

  it('asks about a file by a name that commands no terminal', async () => {
    const path = join(folder, 'a\x1b[2Jb.db')
    const cache = createCache({ levels: [disk({ path, timeout: '30s' })] })
    await cache.set('asked', 1)
    await cache.close()
    const { code, out } = await outcome(startOnTerminal('n\r', 'invalidate', path, 'key', 'asked'))
    expect(code).toBe(1)
    expect(out).toContain('a\\x1b[2Jb.db?')
    expect(out).not.toContain('a\x1b[2J')
  })

  it('does nothing that it was not told clearly', async () => {
    const cache = await connected(createCache({ levels: [redis({ url: server.url, timeout: '30s' })] }))
    await cache.set('kept', 1)
    const answers: [string[], number, string][] = [
      [['key', 'kept'], 2, 'nobody is there to confirm it: say --yes'],
      [['key', 'kept', '--json'], 2, 'with --json nobody is asked'],
      [['key', '--yes'], 2, 'key needs at least one name'],
      [
        ['kye', 'kept', '--yes'],
        2,
        "expected what to invalidate (key, tag, prefix, namespace, all), got 'kye'. Did you mean 'key'?",
      ],
      [['--yes'], 2, 'expected what to invalidate (key, tag, prefix, namespace, all), got nothing'],
      [['all', 'kept', '--yes'], 2, "all takes no names, got 'kept'"],
      [['namespace', 'posts:', '--yes'], 2, 'expected a name of 1 to 100 characters'],
      [['namespace', 'posts', 'posts@3', '--yes'], 2, "without ':' and '@', got 'posts@3'"],
      [['prefix', '', '--yes'], 2, "an empty prefix covers everything: say 'all'"],
      [['all', '--yes', '--prefix', 'typo:'], 1, "there is no cache with the prefix 'typo:' and 1 shard"],
      [['all', '--yes', '--shards', '4'], 1, 'there is no cache with the prefix'],
    ]
    for (const [args, code, message] of answers) {
      expect(await terrace('invalidate', server.url, ...args)).toMatchObject({
        code,
        out: '',
        err: expect.stringContaining(message),
      })
    }
    expect(await cache.get('kept')).toBe(1)
    expect(await server.command('EXISTS', 'typo:{0/1}!state')).toBe('0')
    await cache.close()
  })

  it('ends with 1 where a level did not take it', async () => {
    const own = await startRedis()
    const cache = await connected(createCache({ levels: [redis({ url: own.url, timeout: '30s' })] }))
    await cache.set('a', 1)
    await cache.close()
    await own.command('CONFIG', 'SET', 'replica-read-only', 'yes')
    await own.command('REPLICAOF', '127.0.0.1', '1')
    const told = await terrace('invalidate', own.url, 'key', 'a', '--yes', '--json')
    expect(told.code).toBe(1)
    expect(JSON.parse(told.out)).toMatchObject({ ok: false, levels: [{ name: 'redis', outcome: 'pending' }] })
    const text = await terrace('invalidate', own.url, 'key', 'a', '--yes')
    expect(text).toMatchObject({ code: 1, out: 'failed  redis was not told: key a may still be served from there\n' })
    await own.close()
  })

  it('goes through a dashboard, with its authorization, unless that is read-only', async () => {
    const cache = createCache({ name: 'shop', levels: [memory()] })
    await cache.setMany([
      ['a:1', 1],
      ['a:2', 2],
      ['b', 3],
    ])
    const authorize = ({ headers }: Request): boolean => headers.get('authorization') === 'Bearer sesame'
    const open = dashboard(cache, { authorize })
    const shut = dashboard(cache, { authorize, readOnly: true })
    const [served, readOnly] = [createServer(open.node), createServer(shut.node)]
    const [url, shutUrl] = [await listening(served), await listening(readOnly)]
    const what = ['prefix', 'a:', '--yes']
    expect(await terrace('invalidate', url, ...what)).toMatchObject({
      code: 1,
      err: expect.stringContaining('refused (say who you are with --token or --header)'),
    })
    expect(await terrace('invalidate', shutUrl, ...what, '--token', 'sesame')).toMatchObject({
      code: 1,
      err: expect.stringContaining('is read-only'),
    })
    const dry = await terrace('invalidate', url, 'prefix', 'a:', '--dry-run', '--token', 'sesame')
    expect(dry).toEqual({ code: 0, out: 'prefix a: covers: L1 2 keys\n', err: '' })
    const done = await terrace('invalidate', url, ...what, '--header', 'Authorization: Bearer sesame')
    expect(done).toMatchObject({ code: 0, out: expect.stringMatching(/^done {2}L1: prefix a:\n/) })
    expect(cache.peek('a:1')).toBeUndefined()
    expect(cache.peek('b')).toBe(3)
    await cache.namespace('b', { codeVersion: 2 }).set('1', 4)
    const space = ['namespace', 'b', '--token', 'sesame']
    const count = await terrace('invalidate', url, ...space, '--dry-run')
    expect(count).toEqual({ code: 0, out: 'namespace b covers: L1 1 key\n', err: '' })
    expect(await terrace('invalidate', url, ...space, '--yes')).toMatchObject({ code: 0, err: '' })
    expect([cache.peek('b@2:1'), cache.peek('b')]).toEqual([undefined, 3])
    for (const each of [served, readOnly]) each.close()
    await cache.close()
  })
})

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
