import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { startRedis } from '../servers/redis-server.ts'

const folder = fileURLToPath(new URL('../examples/', import.meta.url))

/** Lines an example must print; an example that is not named here need only succeed. */
const lines: Record<string, readonly string[]> = {
  'two-level.ts': [
    "true { name: 'Alice' }",
    'fetched user:1 into L2, then L1    L1 ["user:1"]  L2 ["user:1"]',
    'put hello into L1 only             L1 ["user:1","hello"]  L2 ["user:1"]',
    'user:1 is in L2: promoted to L1    L1 ["user:2","user:1"]  L2 ["user:2","user:1"]',
    '{ found: false, data: undefined }',
    'Error: database down',
    '6 requests, hits by level 0 and 1, 4 fetches',
  ],
  'quick-start.ts': [
    '100 callers, price 30, source asked 1 time(s)',
    'after the change: price 25, source asked 2 times',
    'product:2 found: false, source asked 3 times',
    'peek: 25',
  ],
  'stale.ts': [
    '  (price: stale, failed)',
    'the database is down: 30',
    'and is not asked again at once: 30, asked 2 times',
    'Error: database down',
    'instead: 0',
    'back again: 25',
  ],
  'expire-tags.ts': [
    'held as fresh by no level: undefined',
    '  (product:1: stale, failed)',
    'while the database fails: chair, 40 EUR',
    '  (product:1: stale, slow)',
    'while it is slow: chair, 40 EUR',
    'and when it has answered: chair, 35 EUR',
    'after a clear that keeps what is stale: chair, 30 EUR',
    'after an invalidation: Error: too many connections',
  ],
  'refresh.ts': [
    'due, and served at once: first',
    'it had not changed, and was sent 1 time(s)',
    'and now: second, sent 2 times',
  ],
  'two-processes.ts': [
    'second process reads 30',
    'second process sees the new price',
    'first process sees the price of the second',
    'L2 hears others by pulse',
  ],
  'redis-two-levels.ts': [
    'both have Ada and Ada, source asked 1 time(s)',
    'a Date comes back as a Date: true',
    'deleted in a, and b has forgotten it',
    'redis: breaker closed, hears others by feed',
  ],
  'encrypted.ts': [
    'the file says where to meet: false',
    "read with both keys: { text: 'meet me at the mill', at: 1970-01-01T00:00:00.000Z }",
    'disk: letter:1 cannot be read',
    'read without: undefined',
    'TerraceError: auto: cannot carry a function, at .send',
    'ok true: L1 done, disk refused',
  ],
  'counters.ts': [
    'visits: 100',
    'allowed: true, true, true, false, false',
    'the window ends within a minute: true',
    'ERR_NOT_A_NUMBER',
  ],
  'metrics.ts': [
    'fetched product:1',
    'terrace_requests_total{cache="catalog"} 3',
    'terrace_hits_total{cache="catalog",level="L1"} 1',
    'terrace_fetch_failures_total{cache="catalog"} 1',
    'the cache is closed {"cache":"catalog","event":"closed"}',
  ],
  'source-limit.ts': [
    '51 fetched, at most 4 at a time',
    'the checkout came last and was answered among the first ten: true',
    'while the source is busy: row of home',
    'nothing stale to give: ERR_FETCH_SHED',
    'shed: 2',
    '50 fetches failed, 13 of them were tried again',
  ],
  'read-your-writes.ts': [
    'second server: Ada',
    'without the token: Ada',
    'with it: Grace',
    'from now on without: Grace',
    'the token has at most 60 characters: true',
  ],
  'verifier.ts': [
    'cake: served 5, and the source has 6',
    'late against the file: 0',
    'keys that differ from the source: cake',
    'the file: 100 %',
  ],
  'paced-invalidation.ts': [
    'L1: 100 keys',
    'L2: 500 keys',
    'all invalidated: true',
    'everybody reads the summer edition',
    '500 keys, at most 25 at a time',
  ],
  'warm-restart.ts': [
    'first start: nothing to restore',
    'first start: 100 requests, 100 fetches',
    'first start: saved 100 entries',
    'second start: restored 100 entries',
    'second start: 100 requests, 0 fetches',
  ],
  'short-lived.ts': [
    'version 1 (stale, and fetched anew before the process sleeps)',
    'version 2',
    'version 2 true -> version 3',
  ],
  'wrap.ts': [
    'Emma, asked 1 time(s), kept as book:1',
    '2 books, asked 2 times, kept as searchBooks({"author":"Austen","limit":5})',
    'after the change: Emma, The Elliots',
    'refreshed: Emma, revised',
    'fetching 3 prices at once',
  ],
  'write-behind.ts': [
    'all are queued, the table has 0',
    'player 99 still has 990',
    'the table has 100 players, in a few batches',
  ],
  'namespaces.ts': [
    'Ada ordered one of 12',
    'left: 11',
    'keys: stock:1, users:1',
    'pages: 1000 fetches, 100 of 100 entries held',
    'users:1 is there: false - stock:1 is there: true',
  ],
  'schema.ts': [
    "users:1: { name: 'Ada', roles: [] }",
    'users:2 does not fit: name: expected a string',
    "users:2 was fetched anew: { name: 'Grace', roles: [ 'admiral' ] }",
    'old code reads 3 and new code { cents: 300 }',
    'left: prices@2:tea',
  ],
}

const server = await startRedis()
afterAll(() => server.close())

function run(file: string, env: NodeJS.ProcessEnv) {
  return spawnSync(process.execPath, [folder + file], { encoding: 'utf8', env: { ...process.env, ...env } })
}

describe('examples', () => {
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.ts'))) {
    it(`${file} runs and says what it should`, () => {
      const { status, stdout, stderr } = run(file, { REDIS_URL: server.url })
      expect(stderr).toBe('')
      expect(status).toBe(0)
      for (const line of lines[file] ?? []) expect(stdout.split('\n')).toContain(line)
    })
  }

  it('redis-two-levels.ts is skipped without a Redis', () => {
    const { status, stdout } = run('redis-two-levels.ts', { REDIS_URL: undefined })
    expect(status).toBe(0)
    expect(stdout).toBe('skipped: set REDIS_URL to run this example\n')
  })

  it('that are named here are there', () => {
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(Object.keys(lines)))
  })
})
