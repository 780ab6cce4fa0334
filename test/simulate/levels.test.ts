import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tracesFolder } from '../../scripts/reference-figures.ts'
import {
  type LevelsReport,
  levelsPage,
  levelsTable,
  type SetupReport,
  type SimulatedLevel,
  type SimulateLevelsOptions,
  simulate,
  simulateLevels,
} from '../../src/simulate/index.ts'
import { naiveLevels } from './level-oracle.ts'
import { skewedKeys, TraceFolder } from './trace-folder.ts'

const keys = skewedKeys(20_000, 2000)
const sizes = keys.map((key) => 100 + ((key * 37) % 900))
const endless = Number.POSITIVE_INFINITY

async function only(options: SimulateLevelsOptions): Promise<SetupReport> {
  const report = await simulateLevels(options)
  expect(report.traces).toHaveLength(1)
  expect(report.traces[0]!.setups).toHaveLength(1)
  return report.traces[0]!.setups[0]!
}

function timeless(report: LevelsReport): unknown {
  return JSON.parse(JSON.stringify(report, (name, value) => (name === 'seconds' ? undefined : value)))
}

const requests = fc.array(fc.record({ key: fc.nat(25), size: fc.integer({ min: 1, max: 30 }) }), {
  minLength: 1,
  maxLength: 250,
})
const oneLevel = fc.record({
  capacity: fc.integer({ min: 1, max: 15 }),
  ttl: fc.oneof(
    fc.constant(endless),
    fc.integer({ min: 1, max: 60 }).map((beats) => beats * 100),
  ),
})

/** One to three levels, the first of them each server's own. */
const someLevels = fc
  .tuple(
    fc.array(oneLevel, { minLength: 1, maxLength: 3 }),
    fc.integer({ min: 0, max: 3 }),
    fc.integer({ min: 1, max: 3 }),
  )
  .map(([levels, servers, own]) => levels.map((level, n) => ({ ...level, servers: n < own ? servers : 0 })))

describe('simulateLevels', () => {
  it('counts what plain Maps count: levels of entries, servers in turn, times to live', async () => {
    const times = fc.tuple(
      fc.constantFrom(1, 10, 1000),
      fc.oneof(fc.constant(endless), fc.integer({ min: 1, max: 20_000 })),
    )
    await fc.assert(
      fc.asyncProperty(requests, someLevels, times, async (trace, levels, [rate, ttl]) => {
        const naive = naiveLevels(trace, levels, { rate, ttl })
        const setup = await only({
          traces: [{ name: 't', keys: trace.map(({ key }) => key) }],
          levels: [{ levels: levels.map((level, n) => described(level, n, level.capacity)) }],
          balance: 'turns',
          rate,
          ttl,
        })
        expect(setup.levels.map(({ hits }) => hits)).toEqual(naive.hits)
        expect(setup.source.fetches).toBe(naive.fetches)
        expect(setup.levels.map(({ evictions }) => evictions)).toEqual(naive.evictions)
        expectSound(setup)
      }),
      { numRuns: 300 },
    )
  })

  it('counts what plain Maps count: levels of bytes', async () => {
    await fc.assert(
      fc.asyncProperty(requests, someLevels, async (trace, levels) => {
        const bytes = levels.map((level) => ({ ...level, ttl: endless, capacity: level.capacity * 10, inBytes: true }))
        const naive = naiveLevels(trace, bytes)
        const setup = await only({
          traces: [{ name: 't', keys: trace.map(({ key }) => key), sizes: trace.map(({ size }) => size) }],
          levels: [{ levels: bytes.map((level, n) => described(level, n, `${level.capacity}b`)) }],
          balance: 'turns',
        })
        expect(setup.levels.map(({ hits }) => hits)).toEqual(naive.hits)
        expect(setup.source.fetches).toBe(naive.fetches)
        expectSound(setup)
      }),
      { numRuns: 300 },
    )
  })

  it('of one level is what simulate tells of a cache, with any policy', async () => {
    const policies = ['wTinyLfu', 'random', 'sieve', 's3Fifo', 'lru'] as const
    const traces = [{ name: 't', keys, sizes }]
    const one = await simulate({ traces, policies, sizes: ['5%', '64kb'], seed: 3 })
    const levels = [`memory 5% ${policies.join('/')}`, 'memory 64kb sieve/lru']
    const several = await simulateLevels({ traces, levels, seed: 3 })
    for (const { levels } of several.traces[0]!.setups) {
      const [{ size, policy, hits, evictions }] = levels as [SetupReport['levels'][0]]
      const cell = one.traces[0]!.cells.find((other) => other.size === size && other.policy === policy)
      expect({ size, policy, hits, evictions }).toEqual({
        size,
        policy,
        hits: cell!.hits,
        evictions: cell!.evictions,
      })
    }
    expect(several.traces[0]!.setups).toHaveLength(7)
  })

  it('gives each server a first level of its own, and all of them what is below', async () => {
    const distinct = new Set(keys).size
    const roomy = (balance: 'key' | 'random' | 'turns') =>
      only({ traces: [{ name: 't', keys }], levels: ['memory 5000 x4, redis 5000'], balance })
    // One server for each key: only the first request for it goes further.
    expect((await roomy('key')).levels[1]).toMatchObject({ lookups: distinct, hits: 0, copies: 1, shared: true })
    for (const balance of ['random', 'turns'] as const) {
      const { levels, source } = await roomy(balance)
      expect(source.fetches).toBe(distinct)
      expect(levels[1]!.hits).toBeGreaterThan(distinct)
      expect(levels[1]!.hits).toBeLessThanOrEqual(3 * distinct)
      expect(levels[0]!.held.entries).toBe(distinct + levels[1]!.hits)
    }
  })

  it('tells percentiles and means of what the look-ups on the way take', async () => {
    const trace = [...Array<number>(90).fill(1), 2, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    const setup = await only({
      traces: [{ name: 't', keys: trace }],
      levels: ['memory 1 lru 2us, redis 100 0.5ms cost 0.01, source 20ms cost 1'],
    })
    // 89 and 1 hits in memory; 10 keys are fetched.
    expect(setup.levels.map(({ lookups, hits }) => [lookups, hits])).toEqual([
      [100, 90],
      [10, 0],
    ])
    const fetched = 0.002 + 0.5 + 20
    expect(setup.latency.mean).toBeCloseTo((90 * 0.002 + 10 * fetched) / 100, 10)
    expect(setup.latency).toMatchObject({ p50: 0.002, p90: 0.002, p99: fetched })
    expect(setup.cost!.source).toBeCloseTo(100_000, 6)
    expect(setup.cost!.lookups).toBeCloseTo(1000, 6)
    expect(setup.cost!.memory).toBe(0)
    expect(setup.cost!.total).toBeCloseTo(101_000, 6)
  })

  it('spreads the price of memory over the requests of a month', async () => {
    const setup = await only({
      traces: [{ name: 't', keys, sizes }],
      levels: ['memory 512mb x4 price 3, redis 8gb price 5'],
      rate: 1000,
    })
    const month = 4 * 0.5 * 3 + 8 * 5
    expect(setup.cost!.memory).toBeCloseTo(month / ((1000 * 30 * 24 * 3600) / 1e6), 10)
  })

  it('forgets what has changed in every level of every server', async () => {
    const run = (writes: number) =>
      only({ traces: [{ name: 't', keys }], levels: ['memory 500 x3, redis 1000'], writes })
    expect(await run(1)).toMatchObject({ hits: 0, invalidations: keys.length })
    const [none, few, many] = [await run(0), await run(0.05), await run(0.3)]
    expect(none.invalidations).toBe(0)
    expect(few.invalidations / keys.length).toBeCloseTo(0.05, 2)
    expect(many.invalidations / keys.length).toBeCloseTo(0.3, 1)
    expect(few.hits).toBeLessThan(none.hits)
    expect(many.hits).toBeLessThan(few.hits)
    // With room for all, a fetch is a key's first or one after its change.
    const roomy = await only({ traces: [{ name: 't', keys }], levels: ['memory 5000 x3, redis 5000'], writes: 0.05 })
    const first = new Set(keys).size
    expect(roomy.source.fetches).toBeLessThanOrEqual(first + roomy.invalidations)
    expect(roomy.source.fetches).toBeGreaterThan(roomy.invalidations)
  })

  it('is the same for the same seed, whatever runs beside it', async () => {
    const run = (levels: readonly string[], seed: number) =>
      simulateLevels({ traces: [{ name: 't', keys }], levels, seed, writes: 0.02 })
    const setup = 'memory 50 x3, redis 200 random'
    const alone = await run([setup], 5)
    expect(timeless(await run([setup], 5))).toEqual(timeless(alone))
    const beside = await run(['memory 80 lru x2', setup], 5)
    expect(beside.traces[0]!.setups[1]!.levels).toEqual(alone.traces[0]!.setups[0]!.levels)
    expect((await run([setup], 6)).traces[0]!.setups[0]!.hits).not.toBe(alone.traces[0]!.setups[0]!.hits)
  })

  it('counts an overhead for every entry, and takes a size for all values', async () => {
    const traces = [{ name: 't', keys }]
    const bare = await only({ traces, levels: ['memory 100kb lru'], valueSize: '1kb' })
    expect(bare.levels[0]!.held).toEqual({ entries: 100, bytes: 102_400 })
    const heavy = await only({ traces, levels: ['memory 100kb lru overhead 1kb'], valueSize: 1024 })
    expect(heavy.levels[0]!.held).toEqual({ entries: 50, bytes: 102_400 })
    expect(heavy.source.fetchedBytes).toBe(heavy.source.fetches * 1024)
    const sized = simulateLevels({ traces: [{ ...traces[0]!, sizes }], levels: ['memory 100kb'], valueSize: 5 })
    await expect(sized).rejects.toThrow(/valueSize: t has sizes of its own/)
  })

  it('tells of several traces, and of a source for set-ups that name none', async () => {
    using folder = new TraceFolder()
    const path = folder.file('web.txt', keys.join('\n'))
    const report = await simulateLevels({
      traces: [path, path],
      levels: ['memory 1%/10%, redis 20%, source 35ms cost 2', 'memory 10%'],
    })
    expect(report.traces.map(({ trace }) => trace)).toEqual(['web', 'web (2)'])
    expect(report.traces[0]!.setups.map(({ source }) => source.latency)).toEqual([35, 35, 35])
    expect(report.assumed).toEqual(['memory 1 us', 'redis 0.5 ms'])
    const table = levelsTable(report)
    expect(table).toContain('  3  memory 10% wTinyLfu 1us, source 35ms cost 2\n')
    expect(table).toMatch(/\n {5}level 1 %|\n {5}memory %/)
    expect(table).toContain('Latencies assumed: memory 1 us, redis 0.5 ms.')
    expect(JSON.parse(JSON.stringify(report))).toEqual(report)
  })

  it('has a page that needs nothing, runs nothing, and escapes what comes from outside', async () => {
    const report = await simulateLevels({
      traces: [{ name: '<b>&"x"', keys, sizes }],
      levels: ['memory 64kb x2 price 3, redis 1mb, source 5ms cost 0.1', 'disk 1mb ttl 10m'],
      rate: 100,
    })
    const page = levelsPage(report)
    expect(page).not.toMatch(/https?:|\/\/[a-z]|<script|<link|<img|<iframe|@import|\bsrc=|\bon\w+=/i)
    expect(page).not.toMatch(/NaN|Infinity|undefined/)
    expect(page).toContain('&lt;b&gt;&amp;&quot;x&quot;')
    expect(page).not.toContain('<b>&')
    for (const { levels } of report.traces[0]!.setups)
      for (const { share } of levels) expect(page).toContain(`>${share.toFixed(2)}</td>`)
  })

  it('stops when it is told to', async () => {
    const stop = new AbortController()
    const run = simulateLevels({
      traces: [{ name: 't', keys }],
      levels: ['memory 10'],
      signal: stop.signal,
      onProgress: () => stop.abort(),
    })
    await expect(run).rejects.toMatchObject({ code: 'ERR_ABORTED' })
  })
})

describe('levels over real traces', () => {
  const web = join(tracesFolder, 'cache2k-web07.u32.gz')
  const found = existsSync(web)
  it.skipIf(!found)(
    `agree with plain Maps${found ? '' : `: SKIPPED, there are no traces at ${tracesFolder}`}`,
    async () => {
      const all: number[] = []
      const { openTrace } = await import('../../src/simulate/index.ts')
      for await (const batch of (await openTrace(web, 'number')).read())
        all.push(...(batch.keys as ArrayLike<number> as number[]))
      const levels = [
        { capacity: 300, servers: 3 },
        { capacity: 4000, servers: 0 },
      ]
      const naive = naiveLevels(
        all.slice(0, 5000).map((key) => ({ key, size: 1 })),
        levels,
      )
      const setup = await only({
        traces: [{ name: 'web', keys: all.slice(0, 5000) }],
        levels: ['memory 300 lru x3, redis 4000 lru'],
        balance: 'turns',
      })
      expect(setup.levels.map(({ hits }) => hits)).toEqual(naive.hits)
      expect(setup.source.fetches).toBe(naive.fetches)
    },
  )

  it.skipIf(!found)('a better policy in memory spares the source, and a larger cache never costs it', async () => {
    const report = await simulateLevels({
      traces: [web],
      levels: ['memory 1000 lru/wTinyLfu, redis 3000', 'memory 1000..8000 lru'],
    })
    const [lru, wTinyLfu, ...larger] = report.traces[0]!.setups
    expect(wTinyLfu!.levels[0]!.hits).toBeGreaterThan(lru!.levels[0]!.hits)
    for (const [i, setup] of larger.entries())
      expect(setup.source.fetches).toBeLessThanOrEqual(larger[i - 1]?.source.fetches ?? Number.POSITIVE_INFINITY)
  })
})

function described(level: { servers: number; ttl: number }, n: number, size: number | string): SimulatedLevel {
  const { servers, ttl } = level
  const life = ttl === endless ? {} : { ttl }
  return { name: `level-${n}`, size, policy: 'lru', latency: n + 1, ...life, ...(servers > 0 ? { servers } : {}) }
}

/** What holds of every report: each read ends somewhere, once. */
function expectSound({ requests, hits, hitRatio, levels, source, latency }: SetupReport): void {
  expect(levels.reduce((sum, level) => sum + level.hits, source.fetches)).toBe(requests)
  expect(hits).toBe(requests - source.fetches)
  expect(hitRatio + source.share).toBeCloseTo(100, 9)
  expect(levels[0]!.lookups).toBe(requests)
  for (const [n, level] of levels.entries()) {
    expect(level.lookups - level.hits).toBe(levels[n + 1]?.lookups ?? source.fetches)
  }
  expect(latency.p50).toBeLessThanOrEqual(latency.p90)
  expect(latency.p90).toBeLessThanOrEqual(latency.p99)
}
