import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tracesFolder } from '../../scripts/reference-figures.ts'
import type { AdvisedSetup } from '../../src/simulate/advise/advice.ts'
import { sizeOf } from '../../src/simulate/advise/budget.ts'
import { flatFrom } from '../../src/simulate/advise/findings.ts'
import { SampledTrace } from '../../src/simulate/advise/sampled-trace.ts'
import {
  type Advice,
  type AdviseOptions,
  advicePage,
  adviceText,
  advise,
  openTrace,
  simulateLevels,
} from '../../src/simulate/index.ts'
import { byteSize } from '../../src/simulate/size.ts'
import { skewedKeys } from './trace-folder.ts'

const keys = skewedKeys(8000, 1000)
const sizes = keys.map((key) => 100 + ((key * 37) % 900))
const traffic = { name: 't', keys, sizes }

/** Every set-up that advice tells of. */
function told({ best, policies, curve, splits, half, double, levels }: Advice): readonly AdvisedSetup[] {
  return [
    best,
    ...policies.map((each) => each.best),
    ...curve.flatMap((point) => [point.best, ...point.alone.map(({ setup }) => setup)]),
    ...splits.map(({ setup }) => setup),
    ...[half, double].filter((setup) => setup !== null),
    ...levels.flatMap((level) => [level.with, level.without]),
  ]
}

/** Tells of the same set-ups by `simulateLevels`, some at a time. */
async function simulated(
  setups: readonly AdvisedSetup[],
  options: AdviseOptions,
): Promise<ReadonlyMap<string, unknown>> {
  const { trace, seed, rate, ttl, writes, balance, valueSize } = options
  const conditions = Object.fromEntries(
    Object.entries({ seed, rate, ttl, writes, balance, valueSize }).filter(([, value]) => value !== undefined),
  )
  const labels = [...new Set(setups.map(({ setup }) => setup))]
  const figures = new Map<string, unknown>()
  for (let i = 0; i < labels.length; i += 20) {
    const report = await simulateLevels({ traces: [trace], levels: labels.slice(i, i + 20), ...conditions })
    for (const { setup, hitRatio, latency, cost, levels } of report.traces[0]!.setups) {
      figures.set(setup, { hitRatio, latency, cost, shares: levels.map(({ share }) => share) })
    }
  }
  return figures
}

async function expectTrue(advice: Advice, options: AdviseOptions): Promise<void> {
  const exact = told(advice).filter(({ sampled }) => !sampled)
  const figures = await simulated(exact, options)
  for (const { setup, hitRatio, latency, cost, levels } of exact) {
    expect(figures.get(setup), setup).toEqual({ hitRatio, latency, cost, shares: levels.map(({ share }) => share) })
  }
}

describe('advise', () => {
  it('tells nothing but what simulateLevels shows of the same set-ups', async () => {
    const all: readonly AdviseOptions[] = [
      { trace: traffic, budget: '200kb', servers: 3, source: '20ms cost 0.5' },
      { trace: { name: 't', keys }, budget: 300, levels: 'memory lru/sieve x2, disk 1000', writes: 0.05, seed: 4 },
      {
        trace: traffic,
        budget: '1mb',
        levels: 'memory price 4, redis lru/lfu price 2',
        rate: 50,
        ttl: '1m',
        goal: 'cost',
      },
      { trace: { name: 't', keys }, budget: '100kb', valueSize: '1kb', levels: 'memory overhead 100b', balance: 'key' },
    ]
    for (const options of all) {
      const advice = await advise(options)
      expect(advice.sample).toBeNull()
      await expectTrue(advice, options)
    }
  })

  it('finds none better than its best, within the budget', async () => {
    for (const goal of ['latency', 'fetches', 'cost'] as const) {
      const advice = await advise({ trace: traffic, budget: '300kb', servers: 2, source: '20ms cost 1', goal })
      const value = (setup: AdvisedSetup): number =>
        ({ latency: setup.latency.mean, fetches: setup.fetchRatio, cost: setup.cost!.total })[goal]
      for (const setup of told(advice)) {
        if (setup.budget <= advice.budget.amount) expect(value(advice.best)).toBeLessThanOrEqual(value(setup) * 1.0011)
        const bytes = setup.levels.reduce((sum, { size, copies }) => sum + byteSize(size, '') * copies, 0)
        expect(bytes).toBeLessThanOrEqual(setup.budget)
      }
      expect(advice.curve.map(({ factor }) => factor)).toEqual([1 / 16, 1 / 8, 1 / 4, 1 / 2, 1, 2])
      expect(advice.splits.map(({ share }) => share)).toEqual([
        0,
        1 / 64,
        1 / 32,
        1 / 16,
        1 / 8,
        1 / 4,
        1 / 2,
        3 / 4,
        1,
      ])
      expect(advice.policies).toHaveLength(4)
    }
  })

  it('knows that lru fails on a loop, and when more is of no use', async () => {
    const loop = Array.from({ length: 30_000 }, (_, i) => i % 1000)
    const small = await advise({ trace: { name: 'loop', keys: loop }, budget: 500, levels: 'memory' })
    expect(small.policies.at(-1)).toMatchObject({ policy: 'lru', best: { hitRatio: 0 } })
    expect(small.best.hitRatio).toBeGreaterThan(35)
    expect(small.best.levels[0]!.policy).not.toBe('lru')
    const large = await advise({ trace: { name: 'loop', keys: loop }, budget: 8000, levels: 'memory' })
    expect(large.best.budget).toBe(1000)
    expect(large.flattens).toBe(1000)
    expect(large.best.hitRatio).toBeCloseTo(100 - large.firstRequests, 9)
    expect(large.words.join(' ')).toMatch(/That is 1,000 entries: more is of no use\./)
    expect(large.words.join(' ')).toMatch(/Half of it, 4,000 entries, would do as well\./)
    expect(large.words.join(' ')).toMatch(/The next doubling, to 16,000 entries, would bring nothing\./)
    expect(large.words.join(' ')).toMatch(/The curve flattens at 1,000 entries/)
  })

  it('says when a level is not worth having', async () => {
    const slow = await advise({ trace: traffic, budget: '200kb', levels: 'memory, redis 5ms, source 1ms', servers: 4 })
    expect(slow.levels).toMatchObject([
      { name: 'memory', verdict: 'worth having' },
      { name: 'redis', verdict: 'not worth having' },
    ])
    expect(slow.best.levels.map(({ name }) => name)).toEqual(['memory'])
    expect(slow.words.join(' ')).toContain('redis is not worth having with this budget: best is memory')
    const shared = await advise({ trace: traffic, budget: '200kb', source: '100ms', servers: 8 })
    expect(shared.levels).toMatchObject([{ name: 'memory' }, { name: 'redis', verdict: 'worth having' }])
    expect(shared.words.join(' ')).toMatch(
      /redis is worth having: with all of the budget in memory, a read takes \d+ % longer/,
    )
  })

  it('takes a level with a size as given, beside the budget', async () => {
    const advice = await advise({ trace: traffic, budget: '64kb', levels: 'memory lru, redis 512kb' })
    for (const { levels } of told(advice)) expect(levels.at(-1)).toMatchObject({ name: 'redis', size: '512kb' })
    expect(advice.levels).toMatchObject([{ name: 'memory', without: { levels: [{ name: 'redis' }] } }])
    expect(advice.splits.map(({ share }) => share)).toEqual([0, 1])
  })

  it('chooses from a part of the keys where the trace is large, and tells figures of the whole', async () => {
    const options: AdviseOptions = {
      trace: { name: 'large', keys: skewedKeys(60_000, 20_000) },
      budget: 2000,
      sample: 20_000,
      servers: 2,
      policies: ['wTinyLfu', 'lru'],
    }
    const advice = await advise(options)
    const { sample } = advice
    expect(sample!.rate).toBeGreaterThanOrEqual(20_000 / 60_000)
    expect(sample!.requests / 60_000).toBeCloseTo(sample!.rate, 1)
    expect(sample!.checked).toBeGreaterThanOrEqual(8)
    expect(sample!.error.largest).toBeLessThan(3)
    expect(sample!.error.mean).toBeLessThanOrEqual(sample!.error.largest)
    for (const { sampled } of [
      advice.best,
      ...advice.policies.map(({ best }) => best),
      ...advice.curve.map(({ best }) => best),
    ])
      expect(sampled).toBe(false)
    expect(advice.splits.some(({ setup }) => setup.sampled)).toBe(true)
    expect(advice.words.at(-1)).toMatch(/replaying \d\d % of the keys .* off by \d\.\d points of hit ratio at most/)
    await expectTrue(advice, options)
  })

  it('is plain data, the same for the same seed; text and page say the same', async () => {
    const options: AdviseOptions = {
      trace: { ...traffic, name: '<b>&' },
      budget: '100kb',
      source: '5ms cost 3',
      servers: 2,
    }
    const advice = await advise(options)
    expect(JSON.parse(JSON.stringify(advice))).toEqual(advice)
    expect(await advise(options)).toEqual(advice)
    const [text, page] = [adviceText(advice), advicePage(advice)]
    expect(text).toContain(`terrace simulate TRACE --levels '${advice.best.setup}'`)
    for (const { best } of advice.curve) {
      expect(text).toContain(best.hitRatio.toFixed(2))
      expect(page).toContain(`<td>${best.hitRatio.toFixed(2)}</td>`)
    }
    expect(page).not.toMatch(/https?:|\/\/[a-z]|<script|<link|<img|<iframe|@import|\bsrc=|\bon\w+=/i)
    expect(`${text}${page}`).not.toMatch(/NaN|Infinity|undefined|null/)
    expect(page).toContain('&lt;b&gt;&amp;')
    expect(page).not.toContain('<b>')
  })

  it('tells how far it is, from 0 to 1, and stops when it is told to', async () => {
    const told: number[] = []
    await advise({ trace: traffic, budget: '100kb', onProgress: ({ done }) => told.push(done) })
    for (const [i, done] of told.entries()) expect(done).toBeGreaterThanOrEqual(told[i - 1] ?? 0)
    expect(told.at(-1)).toBeGreaterThan(0.95)
    expect(told.at(-1)).toBeLessThanOrEqual(1)
    const stop = new AbortController()
    const run = advise({ trace: traffic, budget: '100kb', signal: stop.signal, onProgress: () => stop.abort() })
    await expect(run).rejects.toMatchObject({ code: 'ERR_ABORTED' })
  })

  it('never fails on a small trace', async () => {
    const trace = fc.array(fc.nat(20), { minLength: 1, maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(
        trace,
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 3 }),
        async (keys, budget, servers) => {
          const advice = await advise({ trace: { name: 't', keys }, budget, servers })
          expect(`${adviceText(advice)}${advicePage(advice)}`).not.toMatch(/NaN|Infinity|undefined/)
          expect(advice.best.hitRatio).toBeLessThanOrEqual(100 - advice.firstRequests + 1e-9)
        },
      ),
      { numRuns: 25 },
    )
  })

  const wrong: readonly [string, unknown, RegExp][] = [
    ['no trace', { budget: 5 }, /advise: trace: expected|expected a trace/],
    ['no budget', { trace: traffic }, /expected a budget, such as 512mb/],
    ['a misspelt option', { trace: traffic, budget: 5, server: 3 }, /Did you mean 'servers'\?/],
    ['a budget of nothing', { trace: traffic, budget: '0mb' }, /budget: expected a size/],
    ['a budget for no entry', { trace: traffic, budget: '10b' }, /the budget '10b' holds no entry in any level/],
    [
      'bytes for a trace without sizes',
      { trace: { name: 't', keys }, budget: '5mb' },
      /t has no sizes; give the size of a value/,
    ],
    ['nothing to choose', { trace: traffic, budget: 5, levels: 'memory 5' }, /all levels have a size already/],
    [
      'too much to choose',
      { trace: traffic, budget: 5, levels: 'a 1ms, b 1ms, c 1ms' },
      /more than two levels have no size/,
    ],
    [
      'alternatives of sizes',
      { trace: traffic, budget: 5, levels: 'memory, redis 1/2' },
      /only policies .* can have alternatives/,
    ],
    [
      'two sources',
      { trace: traffic, budget: 5, levels: 'memory, source 1ms', source: '2ms' },
      /leave one of them out/,
    ],
    [
      'a source of several words',
      { trace: traffic, budget: 5, source: '2ms, redis' },
      /source: expected what a fetch takes/,
    ],
    ['a source with a policy', { trace: traffic, budget: 5, source: '2ms lru' }, /the source has a latency and a cost/],
    [
      'servers twice',
      { trace: traffic, budget: 5, levels: 'memory x3', servers: 2 },
      /there are 2 servers, but the first level is there x3/,
    ],
    ['cost without costs', { trace: traffic, budget: 5, goal: 'cost' }, /the goal 'cost' needs something that costs/],
    [
      'a price of entries',
      { trace: traffic, budget: 5, levels: 'memory price 3', rate: 5 },
      /the budget '5' is not in bytes/,
    ],
    ['a goal there is not', { trace: traffic, budget: 5, goal: 'speed' }, /goal: expected one of 'latency'/],
    ['the optimum', { trace: traffic, budget: 5, policies: ['optimum'] }, /policies by their names/],
  ]
  for (const [what, options, message] of wrong) {
    it(`fails at once: ${what}`, async () => {
      const outcome = advise(options as AdviseOptions)
      await expect(outcome).rejects.toThrow(message)
      await expect(outcome).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_OPTION_/) })
    })
  }
})

describe('advice on real traces', () => {
  const web = join(tracesFolder, 'cache2k-web07.u32.gz')
  const found = existsSync(web)
  it.skipIf(!found)(
    `holds${found ? '' : `: SKIPPED, there are no traces at ${tracesFolder}`}`,
    { timeout: 120_000 },
    async () => {
      const options: AdviseOptions = {
        trace: web,
        budget: '8mb',
        valueSize: '2kb',
        servers: 3,
        source: '20ms',
        sample: 10_000,
      }
      const advice = await advise(options)
      // More memory never hurts, and each doubling of a web trace brings something.
      for (const [i, { best }] of advice.curve.entries()) {
        expect(best.latency.mean).toBeLessThan(advice.curve[i - 1]?.best.latency.mean ?? Number.POSITIVE_INFINITY)
      }
      expect(advice.levels.find(({ name }) => name === 'redis')!.verdict).toBe('worth having')
      expect(advice.sample!.error.largest).toBeLessThan(8)
      await expectTrue({ ...advice, splits: [] }, options)
    },
  )
})

describe('the parts of advice', () => {
  it('a sample has all requests for a key or none, and about as many keys as asked for', async () => {
    const trace = await openTrace({ name: 't', keys, sizes }, undefined)
    for (const rate of [1, 0.5, 0.1]) {
      const kept: number[] = []
      for await (const batch of new SampledTrace(trace, rate).read()) {
        for (let i = 0; i < batch.keys.length; i++) {
          const key = batch.keys[i] as unknown as number
          expect(batch.sizes![i]).toBe(100 + ((key * 37) % 900))
          kept.push(key)
        }
      }
      const chosen = new Set(kept)
      expect(kept).toEqual(keys.filter((key) => chosen.has(key)))
      expect(Math.abs(chosen.size / new Set(keys).size - rate)).toBeLessThanOrEqual(0.05)
    }
  })

  it('a size is no more than its amount, nearly as much, and what its words say', () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 2 ** 45, noNaN: true }), (amount) => {
        const { label, amount: bytes } = sizeOf(amount, 'bytes')
        expect(byteSize(label, '')).toBe(bytes)
        // Words have a tenth at most, which is rounded to whole bytes.
        expect(bytes).toBeLessThanOrEqual(amount + 1)
        expect(bytes).toBeGreaterThan(amount < 1024 ? amount - 1 : amount * 0.9)
        expect(sizeOf(amount, 'entries').amount).toBe(Math.floor(amount))
      }),
    )
  })

  it('a curve is flat from where no doubling brings 2 %', () => {
    const curve = (means: readonly number[]) =>
      means.map((mean, i) => ({ budget: 2 ** i, latency: { mean } }) as unknown as AdvisedSetup)
    expect(flatFrom(curve([100, 50, 25, 12, 6]), 'latency')).toBeNull()
    expect(flatFrom(curve([100, 50, 49.5, 49.4, 49.3]), 'latency')).toBe(2)
    expect(flatFrom(curve([100, 50, 49.5, 20, 19.9]), 'latency')).toBe(8)
    expect(flatFrom(curve([10, 10, 10]), 'latency')).toBe(1)
    expect(flatFrom(curve([0, 0]), 'latency')).toBe(1)
  })
})
