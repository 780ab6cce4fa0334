import { describe, expect, it } from 'vitest'
import { MemoryCache } from '../../src/memory/memory-cache.ts'
import { type PolicyName, policies } from '../../src/policies/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'

function full(policy: PolicyName, maxEntries = 10): MemoryCache<string, number> {
  return new MemoryCache({ maxEntries, policy, world: new FakeWorld() })
}

describe.each(Object.keys(policies) as PolicyName[])('ranks under %s', (policy) => {
  it('keep what is pinned while anything else is there, however it is used', () => {
    const cache = full(policy)
    for (let n = 0; n < 5; n++) cache.set(`pinned ${n}`, n, { priority: 'pinned' })
    for (let n = 0; n < 1000; n++) {
      cache.set(`other ${n}`, n)
      cache.get(`other ${n}`)
    }
    for (let n = 0; n < 5; n++) expect(cache.peek(`pinned ${n}`)).toBe(n)
    expect(cache.stats().entries).toBe(10)
    cache.check()
  })

  it('heed no pin beyond half of the cache', () => {
    const cache = full(policy)
    for (let n = 0; n < 100; n++) cache.set(`pinned ${n}`, n, { priority: 'pinned' })
    const held = [...cache.keys()]
    expect(held).toHaveLength(10)
    for (let n = 0; n < 5; n++) expect(held).toContain(`pinned ${n}`)
    cache.check()
  })

  it('give away what is low first, used or not, the least recently used of it first', () => {
    const cache = full(policy)
    for (let n = 0; n < 7; n++) cache.set(`normal ${n}`, n)
    for (let n = 0; n < 3; n++) cache.set(`low ${n}`, n, { priority: 'low' })
    for (let n = 0; n < 20; n++) cache.get('low 0')
    expect([...cache.order()].slice(0, 3)).toEqual(['low 1', 'low 2', 'low 0'])
    cache.set('new 1', 1)
    cache.set('new 2', 2)
    expect(['low 0', 'low 1', 'low 2'].filter((key) => cache.has(key))).toEqual(['low 0'])
    for (let n = 0; n < 7; n++) expect(cache.has(`normal ${n}`)).toBe(true)
    cache.check()
  })

  it('end with the value: set anew without one, it is like any other', () => {
    const cache = full(policy, 2)
    cache.set('a', 1, { priority: 'pinned' })
    cache.set('b', 2)
    cache.set('c', 3)
    expect(cache.has('a')).toBe(true)
    cache.set('a', 4)
    cache.delete('c')
    cache.set('d', 5, { priority: 'pinned' })
    for (let n = 0; n < 20; n++) cache.set(`e ${n}`, n)
    expect([cache.has('a'), cache.has('d')]).toEqual([false, true])
    cache.check()
  })

  it('count bytes where bytes are bounded', () => {
    const sizeOf = (value: number): number => value
    const cache = new MemoryCache<string, number>({
      maxEntries: 100,
      maxBytes: 100,
      sizeOf,
      policy,
      world: new FakeWorld(),
    })
    cache.set('heavy', 40, { priority: 'pinned' })
    cache.set('too much', 20, { priority: 'pinned' })
    for (let n = 0; n < 100; n++) cache.set(`other ${n}`, 10)
    expect([cache.has('heavy'), cache.has('too much')]).toEqual([true, false])
    cache.resize({ maxBytes: 30 })
    expect(cache.has('heavy')).toBe(false)
    cache.check()
  })
})

describe('a rank', () => {
  it('is refused where there is none of that name', () => {
    const cache = full('lru')
    expect(() => cache.set('a', 1, { priority: 'pined' as never })).toThrow(/priority: .*Did you mean 'pinned'/)
    expect(cache.has('a')).toBe(false)
  })
})
