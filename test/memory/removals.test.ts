import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MemoryCache, type SetOptions } from '../../src/memory/memory-cache.ts'
import { type RemovalReason, Removals } from '../../src/memory/removals.ts'
import { type PolicyName, policies } from '../../src/policies/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { runs } from './runs.ts'

const NAMES = Object.keys(policies) as PolicyName[]

type Act =
  | readonly ['set', key: string, options: SetOptions | undefined]
  | readonly ['get' | 'delete', key: string]
  | readonly ['expire', key: string, ttl: number]
  | readonly ['resize', maxEntries: number]
  | readonly ['wait', ms: number]
  | readonly ['clear' | 'close' | 'throw' | 'reject']

const key = fc.integer({ min: 0, max: 12 }).map((n) => `k${n}`)
const options = fc.oneof(
  fc.constant(undefined),
  fc.integer({ min: 0, max: 40 }).map((ttl) => ({ ttl })),
)
/** What anybody does to a cache, from outside or from within a listener. */
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 20, arbitrary: fc.tuple(fc.constant('set' as const), key, options) },
  { weight: 8, arbitrary: fc.tuple(fc.constantFrom('get' as const, 'delete' as const), key) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('expire' as const), key, fc.integer({ min: 0, max: 40 })) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('resize' as const), fc.integer({ min: 1, max: 9 })) },
  { weight: 1, arbitrary: fc.constant(['clear'] as const) },
)
const fromOutside = fc.oneof(
  { weight: 9, arbitrary: act },
  { weight: 2, arbitrary: fc.tuple(fc.constant('wait' as const), fc.integer({ min: 0, max: 3000 })) },
)
const fromWithin = fc.oneof(
  { weight: 30, arbitrary: act },
  { weight: 2, arbitrary: fc.constantFrom(['throw'] as const, ['reject'] as const) },
)

/**
 * A cache whose listener acts too. Each value is used once, so that it can be told of each whether it
 * is held, or was told to have left, and that never both and never twice.
 */
class Ledger {
  readonly world: FakeWorld
  readonly cache: MemoryCache<string, number>
  readonly told: Map<number, RemovalReason> = new Map()
  readonly reasons: Record<string, number> = {}
  #plan: Act[]
  #ids = 0
  /** Values that were kept, or refused for their weight, with their keys. */
  readonly accepted: Map<number, string> = new Map()
  #depth = 0
  thrown = 0

  constructor(policy: PolicyName, maxEntries: number, plan: readonly Act[]) {
    this.world = new FakeWorld(5)
    this.#plan = [...plan]
    this.cache = new MemoryCache<string, number>({
      maxEntries,
      maxBytes: 500,
      sizeOf: (id) => (id * 7919) % 70,
      maxEntryBytes: 65,
      policy,
      world: this.world,
      onRemoval: (key, value, reason) => this.#removed(key, value, reason),
    })
  }

  #removed(key: string, value: number, reason: RemovalReason): void | Promise<void> {
    if (this.#depth++ > 0) expect.fail('a listener is called while it runs')
    if (this.told.has(value)) expect.fail(`value ${value} left twice`)
    this.told.set(value, reason)
    this.reasons[reason] = (this.reasons[reason] ?? 0) + 1
    // The listener finds the cache in order.
    this.cache.check()
    if (this.cache.peek(key) === value) expect.fail(`${key} is reported and still held`)
    try {
      const next = this.#plan.pop()
      if (next !== undefined) return this.run(next)
    } finally {
      this.#depth--
    }
  }

  run(act: Act): void | Promise<void> {
    const { cache } = this
    if (act[0] === 'set') this.#set(act[1], act[2])
    else if (act[0] === 'get') cache.get(act[1])
    else if (act[0] === 'delete') cache.delete(act[1])
    else if (act[0] === 'expire') cache.expire(act[1], act[2])
    else if (act[0] === 'resize') cache.resize({ maxEntries: act[1] })
    else if (act[0] === 'wait') this.world.advance(act[1])
    else if (act[0] === 'clear') cache.clear()
    else if (act[0] === 'close') cache.close()
    else {
      this.thrown++
      const error = new Error('the listener failed')
      if (act[0] === 'reject') return Promise.reject(error)
      throw error
    }
  }

  #set(key: string, options: SetOptions | undefined): void {
    const id = ++this.#ids
    // Before the call: its own removals may be told within it.
    if (options?.ttl !== 0) this.accepted.set(id, key)
    this.cache.set(key, id, options)
  }

  compare(): void {
    this.cache.check()
    if (this.world.timers > 2) expect.fail(`${this.world.timers} timers run`)
    const held = new Set(this.cache.values())
    for (const id of held) if (this.told.has(id)) expect.fail(`value ${id} is held and was reported`)
    const { entries, evictions, expired, deletes, refused } = this.cache.stats()
    const { reasons } = this
    expect({ evictions, expired, deletes, refused }).toEqual({
      evictions: reasons.evicted ?? 0,
      expired: reasons.expired ?? 0,
      deletes: reasons.deleted ?? 0,
      refused: reasons.refused ?? 0,
    })
    expect(entries + this.told.size).toBe(this.accepted.size)
  }
}

describe.each(NAMES)('A removal listener that calls the cache, under %s', (policy) => {
  it('finds it in order; each value is told of once, whatever is done meanwhile', async () => {
    const acts = fc.array(fromOutside, { maxLength: 60 })
    const plans = fc.array(fromWithin, { maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 8 }), acts, plans, async (maxEntries, acts, plan) => {
        const ledger = new Ledger(policy, maxEntries, plan)
        for (const act of acts) {
          ledger.run(act)
          ledger.compare()
        }
        await ledger.world.settle()
        expect(ledger.world.failures.length).toBe(ledger.thrown)
      }),
      runs(40),
    )
  })

  it('may close the cache, in the middle of anything', async () => {
    const acts = fc.array(fromOutside, { maxLength: 40 })
    const plans = fc.array(fromWithin, { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), acts, plans, async (maxEntries, acts, plan) => {
        const ledger = new Ledger(policy, maxEntries, [...plan, ['close'], ...plan])
        for (const act of acts) {
          try {
            ledger.run(act)
          } catch (error) {
            expect(error).toMatchObject({ code: 'ERR_CLOSED' })
          }
          ledger.cache.check()
        }
        await ledger.world.settle()
        ledger.cache.close()
        expect([ledger.cache.size, ledger.cache.bytes, [...ledger.cache], ledger.world.timers]).toEqual([0, 0, [], 0])
      }),
      runs(20),
    )
  })
})

describe('A removal listener', () => {
  it('is told in order, after the operation, with the right reasons', () => {
    const told: unknown[] = []
    const world = new FakeWorld()
    const cache = new MemoryCache<string, number>({
      maxEntries: 2,
      maxEntryBytes: 100,
      sizeOf: (value) => value,
      policy: 'fifo',
      world,
      onRemoval: (key, value, reason) => told.push([key, value, reason, cache.size]),
    })
    cache.set('a', 1)
    cache.set('a', 2)
    cache.set('b', 3)
    cache.set('c', 4)
    cache.delete('b')
    cache.set('d', 5, { ttl: 10 })
    world.advance(1010)
    cache.set('c', 101)
    cache.set('e', 6, { ttl: 20 })
    cache.set('f', 7)
    world.advance(20)
    cache.set('e', 8)
    cache.set('f', 9, { ttl: 0 })
    cache.clear()
    expect(told).toEqual([
      ['a', 1, 'replaced', 1],
      ['a', 2, 'evicted', 2],
      ['b', 3, 'deleted', 1],
      ['d', 5, 'expired', 1],
      ['c', 4, 'replaced', 0],
      ['c', 101, 'refused', 0],
      ['e', 6, 'expired', 2],
      ['f', 7, 'replaced', 1],
      ['e', 8, 'cleared', 0],
    ])
    expect(cache.stats()).toMatchObject({ sets: 10, evictions: 1, deletes: 1, expired: 2, refused: 1 })
  })

  it('that throws or rejects is reported, and the operation succeeds', async () => {
    const world = new FakeWorld()
    const error = new Error('listener')
    const cache = new MemoryCache<string, number>({
      maxEntries: 1,
      world,
      onRemoval: (key) => {
        if (key === 'a') throw error
        return Promise.reject(error)
      },
    })
    for (const key of ['a', 'b', 'c']) expect(cache.set(key, 1)).toBe(true)
    await world.settle()
    const why = 'onRemoval listener (evicted)'
    expect(world.failures).toEqual([
      { why, cause: error },
      { why, cause: error },
    ])
    expect([...cache.keys()]).toEqual(['c'])
    cache.check()
  })

  it('that sets every evicted key again for ever stops neither the process nor the others, and has one timer', () => {
    const world = new FakeWorld()
    let told = 0
    const cache = new MemoryCache<string, number>({
      maxEntries: 1,
      world,
      onRemoval: (key, value, reason) => {
        told++
        if (reason === 'evicted') cache.set(key, value)
      },
    })
    cache.set('a', 1)
    for (let n = 0; n < 20; n++) {
      cache.set(`b${n}`, n)
      expect(world.timers).toBe(1)
    }
    const before = told
    world.advance(10)
    expect(told - before).toBeGreaterThan(1000)
    expect(told - before).toBeLessThan(10 * 11_000)
    cache.check()
    cache.close()
    world.advance(10)
    expect(world.timers).toBe(0)
  })

  it('that causes more removals than it is told of is stopped and reported', async () => {
    const world = new FakeWorld()
    const cache = new MemoryCache<number, number>({
      maxEntries: 10,
      policy: 'fifo',
      world,
      onRemoval: (key) => {
        cache.set(key + 1000, 1)
        cache.set(key + 1001, 1)
      },
    })
    for (let n = 0; n < 11; n++) cache.set(n * 10_000_000, n)
    world.advance(10)
    await world.settle()
    expect(world.failures.map(({ cause }) => cause)).toMatchObject([{ code: 'ERR_OPTION_INVALID' }])
    expect(world.timers).toBe(0)
    cache.check()
  })

  it('is told of every cleared entry, each once, also when it cleared them itself', () => {
    const size = 100_000
    const world = new FakeWorld()
    const told = new Uint8Array(size + 1)
    const cache = new MemoryCache<number, number>({
      maxEntries: size,
      policy: 'fifo',
      world,
      onRemoval: (key, _, reason) => {
        told[key]!++
        if (reason === 'deleted') cache.clear()
      },
    })
    for (let n = 0; n < size; n++) cache.set(n, n)
    cache.delete(0)
    world.advance(100)
    expect(told.indexOf(0)).toBe(size)
    expect(told.indexOf(2)).toBe(-1)
  })

  it('hears nothing when the cache is closed', () => {
    let told = 0
    const cache = new MemoryCache<string, number>({ onRemoval: () => told++ })
    cache.set('a', 1)
    cache.close()
    expect(told).toBe(0)
  })
})

describe('Removals that wait', () => {
  it('are told, or a check says that nobody will tell them', async () => {
    const world = new FakeWorld()
    const removals: Removals<string, number> = new Removals<string, number>(
      () => removals.check(),
      world,
      () => 10,
    )
    removals.check()
    removals.add('a', 1, 'evicted')
    expect(() => removals.check()).toThrow('removals: 1 wait, and nobody will tell them')
    removals.tell()
    removals.check()
    await world.settle()
    expect(world.failures).toEqual([])
  })
})
