import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lru } from '../../src/policies/lru.ts'
import { type Progress, type Report, type SimulateOptions, simulate } from '../../src/simulate/index.ts'
import { skewedKeys, TraceFolder, u32 } from './trace-folder.ts'

const keys = skewedKeys(20_000, 2000)

/** A report without what depends on the machine. */
function timeless(report: Report): unknown {
  return JSON.parse(JSON.stringify(report, (name, value) => (name === 'seconds' ? undefined : value)))
}

describe('simulate', () => {
  it('replays by the protocol: a get and, on a miss, a set', async () => {
    const trace = fc.array(fc.nat(30), { minLength: 1, maxLength: 300 })
    await fc.assert(
      fc.asyncProperty(trace, fc.integer({ min: 1, max: 12 }), async (keys, size) => {
        const oracle = new Set<number>()
        let [hits, evictions] = [0, 0]
        for (const key of keys) {
          if (oracle.delete(key)) hits++
          else if (oracle.size === size) {
            oracle.delete(oracle.values().next().value!)
            evictions++
          }
          oracle.add(key)
        }
        const report = await simulate({ traces: [{ name: 't', keys }], policies: ['lru'], sizes: [size] })
        const requests = keys.length
        expect(report.traces[0]!.cells[0]).toMatchObject({
          requests,
          hits,
          misses: requests - hits,
          evictions,
          hitRatio: (100 * hits) / requests,
        })
      }),
    )
  })

  it('bounds by bytes: least recently used first until the newcomer fits, too large is refused', async () => {
    const weight = (key: number): number => 1 + ((key * 7) % 40)
    const sizes = keys.map(weight)
    const bound = 2048
    const oracle = new Set<number>()
    let [hits, hitBytes, bytes] = [0, 0, 0]
    for (const key of keys) {
      if (oracle.delete(key)) {
        hits++
        hitBytes += weight(key)
      } else {
        bytes += weight(key)
        while (bytes > bound) {
          const first = oracle.values().next().value!
          oracle.delete(first)
          bytes -= weight(first)
        }
      }
      oracle.add(key)
    }
    const report = await simulate({ traces: [{ name: 't', keys, sizes }], policies: ['lru'], sizes: ['2kb', '10b'] })
    const requested = sizes.reduce((sum, size) => sum + size, 0)
    expect(report.traces[0]).toMatchObject({ requestedBytes: requested, distinctKeys: new Set(keys).size })
    const [large, small] = report.traces[0]!.cells
    expect(large).toMatchObject({
      size: '2kb',
      entries: null,
      bytes: bound,
      hits,
      byteHitRatio: (100 * hitBytes) / requested,
    })
    expect(small!.hits).toBeLessThan(hits)
  })

  it('takes sizes as entries and as shares of the distinct keys, never less than one entry', async () => {
    const trace = { name: 't', keys: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] }
    const report = await simulate({
      traces: [trace],
      policies: ['fifo'],
      sizes: [3, '4', '30%', '25.4%', '0.1%', '100%'],
    })
    expect(report.traces[0]!.distinctKeys).toBe(10)
    expect(report.traces[0]!.cells.map(({ size, entries, bytes }) => [size, entries, bytes])).toEqual([
      ['3', 3, null],
      ['4', 4, null],
      ['30%', 3, null],
      ['25.4%', 3, null],
      ['0.1%', 1, null],
      ['100%', 10, null],
    ])
  })

  it('simulates every policy and the optimum at five sizes by default', async () => {
    const { traces, means } = await simulate({
      traces: [
        { name: 'a', keys },
        { name: 'b', keys: keys.map(String) },
      ],
    })
    const policies = ['optimum', 'lru', 'lfu', 'fifo', 'ttl', 'random', 'sieve', 's3Fifo', 'wTinyLfu']
    expect(means.map(({ policy }) => policy)).toEqual(policies)
    for (const { cells } of traces) {
      expect(cells.map(({ policy }) => policy)).toEqual(policies.flatMap((policy) => Array(5).fill(policy)))
      expect(cells.slice(0, 5).map(({ size }) => size)).toEqual(['0.1%', '1%', '5%', '10%', '25%'])
    }
  })

  it('reports plain data, with means over sizes and over traces', async () => {
    const traces = [
      { name: 'a', keys, sizes: keys.map((key) => key + 1) },
      { name: 'b', keys: [1, 1, 1, 1] },
    ]
    const report = await simulate({ traces, policies: ['lru', 'sieve'], sizes: [10, 100] })
    expect(JSON.parse(JSON.stringify(report))).toEqual(report)
    expect(Object.keys(report)).toEqual(['seed', 'traces', 'means'])
    const [a, b] = report.traces
    expect(a!.cells[0]).toEqual({
      policy: 'lru',
      size: '10',
      entries: 10,
      bytes: null,
      requests: 20_000,
      hits: expect.any(Number),
      misses: expect.any(Number),
      hitRatio: expect.any(Number),
      byteHitRatio: expect.any(Number),
      evictions: expect.any(Number),
      seconds: expect.any(Number),
    })
    const [first, second] = a!.cells
    expect(a!.means[0]).toEqual({
      policy: 'lru',
      hitRatio: (first!.hitRatio + second!.hitRatio) / 2,
      byteHitRatio: (first!.byteHitRatio! + second!.byteHitRatio!) / 2,
    })
    expect(b).toMatchObject({ trace: 'b', requests: 4, distinctKeys: null, requestedBytes: null })
    expect(b!.means[1]).toEqual({ policy: 'sieve', hitRatio: 75, byteHitRatio: null })
    expect(report.means[0]!.hitRatio).toBeCloseTo((a!.means[0]!.hitRatio + 75) / 2, 10)
  })

  it('is the same for the same seed, whatever runs beside it', async () => {
    const run = (options: Partial<SimulateOptions>) =>
      simulate({ traces: [{ name: 't', keys }], policies: ['random', 'wTinyLfu'], sizes: [50], ...options })
    const first = await run({ seed: 5 })
    expect(timeless(await run({ seed: 5 }))).toEqual(timeless(first))
    expect((await run({ seed: 6 })).traces[0]!.cells[0]!.hits).not.toBe(first.traces[0]!.cells[0]!.hits)
    const beside = await run({ seed: 5, policies: ['lfu', 'optimum', 'random'], sizes: [20, 50] })
    const own = beside.traces[0]!.cells.find(({ policy, size }) => policy === 'random' && size === '50')
    expect(own!.hits).toBe(first.traces[0]!.cells[0]!.hits)
  })

  it('takes a policy of your own', async () => {
    const report = await simulate({
      traces: [{ name: 't', keys }],
      policies: [
        'lru',
        function mine(context) {
          return lru(context)
        },
      ],
      sizes: [50],
    })
    const [theirs, mine] = report.traces[0]!.cells
    expect(mine).toMatchObject({ policy: 'mine', hits: theirs!.hits })
  })

  it('tells how far it is, from 0 to 1, pass by pass', async () => {
    using folder = new TraceFolder()
    const path = folder.file('web.u32', u32([...keys, ...keys, ...keys]))
    const told: Progress[] = []
    await simulate({
      traces: [path, { name: 'b', keys }],
      policies: ['lru'],
      sizes: ['1%'],
      onProgress: (progress) => told.push(progress),
    })
    const passes = [...new Set(told.map(({ trace, pass }) => `${trace} ${pass}`))]
    expect(passes).toEqual(['web survey', 'web replay', 'b survey', 'b replay'])
    for (const [i, { done }] of told.entries()) expect(done).toBeGreaterThanOrEqual(told[i - 1]?.done ?? 0)
    expect(told.at(-1)).toMatchObject({ requests: 20_000, done: 1 })
    expect(told.length).toBeGreaterThan(8)
  })

  it('stops when it is told to', async () => {
    const stop = new AbortController()
    let told = 0
    const run = simulate({
      traces: [{ name: 't', keys: [...keys, ...keys] }],
      signal: stop.signal,
      onProgress: () => {
        told++
        stop.abort()
      },
    })
    await expect(run).rejects.toMatchObject({ code: 'ERR_ABORTED' })
    expect(told).toBe(1)
  })
})

describe('wrong options of simulate', () => {
  const trace = { name: 't', keys: [1, 2] }
  const wrong: Record<string, [unknown, RegExp]> = {
    'no traces': [{}, /traces: expected a list of traces/],
    'an empty list': [{ traces: [] }, /traces: expected a list of 1 to 1000 traces/],
    'a misspelt option': [{ traces: [trace], polices: ['lru'] }, /no option 'polices'\. Did you mean 'policies'\?/],
    'a misspelt policy': [{ traces: [trace], policies: ['siev'] }, /Did you mean 'sieve'\?/],
    'a policy twice': [{ traces: [trace], policies: ['lru', 'lru'] }, /each policy once, got 'lru'/],
    'a size of 0': [{ traces: [trace], sizes: [0] }, /expected a size such as .*, got 0 \(number\)/],
    'a share of 0': [{ traces: [trace], sizes: ['0%'] }, /expected a size/],
    'a share above 100 %': [{ traces: [trace], sizes: ['101%'] }, /expected a size/],
    'a fraction of an entry': [{ traces: [trace], sizes: [1.5] }, /expected a size/],
    'a negative size': [{ traces: [trace], sizes: ['-5'] }, /expected a size/],
    'a size twice': [{ traces: [trace], sizes: [5, '5'] }, /each size once/],
    'a unit there is not': [{ traces: [trace], sizes: ['5pb'] }, /expected a size/],
    'bytes for a trace without sizes': [
      { traces: [trace], policies: ['lru'], sizes: ['5mb'] },
      /'5mb' is in bytes, but t has no sizes/,
    ],
    'the optimum in bytes': [{ traces: [trace], policies: ['optimum'], sizes: ['5mb'] }, /the optimum counts entries/],
    'too many cells': [
      { traces: [trace], sizes: Array.from({ length: 60 }, (_, i) => i + 1) },
      /540 caches .* more than 512/,
    ],
    'a wrong kind of keys': [{ traces: [trace], keys: 'strings' }, /Did you mean 'string'\?/],
    'a wrong seed': [{ traces: [trace], seed: -1 }, /seed: expected a whole number/],
    'a trace without a path': [{ traces: [{ name: 'x' }] }, /path: expected a path/],
    'a trace with a misspelt option': [{ traces: [{ path: 'x', columKey: 'y' }] }, /Did you mean 'columnKey'\?/],
    'keys that are no list': [{ traces: [{ name: 'x', keys: 5 }] }, /keys: expected an array/],
    'a trace that is a number': [{ traces: [5] }, /expected an object of options, got 5/],
  }
  for (const [what, [options, message]] of Object.entries(wrong)) {
    it(`fail at once: ${what}`, async () => {
      const outcome = simulate(options as SimulateOptions)
      await expect(outcome).rejects.toThrow(message)
      await expect(outcome).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_OPTION_/) })
    })
  }
})
