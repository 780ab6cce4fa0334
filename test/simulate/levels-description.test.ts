import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TerraceError } from '../../src/errors.ts'
import { simulateLevels } from '../../src/simulate/index.ts'
import { readDescription } from '../../src/simulate/levels/description.ts'
import { shownLatency } from '../../src/simulate/levels/latency.ts'
import { readSetup } from '../../src/simulate/levels/setup.ts'
import { setupLabel } from '../../src/simulate/levels/setup-label.ts'

const traces = [{ name: 't', keys: [1, 2, 3] }]

function labels(text: string): readonly string[] {
  return readDescription(text, 'levels').map((setup) => setupLabel(readSetup(setup, 'levels')))
}

describe('a description of levels', () => {
  it('has levels between commas, and their words in any order', () => {
    const whole = 'memory 64mb wTinyLfu 1us x3, redis 2gb lru 0.5ms, source 20ms cost 0.00001'
    expect(labels(whole)).toEqual([whole])
    expect(labels('  memory x3 1US wtinylfu 64MB ,redis 500us 2GB,source cost 1e-5 0.02s')).toEqual([whole])
    const rich = 'memory 1000 sieve 2us ttl 90s, near-disk 5% lru 3ms overhead 100b cost 2, s3 1gb lru 30ms price 0.02'
    expect(labels(rich)).toEqual([`${rich}, source 10ms`])
    expect(labels('memory 1000 entries')).toEqual(labels('memory 1000'))
  })

  it('knows policies and latencies for what is well known', () => {
    expect(labels('memory 1, redis 2, memcached-eu 3, disk 4')).toEqual([
      'memory 1 wTinyLfu 1us, redis 2 lru 0.5ms, memcached-eu 3 lru 0.5ms, disk 4 lru 0.1ms, source 10ms',
    ])
  })

  it('has alternatives, and every combination of them is a set-up', () => {
    const sizes = (text: string) => readDescription(text, 'levels').map(({ levels }) => levels.map(({ size }) => size))
    expect(sizes('memory 16mb/64mb')).toEqual([['16mb'], ['64mb']])
    expect(sizes('memory 16mb..100mb')).toEqual([['16mb'], ['32mb'], ['64mb'], ['100mb']])
    expect(sizes('memory 0.5%..2%')).toEqual([['0.5%'], ['1%'], ['2%']])
    expect(sizes('memory 512mb..1gb')).toEqual([['512mb'], ['1gb']])
    expect(sizes('memory 1/2, redis 3..6')).toEqual([
      ['1', '3'],
      ['1', '6'],
      ['2', '3'],
      ['2', '6'],
    ])
    expect(labels('memory 5 lru/sieve x2/x4 ttl 1m/1h')).toHaveLength(8)
  })

  it('is what its label says', () => {
    const size = fc.constantFrom('1', '1000', '0.5%', '64mb', '1.5gb')
    const level = fc.record({
      size,
      policy: fc.constantFrom('lru' as const, 'wTinyLfu' as const, 's3Fifo' as const),
      latency: fc.constantFrom(0.001, 0.25, 3, 1500),
      ttl: fc.constantFrom(1, 1500, 60_000, 86_400_000),
      overhead: fc.nat(500),
      cost: fc.constantFrom(0, 1e-5, 2.5),
    })
    fc.assert(
      fc.property(
        fc.array(level, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 9 }),
        (levels, servers) => {
          const named = levels.map((each, n) => ({ ...each, name: `l${n}`, ...(n === 0 ? { servers } : {}) }))
          const label = setupLabel(readSetup({ levels: named, source: { latency: 7, cost: 0.5 } }, 'levels'))
          expect(labels(label)).toEqual([label])
        },
      ),
    )
  })

  it('never fails in another way than by an error that says what is wrong', () => {
    const word = fc.constantFrom(
      'memory',
      'redis',
      'source',
      ',',
      '64mb',
      '1%',
      'lru',
      'x3',
      '1us',
      'ttl',
      '10m',
      '/',
      '..',
      'ost',
      '-',
      '5..',
      '__proto__',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(word, { maxLength: 12 }).map((words) => words.join(' ')),
          fc.string(),
        ),
        (text) => {
          try {
            for (const setup of readDescription(text, 'levels')) readSetup(setup, 'levels')
          } catch (error) {
            expect(error).toBeInstanceOf(TerraceError)
            expect((error as TerraceError).code).toBe('ERR_OPTION_INVALID')
            expect((error as TerraceError).message).toMatch(/^levels/)
          }
        },
      ),
      { numRuns: 1000 },
    )
  })

  const wrong: readonly [string, RegExp][] = [
    ['', /levels, character 1: a level is missing between the commas/],
    ['memory 5, , redis 5', /character 10: a level is missing/],
    ['64mb memory', /character 1: a level begins with its name, such as memory or redis, not with '64mb'/],
    ['memory 64mb wTinyLfo', /character 13: 'wTinyLfo' is not understood: expected .*Did you mean 'wTinyLfu'\?$/],
    ['memory 64mb redis 2gb', /character 13: a comma is missing before 'redis'/],
    ['memory 5 corst 3', /character 10: 'corst' is not understood.*Did you mean 'cost'\?/],
    ['memory 10m', /character 8: '10m' is not understood/],
    ['memory 5 lru/10', /character 10: 'lru\/10' is not understood/],
    ['memory 5 10', /character 10: '10' is a second size of 'memory'/],
    ['memory 0', /character 8: expected a size such as 1000/],
    ['memory 64mb..16mb', /character 8: '64mb\.\.16mb' does not go from a smaller size to a larger one/],
    ['memory 1..64mb', /character 8: .* of its kind/],
    ['memory 5 x0', /character 10: expected a whole number from 1 to 64, got 0/],
    ['memory 5 7200s', /character 10: expected a latency from 0 to an hour/],
    ['memory 5 ttl', /character 10: 'ttl' needs a value after it/],
    ['memory 5 ttl soon', /character 14: expected a duration/],
    ['memory 5 cost cheap', /character 15: expected a number from 0/],
    ['memory 5, source 20ms lru', /character 23: the source has a latency and a cost, but no policy/],
    ['source 20ms', /a level is missing above 'source'/],
    ['source 20ms, memory 5', /'source' is what is below all levels: put it last/],
    ['memory 5, memory 6', /two levels are called 'memory'/],
    ['redsi 5', /level 1: 'redsi' needs its latency.*Did you mean 'redis'\?/],
    ['memory 5 x3, disk 50 x2', /'memory' is there x3, but 'disk' x2/],
    ['redis 5, disk 50 x2', /'disk' is each server's own, but lies below a level that all share/],
    ['memory 5 price 3', /a price is for a gigabyte, but 'memory' has no size in bytes/],
    ['memory 1..65536 lru/sieve/lfu/fifo', /more than 64 set-ups/],
    ['memory', /'memory' needs a size/],
    ['a 1 1ms,b 1 1ms,c 1 1ms,d 1 1ms,e 1 1ms,f 1 1ms,g 1 1ms,h 1 1ms,i 1 1ms', /expected 1 to 8 levels/],
    ['memory 5 ttl 10m', /a ttl needs the rate/],
    [`memory ${'5'.repeat(3000)}`, /at most 2000 characters/],
  ]
  for (const [text, message] of wrong) {
    it(`fails at once: ${text.slice(0, 40)}`, async () => {
      const outcome = simulateLevels({ traces, levels: [text] })
      await expect(outcome).rejects.toThrow(message)
      await expect(outcome).rejects.toMatchObject({ code: 'ERR_OPTION_INVALID' })
    })
  }

  it('as an object is checked like any options', async () => {
    const answers: readonly [unknown, RegExp][] = [
      [undefined, /levels: expected a list of set-ups/],
      [[], /levels: expected a list of set-ups/],
      [[5], /levels: expected an object of options/],
      [[{ levels: [{ name: 'memory', sise: 5 }] }], /level 1: there is no option 'sise'\. Did you mean 'size'\?/],
      [[{ levels: [{ size: 5 }] }], /level 1: expected a name/],
      [[{ levels: [{ name: 'source', size: 5 }] }], /'source' is what is below all/],
      [[{ levels: [{ name: 'memory', size: 5, policy: 'lur' }] }], /Did you mean 'lru'\?/],
      [['memory 5', 'memory 5 lru', 'memory 5 wTinyLfu'], /each set-up once, got 'memory 5 wTinyLfu 1us, source 10ms'/],
      [['memory 1..64', 'memory 5 sieve x64, redis 5', 'memory 1..60 lru x64'], /caches .* more than 512/],
    ]
    for (const [levels, message] of answers) {
      await expect(simulateLevels({ traces, levels } as never)).rejects.toThrow(message)
    }
  })
})

describe('a latency in words', () => {
  it('has three digits and the unit that suits', () => {
    expect([0, 0.001, 0.0999, 0.1, 0.501, 20.501, 999.4, 999.9, 61_234].map(shownLatency)).toEqual([
      '0 ms',
      '1 us',
      '99.9 us',
      '0.1 ms',
      '0.501 ms',
      '20.5 ms',
      '999 ms',
      '1 s',
      '61.2 s',
    ])
  })
})
