import { describe, expect, it } from 'vitest'
import { MemoryCache } from '../../src/memory/memory-cache.ts'
import { type PolicyName, policies } from '../../src/policies/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { runChild } from './children/run-child.ts'

const NAMES = Object.keys(policies) as PolicyName[]
const YEAR = 365.25 * 86_400_000

/** A world that notes, for each timer that fires, what `measure` says it did. */
class MeasuredWorld extends FakeWorld {
  readonly portions: number[] = []
  measure: () => number = () => 0

  override after(delay: number, run: () => void): () => void {
    return super.after(delay, () => {
      const before = this.measure()
      run()
      this.portions.push(before - this.measure())
    })
  }
}

describe('Expired entries', () => {
  it.each(NAMES)('are gone within two seconds, and their bytes, with no call made (%s)', (policy) => {
    const world = new MeasuredWorld()
    let told = 0
    const cache = new MemoryCache<number, string>({
      maxEntries: 100_000,
      maxBytes: 100_000_000,
      sizeOf: () => 100,
      policy,
      world,
      onRemoval: (_key, _value, reason) => {
        if (reason === 'expired') told++
      },
    })
    for (let n = 0; n < 100_000; n++) cache.set(n, 'value', { ttl: 60_000 + (n % 7) })
    expect(cache.bytes).toBe(10_000_000)
    world.measure = () => cache.size
    world.advance(59_999)
    expect(cache.size).toBe(100_000)
    expect(world.timers).toBe(1)
    world.advance(7 + 2000)
    expect(cache.stats()).toMatchObject({ entries: 0, bytes: 0, expired: 100_000, evictions: 0 })
    expect(told).toBe(100_000)
    // A bounded portion a turn of the event loop: a timer must not stop the process.
    expect(Math.max(...world.portions)).toBeLessThanOrEqual(2048)
    expect(world.timers).toBe(0)
    cache.check()
  })

  it('leave others where they are, whatever the deadlines', () => {
    const world = new FakeWorld()
    const cache = new MemoryCache<number, number>({ maxEntries: 2000, world })
    const life = (n: number): number => Math.floor(1.012 ** n)
    for (let n = 0; n < 2000; n++) cache.set(n, n, { ttl: life(n) })
    for (const wait of [1, 10, 100, 1000, 10_000, 100_000, 1e6, 1e7, 1e8, 1e9, 1e10]) {
      world.advance(wait)
      const now = world.mono()
      for (let n = 0; n < 2000; n++) if (cache.has(n) !== life(n) > now) expect.fail(`${n} at ${now}`)
      cache.check()
      const late = Array.from({ length: 2000 }, (_, n) => n).filter((n) => life(n) > now - 2000)
      expect(cache.size).toBeLessThanOrEqual(late.length)
    }
  })

  it('are found expired at their deadline to the millisecond, and one before it are not', () => {
    const world = new FakeWorld()
    const cache = new MemoryCache<string, number>({ world, ttl: '10s' })
    cache.set('a', 1)
    cache.set('b', 2, { ttl: 500 })
    cache.set('c', 3, { ttl: Number.POSITIVE_INFINITY })
    expect([cache.ttl('a'), cache.ttl('b'), cache.ttl('c'), cache.ttl('d')]).toEqual([
      10_000,
      500,
      Number.POSITIVE_INFINITY,
      undefined,
    ])
    world.advance(499)
    expect(cache.get('b')).toBe(2)
    world.advance(1)
    expect(cache.get('b')).toBe(undefined)
    expect(cache.peek('b')).toBe(undefined)
    expect([...cache.keys()]).toEqual(['a', 'c'])
    world.advance(9499)
    expect(cache.has('a')).toBe(true)
    world.advance(1)
    expect(cache.has('a')).toBe(false)
    world.advance(99 * YEAR)
    expect(cache.get('c')).toBe(3)
  })

  it('with an idle time leave when nobody reads them, and their time to live still holds', () => {
    const world = new FakeWorld()
    const cache = new MemoryCache<string, number>({ world, idle: 100 })
    cache.set('read', 1)
    cache.set('peeked', 2)
    cache.set('mortal', 3, { ttl: 250 })
    for (let turn = 0; turn < 4; turn++) {
      world.advance(60)
      expect(cache.get('read')).toBe(1)
      expect(cache.get('mortal')).toBe(3)
      cache.peek('peeked')
      cache.has('peeked')
    }
    expect(cache.has('peeked')).toBe(false)
    world.advance(10)
    expect([cache.get('read'), cache.get('mortal')]).toEqual([1, undefined])
    world.advance(2000)
    expect(cache.stats()).toMatchObject({ entries: 0, expired: 3 })
    expect(world.timers).toBe(0)
  })

  it('make room before anybody is evicted', () => {
    const world = new FakeWorld()
    const cache = new MemoryCache<string, number>({ maxEntries: 3, policy: 'lru', world })
    cache.set('old', 1)
    cache.set('dead', 2, { ttl: 10 })
    cache.set('dead too', 3, { ttl: 10 })
    world.advance(10)
    cache.set('new', 4)
    cache.set('newer', 5)
    expect([...cache.order()]).toEqual(['old', 'new', 'newer'])
    expect(cache.stats()).toMatchObject({ evictions: 0, expired: 2 })
  })

  it('lose up to the jitter of their life, and none of it where there is none', () => {
    const world = new FakeWorld()
    const lives = (ttlJitter: number): number[] => {
      const cache = new MemoryCache<number, number>({ world, ttl: 10_000, ttlJitter })
      for (let n = 0; n < 1000; n++) cache.set(n, n)
      return Array.from({ length: 1000 }, (_, n) => cache.ttl(n)!)
    }
    expect(new Set(lives(0))).toEqual(new Set([10_000]))
    const jittered = lives(0.2)
    expect(Math.min(...jittered)).toBeGreaterThanOrEqual(8000)
    expect(Math.min(...jittered)).toBeLessThan(8100)
    expect(Math.max(...jittered)).toBeGreaterThan(9900)
    expect(Math.max(...jittered)).toBeLessThanOrEqual(10_000)
  })

  it('do not notice the wall clock jump', () => {
    const world = new FakeWorld()
    const cache = new MemoryCache<string, number>({ world, ttl: 1000 })
    cache.set('a', 1)
    for (const jump of [YEAR, -2 * YEAR, 3_600_000]) {
      world.jumpWall(jump)
      cache.set(`set after ${jump}`, 1)
      expect(cache.ttl(`set after ${jump}`)).toBe(1000)
      world.advance(100)
      expect(cache.get('a')).toBe(1)
      expect(cache.ttl('a')! % 100).toBe(0)
    }
    world.jumpWall(-YEAR)
    world.advance(700)
    expect(cache.get('a')).toBe(undefined)
  })
})

describe('The timer', () => {
  it('is one at most, runs only while something waits, and ends with the cache', () => {
    const world = new FakeWorld()
    const cache = new MemoryCache<number, number>({ maxEntries: 100, world })
    cache.set(0, 0)
    expect(world.timers).toBe(0)
    for (let n = 1; n < 300; n++) {
      cache.set(n, n, { ttl: 10 * n })
      expect(world.timers).toBe(1)
      world.advance(n % 7)
    }
    world.advance(10_000)
    expect(world.timers).toBe(0)
    cache.set(1, 1, { ttl: 10 })
    expect(world.timers).toBe(1)
    cache.clear()
    world.advance(1000)
    expect(world.timers).toBe(0)
    cache.set(1, 1, { ttl: 10 })
    cache.close()
    expect(world.timers).toBe(0)
  })

  it('lets the process exit, collects abandoned caches, and gives memory back by itself', async () => {
    expect(await runChild('real-expiry.ts')).toEqual({ held: 100_000, left: 0, collected: 20, begun: 20, timers: 0 })
  })

  it('keeps no process alive', async () => {
    expect(await runChild('exit-with-deadlines.ts')).toEqual({ held: 3 })
  })
})

describe('Memory', () => {
  it('of a million entries is bounded, filled and after churn', async () => {
    const bytes = (await runChild('bytes-per-entry.ts')) as { full: number; churned: number }
    expect(bytes.full).toBeLessThan(60)
    expect(bytes.churned).toBeLessThan(60)
  })

  it('holds no value and no key that has left', async () => {
    expect(await runChild('values-let-go.ts')).toEqual({ deleted: 0, evicted: 0, expired: 0, cleared: 0, closed: 0 })
  })
})
