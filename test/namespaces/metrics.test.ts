import { describe, expect, it } from 'vitest'
import { createCache, memory } from '../../src/index.ts'
import { prometheus } from '../../src/observe/prometheus/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'

describe('metrics', () => {
  it('tell of namespaces that were declared, and of no others', async () => {
    const world = new FakeWorld()
    const cache = createCache<unknown>({ levels: [memory({ maxEntries: 10 })], world, name: 'shop' })
    const users = cache.namespace<unknown>('users', {})
    await users.getOrFetch('1', () => 1)
    await users.get('1')
    await cache.namespace<unknown>('plain').get('1')
    const lines = prometheus(cache).text().split('\n')
    const told = lines.filter((line) => line.startsWith('terrace_namespace_'))
    expect(told).toContain('terrace_namespace_requests_total{cache="shop",namespace="users"} 2')
    expect(told).toContain('terrace_namespace_hits_total{cache="shop",namespace="users",level="L1"} 1')
    expect(told).toContain('terrace_namespace_misses_total{cache="shop",namespace="users"} 1')
    expect(told).toContain('terrace_namespace_fetches_total{cache="shop",namespace="users"} 1')
    expect(told).toContain('terrace_namespace_mismatched_total{cache="shop",namespace="users"} 0')
    expect(told.some((line) => line.includes('plain'))).toBe(false)
    expect(lines).toContain('terrace_requests_total{cache="shop"} 3')
  })
})
