import { describe, expect, it } from 'vitest'
import { createCache, memory } from '../../src/index.ts'
import { MemoryCache } from '../../src/memory/memory-cache.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { systemWorld } from '../../src/world/system-world.ts'

/** As in production: `tick` stands still while the process computes, until somebody looks at the clock. */
class BusyWorld extends FakeWorld {
  #tick = 0
  #computed = 0

  /** The process computes for so long, and looks at no clock. */
  compute(ms: number): void {
    this.#computed += ms
  }

  /** The turn of the event loop is over. */
  turn(): void {
    this.#tick = this.mono()
  }

  override mono(): number {
    this.#tick = super.mono() + this.#computed
    return this.#tick
  }

  override tick(): number {
    return this.#tick
  }
}

describe('what begins its life after a long computation', () => {
  it('has all of it before it, in a memory cache', () => {
    const world = new BusyWorld()
    const cache = new MemoryCache<string, number>({ world, ttl: 500 })
    cache.get('k')
    world.compute(600)
    cache.set('k', 1)
    cache.set('own', 2, { ttl: 400 })
    world.turn()
    expect([cache.get('k'), cache.get('own')]).toEqual([1, 2])
    expect([cache.ttl('k'), cache.ttl('own')]).toEqual([500, 400])
    world.compute(500)
    world.turn()
    expect(cache.get('k')).toBe(undefined)
  })

  it.each([
    ['that of the call', {}, { ttl: 500 }],
    ['that of the level', { ttl: 500 }, {}],
  ])('has all of it before it, in a cache of levels (its life is %s)', async (_, ofLevel, ofCall) => {
    const world = new BusyWorld()
    const cache = createCache<string>({ world, levels: [memory(ofLevel)] })
    let fetches = 0
    const page = () =>
      cache.getOrFetch(
        'page',
        () => {
          fetches++
          world.compute(600)
          return 'html'
        },
        ofCall,
      )
    await page()
    world.turn()
    await page()
    expect(fetches).toBe(1)
    await cache.get('other')
    world.compute(600)
    await cache.set('page', 'new', ofCall)
    world.turn()
    expect(await cache.get('page')).toBe('new')
    world.compute(500)
    world.turn()
    expect(await cache.get('page')).toBe(undefined)
    await cache.close()
  })
})

it('is no later than the last look at the clock', () => {
  for (let n = 0; n < 1000; n++) {
    systemWorld.tick()
    const until = performance.now() + (n % 5 === 0 ? 1.2 : 0)
    while (performance.now() < until);
    const now = Math.floor(systemWorld.mono())
    expect(systemWorld.tick()).toBeGreaterThanOrEqual(now)
  }
})
