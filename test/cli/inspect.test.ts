import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MemcachedServer, startMemcached } from '../../servers/memcached-server.ts'
import { type RedisServer, startRedis } from '../../servers/redis-server.ts'
import { encrypted, json } from '../../src/codecs/index.ts'
import { isBornIn } from '../../src/entry/birthplace.ts'
import { createCache, found, type LevelFactory, memory, notFound } from '../../src/index.ts'
import { disk } from '../../src/levels/disk.ts'
import { memcached } from '../../src/levels/memcached.ts'
import { redis } from '../../src/levels/redis.ts'
import { connected } from './connected.ts'
import { terrace } from './terrace.ts'

const HOSTILE = 'evil\x1b[2J\u009b31m\u202ekey'

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

/** A busy machine must not make a write pending. */
const overRedis = (): LevelFactory => redis({ url: server.url, timeout: '30s' })
const overMemcached = (): LevelFactory => memcached({ nodes: [cached.address], timeout: '30s' })

/** The value, some tags, an absence, and three kinds of invalidation; all that was kept before them is barred. */
async function furnish(level: LevelFactory): Promise<void> {
  const cache = await connected(createCache({ levels: [memory(), level], ttl: '10m' }))
  await cache.set('old:1', 'x', { tags: ['gone'] })
  await cache.set('past:1', 'x')
  await cache.set('users:42', { name: 'Ada', password: 'secret!' }, { tags: ['users', 'team:1'], version: 7 })
  await cache.set(HOSTILE, 'v\x1b[31m', { tags: ['t\x1b[5m'] })
  await cache.getOrFetch('nobody', () => notFound({ ttl: '1m' }))
  await cache.invalidateTags(['gone'])
  await cache.clearPrefix('past:')
  await cache.close()
}

/** What of the answers is the same in every kind of store. */
async function record(...args: string[]): Promise<{ code: number | null; answer: Record<string, unknown> }> {
  const { code, out, err } = await terrace('inspect', ...args, '--json')
  expect(err).toBe('')
  return { code, answer: JSON.parse(out) }
}

describe('terrace inspect', () => {
  const kinds: [string, () => string, () => LevelFactory][] = [
    ['redis', () => server.url, () => overRedis()],
    ['memcached', () => `memcached://${cached.address}`, () => overMemcached()],
    ['disk', () => join(folder, 'a.db'), () => disk({ path: join(folder, 'a.db') })],
  ]
  for (const [name, target, level] of kinds) {
    it(`tells all that lies in ${name} under a key`, async () => {
      await furnish(level())
      const { code, answer } = await record(target(), 'users:42')
      expect(code).toBe(0)
      expect(answer).toMatchObject({
        key: 'users:42',
        state: 'served',
        reason: null,
        frame: { found: true, tags: ['users', 'team:1'], version: 7, codec: { name: 'json' } },
        preview: { text: '{ name: "Ada", password: "•••" }', type: 'Object', cut: false, masked: true },
      })
      expect(answer.ttl).toSatisfy((ttl: number) => ttl > 0 && ttl <= 600_000)
      const { reign, born } = answer.frame as { reign: string; born: number }
      const history = answer.history as { reign: string; era: number }
      expect(isBornIn(reign, history.reign)).toBe(true)
      expect(born).toBeLessThanOrEqual(history.era)
      const text = await terrace('inspect', target(), 'users:42')
      expect(text.out).toMatch(/^state +served$/m)
      expect(text.out).toMatch(/^born +in era \d+ of this history$/m)
      expect(text.out).toContain('•••')
      expect(text.out).not.toContain('secret!')
      expect(text.out).not.toContain('\x1b')
    })

    it(`tells how what lies in ${name} is kept fresh`, async () => {
      const cache = await connected(createCache({ levels: [level()] }))
      const keep = { ttl: '1m', staleFor: '1h', etag: '"v\x1b[31m"', lastModified: 'then' } as const
      await cache.getOrFetch('fresh', () => found(1, keep), { refreshAfter: 0.5 })
      await cache.getOrFetch('stale', () => found(1, { ...keep, ttl: 1 }))
      await cache.close()
      const { answer: fresh } = await record(target(), 'fresh')
      const { freshFor, dueIn, ...upkeep } = (fresh.frame as { upkeep: Record<string, unknown> }).upkeep
      expect(fresh.state).toBe('served')
      expect(upkeep).toEqual({ age: expect.any(Number), staleFor: null, etag: keep.etag, lastModified: 'then' })
      expect(freshFor).toSatisfy((ms: number) => ms > 20_000 && ms < 70_000)
      expect(dueIn).toSatisfy((ms: number) => ms < 40_000)
      const text = await terrace('inspect', target(), 'fresh')
      expect(text.out).toMatch(/^fresh +for \d+\.\d s$/m)
      expect(text.out).toMatch(/^refreshed +(ahead, from in|by whoever)/m)
      expect(text.out).toMatch(/^modified +then$/m)
      expect(text.out).not.toContain('\x1b')
      const { code, answer: stale } = await record(target(), 'stale')
      expect(code).toBe(0)
      expect(stale).toMatchObject({ state: 'stale', frame: { upkeep: { freshFor: 0, staleFor: expect.any(Number) } } })
      expect((await terrace('inspect', target(), 'stale')).out).toMatch(/^stale +for /m)
    })

    it(`tells what in ${name} was expired, and is kept as stale`, async () => {
      const cache = await connected(createCache({ levels: [level()], ttl: '1m' }))
      await cache.set('expired:1', 1, { tags: ['left'], staleFor: '1h' })
      await cache.set('expired:2', 2, { tags: ['left'] })
      await cache.set('expiring:3', 3, { staleFor: '1h' })
      await cache.expireTags(['left'])
      await cache.clearPrefix('expiring:', { keepStale: true })
      await cache.close()
      const why = (what: string) =>
        `it was kept as stale by the expiry of ${what}: served only where the source fails, is slow or is being spared`
      const { answer: tagged } = await record(target(), 'expired:1')
      expect(tagged).toMatchObject({ state: 'stale', reason: why('tag:left') })
      expect(tagged.floors).toContainEqual(
        expect.objectContaining({ scope: { kind: 'tag', tag: 'left', keepsStale: true }, bars: true }),
      )
      const { answer: prefixed } = await record(target(), 'expiring:3')
      expect(prefixed).toMatchObject({ state: 'stale', reason: why('prefix:expiring:') })
      const { answer: gone } = await record(target(), 'expired:2')
      expect(gone).toMatchObject({ state: 'barred', reason: 'it is older than the last invalidation of tag:left' })
      expect((await terrace('inspect', target(), 'expired:1')).out).toMatch(/tag left, kept as stale/)
    })

    it(`tells why what lies in ${name} is not served`, async () => {
      await furnish(level())
      // What was cleared is swept away in time, or not.
      const { answer: past } = await record(target(), 'past:1')
      if (past.state !== 'absent') expect(past).toMatchObject({ state: 'barred' })
      expect(past.floors).toContainEqual(expect.objectContaining({ scope: { kind: 'prefix', prefix: 'past:' } }))
      const { answer: old, code } = await record(target(), 'old:1')
      expect(code).toBe(0)
      expect(old).toMatchObject({ state: 'barred', reason: 'it is older than the last invalidation of tag:gone' })
      expect(old.floors).toContainEqual(expect.objectContaining({ scope: { kind: 'tag', tag: 'gone' }, bars: true }))
      const { answer: nobody } = await record(target(), 'nobody')
      expect(nobody).toMatchObject({ state: 'served', frame: { found: false, codec: null }, preview: null })
      const { answer: nothing, code: absent } = await record(target(), 'nothing-there')
      expect([nothing.state, absent]).toEqual(['absent', 3])
    })

    it(`lets nothing out of ${name} that a terminal obeys`, async () => {
      await furnish(level())
      const text = await terrace('inspect', target(), HOSTILE)
      expect(text.code).toBe(0)
      expect(text.out).toContain('evil\\x1b[2J\\x9b31m\\u202ekey')
      expect(text.out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
      const { out } = await terrace('inspect', target(), HOSTILE, '--json')
      expect(out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
      expect(JSON.parse(out)).toMatchObject({ key: HOSTILE, frame: { tags: ['t\x1b[5m'] } })
    })
  }

  it('changes nothing, and begins nothing', async () => {
    await furnish(overRedis())
    const before = await everything(server)
    for (const key of ['users:42', 'old:1', 'nothing-there']) await terrace('inspect', server.url, key)
    const elsewhere = await terrace('inspect', server.url, 'users:42', '--prefix', 'typo:')
    expect(elsewhere).toMatchObject({ code: 1, out: '' })
    expect(elsewhere.err).toContain("there is no cache with the prefix 'typo:' and 1 shard")
    expect(await everything(server)).toBe(before)

    await furnish(overMemcached())
    const items = await cached.raw('stats items\r\n', 'END\r\n')
    const missed = await terrace('inspect', `memcached://${cached.address}`, 'x', '--prefix', 'typo')
    expect(missed).toMatchObject({ code: 1, err: expect.stringContaining("no cache with the prefix 'typo'") })
    await terrace('inspect', `memcached://${cached.address}`, 'nothing-there')
    expect(numbers(await cached.raw('stats items\r\n', 'END\r\n'))).toEqual(numbers(items))

    const path = join(folder, 'b.db')
    await furnish(disk({ path }))
    const bytes = hash(readFileSync(path))
    await terrace('inspect', path, 'users:42')
    expect(hash(readFileSync(path))).toBe(bytes)
  })

  it('tells of a store that has lost its history', async () => {
    await furnish(overRedis())
    await server.command('DEL', 'terrace:{0/1}!tags')
    const { answer } = await record(server.url, 'users:42')
    expect(answer).toMatchObject({ state: 'barred', history: null, floors: [] })
    expect(answer.reason).toMatch(/has lost the history/)
    // The next process begins another.
    await furnish(overRedis())
  })

  const rewritten: [string, () => string, () => LevelFactory, (change: (frame: Buffer) => void) => Promise<void>][] = [
    [
      'redis',
      () => server.url,
      () => overRedis(),
      async (change) => {
        const client = new Redis(server.port)
        const frame = (await client.getBuffer('terrace:{0/1}:strange'))!
        change(frame)
        await client.set('terrace:{0/1}:strange', frame)
        client.disconnect()
      },
    ],
    [
      'disk',
      () => join(folder, 'strange.db'),
      () => disk({ path: join(folder, 'strange.db') }),
      async (change) => {
        const db = new DatabaseSync(join(folder, 'strange.db'))
        const [{ frame: bytes } = {}] = db.prepare('SELECT frame FROM data').all()
        const frame = Buffer.from(bytes as Uint8Array)
        change(frame)
        db.prepare('UPDATE data SET frame = ?').run(frame)
        db.close()
      },
    ],
  ]
  for (const [name, target, level, rewrite] of rewritten) {
    it(`tells what in ${name} was written in a history that does not count there`, async () => {
      const cache = await connected(createCache<number>({ levels: [level()] }))
      await cache.set('strange', 1)
      const inspected = () => record(target(), 'strange')
      expect((await inspected()).answer).toMatchObject({ state: 'served', frame: { bornIn: 'this' } })
      await rewrite((frame) => frame.write('facade', 13, 'hex'))
      expect((await inspected()).answer).toMatchObject({
        state: 'barred',
        reason: expect.stringContaining('in a history that another took the place of'),
        frame: { bornIn: 'another' },
      })
      await rewrite((frame) => frame.writeDoubleLE(frame.readDoubleLE(16) + 1000, 16))
      expect((await inspected()).answer).toMatchObject({
        state: 'barred',
        reason: expect.stringContaining('in a history that this server does not know'),
        frame: { bornIn: 'unknown' },
      })
      const { out } = await terrace('inspect', target(), 'strange')
      expect(out).toMatch(/^born +in era [\d,]+ of a history that is not known there$/m)
      expect(await cache.get('strange')).toBeUndefined()
      await cache.close()
    })
  }

  it('tells of what is none of ours, or damaged, or of a codec that it does not have', async () => {
    await furnish(overRedis())
    await server.command('RPUSH', 'terrace:{0/1}:list', 'a')
    await server.command('SET', 'terrace:{0/1}:text', '\x1b[31mjust text')
    const { answer: list } = await record(server.url, 'list')
    expect(list).toMatchObject({
      state: 'foreign',
      reason: 'a list of Redis, which Terrace does not write',
      frame: null,
    })
    const { answer: text } = await record(server.url, 'text')
    expect(text).toMatchObject({ state: 'foreign', bytes: 14, frame: null })
    const cache = await connected(
      createCache({
        levels: [
          redis({
            url: server.url,
            timeout: '30s',
            codec: encrypted(json(), { keys: { a: randomBytes(32) }, current: 'a' }),
          }),
        ],
      }),
    )
    await cache.set('secret', { a: 1 })
    await cache.close()
    const { answer: secret } = await record(server.url, 'secret')
    expect(secret).toMatchObject({ state: 'served', frame: { codec: { name: 'encrypted' } } })
    expect(secret.reason).toMatch(/its codec \(encrypted\) is the application's/)
  })

  it('says in one line what it cannot do, and never a password', async () => {
    const answers: [string[], number, string][] = [
      [[], 2, 'inspect needs redis://host:6379, memcached://host:11211, the path of a file or a dashboard'],
      [[server.url], 2, 'inspect takes a target and one key'],
      [[server.url, 'a', 'b'], 2, 'inspect takes a target and one key'],
      [[server.url, 'a', '--lenght', '3'], 2, "unknown flag '--lenght'. Did you mean '--length'?"],
      [[server.url, 'a', '--length', 'x'], 2, "--length: expected a whole number from 0 to 100000, got 'x'"],
      [['redis://u:PASS@127.0.0.1:1', 'a'], 1, 'cannot reach redis://u:***@127.0.0.1:1: '],
      [[`redis://u:PASS@127.0.0.1:${server.port}`, 'a'], 1, 'WRONGPASS'],
      [['memcached://127.0.0.1:1', 'a'], 1, 'cannot reach memcached://127.0.0.1:1: '],
      [[join(folder, 'gone.db'), 'a'], 1, 'there is no file '],
      [[import.meta.filename, 'a'], 1, 'cannot read '],
    ]
    for (const [args, code, message] of answers) {
      const told = await terrace('inspect', ...args)
      expect(told).toMatchObject({ code, out: '', err: expect.stringContaining(message) })
      expect(told.err).not.toContain('PASS@')
      expect(told.err.trim().split('\n')).toHaveLength(1)
    }
  })
})

/** All names and what lies under them, but for what ends by itself within two minutes: leases, and what other tests left. */
async function everything({ command }: RedisServer): Promise<string> {
  const script = `
    local all = redis.call('KEYS', '*')
    table.sort(all)
    local told = {}
    for _, name in ipairs(all) do
      local left = redis.call('PTTL', name)
      if left < 0 or left > 120000 then told[#told + 1] = redis.sha1hex(redis.call('DUMP', name)) .. name end
    end
    return redis.sha1hex(table.concat(told))`
  return command('EVAL', script, 0)
}

/** How many items there are, by class. */
function numbers(stats: string): string[] {
  return stats.split('\r\n').filter((line) => line.includes(':number '))
}

function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
