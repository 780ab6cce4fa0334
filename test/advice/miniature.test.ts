import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LevelShadows } from '../../src/advice/level-shadows.ts'
import { Miniature } from '../../src/advice/miniature.ts'
import { ALL_KEYS, limitFor, NO_KEYS, rateOf } from '../../src/advice/sampling.ts'
import { shadowPlan, steps } from '../../src/advice/shadow-plan.ts'
import { type PolicyName, policies } from '../../src/policies/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { hashed, replay } from '../policies/replay.ts'

const names = ['lru', 'lfu', 'fifo', 'random', 'sieve', 's3Fifo', 'wTinyLfu'] as const

function miniature(name: PolicyName, size: number, most: number, unit = true): Miniature {
  const world = new FakeWorld(1)
  return new Miniature(name, policies[name], size, most, unit, () => world.random())
}

function skewed(reads: number, keys: number): Uint32Array {
  let state = 3
  return Uint32Array.from({ length: reads }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) ** 4 * keys)
  })
}

describe('Miniature', () => {
  it.each(names)('is the whole cache where all keys are sampled (%s)', (name) => {
    const keys = skewed(20_000, 2000)
    const small = miniature(name, 100, 512)
    expect(small.rate).toBe(1)
    for (const key of keys) {
      const hash = hashed(key, 1)
      small.read(hash, true)
      small.keep(hash, 1, false)
    }
    small.check()
    expect(small.ratio(keys.length)).toBeCloseTo(replay(policies[name], keys, 2000, 100) / keys.length, 12)
  })

  it.each(names)('is near the whole cache where one key in twenty is sampled (%s)', (name) => {
    const keys = skewed(300_000, 60_000)
    const small = miniature(name, 5120, 256)
    expect(small.rate).toBeCloseTo(0.05)
    for (const key of keys) {
      const hash = hashed(key, 1)
      if (hash >= small.limit) continue
      small.read(hash, true)
      small.keep(hash, 1, false)
    }
    small.check()
    const whole = replay(policies[name], keys, 60_000, 5120) / keys.length
    expect(Math.abs(small.ratio(keys.length) - whole)).toBeLessThan(0.03)
  })

  it('keeps its invariants through anything that happens', () => {
    const step = fc.record({
      kind: fc.constantFrom('read', 'read', 'read', 'written', 'gone', 'lower', 'restart', 'clear'),
      key: fc.nat(60),
      weight: fc.integer({ min: 1, max: 40 }),
    })
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.boolean(), fc.array(step, { maxLength: 200 }), (name, unit, all) => {
        const small = miniature(name, unit ? 40 : 200, 16, unit)
        let cap = 1
        for (const { kind, key, weight } of all) {
          const hash = hashed(key, 2)
          if (kind === 'lower') {
            cap *= 0.8
            small.lower(limitFor(cap))
          } else if (kind === 'restart') {
            cap = Math.min(1, cap * 2)
            small.restart(limitFor(cap))
          } else if (kind === 'clear') small.forgetAll()
          else if (hash < small.limit) {
            if (kind === 'read') small.read(hash, true)
            if (kind === 'gone') small.forget(hash)
            else small.keep(hash, unit ? 1 : weight, kind === 'written')
          }
          small.check()
          expect(small.rate).toBeLessThanOrEqual(cap + 1e-9)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('finds by itself how many keys of unknown weight it can hold', () => {
    const small = miniature('lru', 100_000, 64, false)
    for (let key = 0; key < 5000; key++) {
      const hash = hashed(key, 1)
      if (hash < small.limit) small.keep(hash, 100, false)
    }
    small.check()
    // A thousand would fit; sixty-four are held, or half of them.
    expect(small.rate).toBeLessThanOrEqual(1 / 16)
    expect(small.rate).toBeGreaterThanOrEqual(1 / 64)
  })
})

describe('LevelShadows', () => {
  const plan = shadowPlan(2 ** 20, 100, ['sieve', 's3Fifo'], false)
  const shadows = () => new LevelShadows(plan, true, () => 0.5)
  const fill = (to: LevelShadows, key: number, now = 0, deadline = Number.POSITIVE_INFINITY) => {
    to.read(hashed(key, 1), 1, false, now, true)
    to.keep(hashed(key, 1), 1, deadline, false)
  }

  it('counts a read of what has expired as a miss at every size', () => {
    const all = shadows()
    fill(all, 1, 0, 500)
    all.read(hashed(1, 1), 1, true, 499, true)
    fill(all, 1, 500, 900)
    expect(all.reuse.ratios(3).at(-1)).toBeCloseTo(1 / 3)
    for (const each of all.miniatures) expect(each.ratio(3)).toBeCloseTo(1 / 3)
  })

  it('counts a read of what was invalidated as a miss at every size', () => {
    const all = shadows()
    fill(all, 1)
    all.forget(hashed(1, 1))
    fill(all, 1)
    all.forgetAll()
    fill(all, 1)
    expect(all.reuse.ratios(3).at(-1)).toBe(0)
    for (const each of all.miniatures) expect(each.ratio(3)).toBe(0)
    all.check()
  })

  it('does not hold what was missed and never brought', () => {
    const all = shadows()
    for (let read = 0; read < 3; read++) all.read(hashed(1, 1), 1, false, 0, true)
    expect(all.reuse.ratios(3).at(-1)).toBe(0)
    for (const each of all.miniatures) expect(each.ratio(3)).toBe(0)
  })

  it('holds what another size has lost: a read that hits shows that it was brought', () => {
    const all = shadows()
    for (let read = 0; read < 4; read++) all.read(hashed(1, 1), 1, true, 0, true)
    expect(all.reuse.ratios(4)[0]).toBeCloseTo(3 / 4)
    for (const each of all.miniatures) expect(each.ratio(4)).toBeCloseTo(3 / 4)
  })

  it('takes a write after a miss for what was brought, any other for a use', () => {
    const before = shadows()
    const after = shadows()
    for (const all of [before, after]) for (let key = 0; key < 100; key++) fill(all, key)
    // Key 0 was used longest ago: a write makes it the last of all.
    after.keep(hashed(0, 1), 1, Number.POSITIVE_INFINITY, true)
    fill(after, 200)
    fill(before, 200)
    before.read(hashed(0, 1), 1, false, 0, true)
    after.read(hashed(0, 1), 1, false, 0, true)
    const at = plan.lruSizes.indexOf(100)
    expect(before.reuse.ratios(102)[at]).toBe(0)
    expect(after.reuse.ratios(102)[at]).toBeCloseTo(1 / 102)
  })
})

describe('The plan of the shadows', () => {
  it.each([2 ** 16, 2 ** 18, 2 ** 19, 878_000, 2 ** 20, 2 ** 23])('keeps within %d bytes', (bytes) => {
    for (const size of [1, 10, 1000, 1_000_000]) {
      for (const weighs of [false, true]) {
        const plan = shadowPlan(bytes, size, ['wTinyLfu', 'sieve', 's3Fifo', 'lfu'], weighs)
        expect(plan.bytes).toBeLessThanOrEqual(bytes)
        expect(plan.lruSizes).toContain(size)
        expect(plan.lruSizes).toEqual([...new Set(plan.lruSizes)].sort((a, b) => a - b))
        for (const each of plan.sizes) expect(plan.lruSizes).toContain(each)
      }
    }
  })

  it('leaves out the last policies first, never the present one before others', () => {
    const plan = shadowPlan(2 ** 17, 1000, ['s3Fifo', 'sieve', 'wTinyLfu'], false)
    expect(plan.miniatures.map(({ policy }) => policy)).toEqual(['s3Fifo', 'sieve'])
  })

  it('knows the limit of a share and the share of a limit', () => {
    expect(limitFor(1)).toBe(ALL_KEYS)
    expect(limitFor(0)).toBe(NO_KEYS)
    for (const rate of [0.001, 0.5, 0.9]) expect(rateOf(limitFor(rate))).toBeCloseTo(rate, 8)
    expect(steps(1, 16)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 13, 16])
  })
})
