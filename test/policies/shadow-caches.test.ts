import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ShadowCaches } from '../../src/policies/shadow-caches.ts'
import { hashed } from './replay.ts'

describe('shadow caches', () => {
  it('keep their invariants, whatever is asked for and forgotten, with room that changes', () => {
    const step = fc.record({ key: fc.nat(40), room: fc.integer({ min: 1, max: 14 }), forget: fc.nat(9) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const shadows = new ShadowCaches(12, [0.01, 0.5, 1], () => 0.5)
        for (const { key, room, forget } of steps) {
          if (forget === 0) shadows.forget(hashed(key, 1))
          else shadows.access(hashed(key, 1), 1, room)
          shadows.check()
        }
        shadows.age()
        shadows.clear()
        shadows.check()
      }),
    )
  })

  it('the one whose window is everything is an LRU', () => {
    const shadows = new ShadowCaches(8, [1], () => 0.5)
    let lru: number[] = []
    let hits = 0
    for (let request = 0; request < 3000; request++) {
      const key = hashed(request, 9) & 15
      if (lru.includes(key)) hits++
      lru = [...lru.filter((other) => other !== key), key].slice(-8)
      shadows.access(hashed(key, 1), 1, 8)
    }
    expect(shadows.hits[0]).toBe(hits)
    expect(shadows.requests).toBe(3000)
    shadows.restart()
    expect(shadows.hits[0]).toBe(0)
    expect(shadows.requests).toBe(0)
  })

  it('tell a loop from recency', () => {
    const loop = new ShadowCaches(60, [0.01, 1], () => 0.5)
    for (let request = 0; request < 10_000; request++)
      loop.access(hashed(request % 90, 1), (1 + request / 90) | 0 ? 2 : 1, 60)
    expect(loop.hits[0]).toBeGreaterThan(4000)
    expect(loop.hits[1]).toBe(0)
    const recent = new ShadowCaches(60, [0.01, 1], () => 0.5)
    for (let request = 0; request < 10_000; request++)
      recent.access(hashed(request % 2 ? request - 41 : request, 1), 1, 60)
    expect(recent.hits[1]).toBeGreaterThan(4900)
    expect(recent.hits[0]).toBeLessThan(1000)
  })
})
