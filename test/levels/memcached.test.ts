import { afterAll, describe, expect, it } from 'vitest'
import { startMemcached } from '../../servers/memcached-server.ts'
import { type CacheEvent, createCache, memory } from '../../src/index.ts'
import { memcached } from '../../src/levels/memcached.ts'
import { levelConformance } from '../../src/testing/level-conformance.ts'
import { systemWorld } from '../../src/world/system-world.ts'

const servers = await Promise.all([1, 2, 3].map(() => startMemcached()))
const nodes = servers.map(({ address }) => address)
let places = 0

afterAll(async () => {
  await Promise.all(servers.map((server) => server.kill()))
})

levelConformance({ describe, it }, 'memcached', () => memcached({ nodes, prefix: `p${places++}`, timeout: '10s' }), {
  real: systemWorld,
  forgetful: true,
  seeds: 5,
  steps: 100,
})

describe('a cache over memory and memcached', () => {
  // What the server says of its own accord, and what is not even sent to it.
  it.each([
    ['the server', {}, 'object too large for cache'],
    ['maxValueBytes', { maxValueBytes: 1_500_000 }, 'more than maxValueBytes'],
  ])('tells which value is too large for %s', async (_, options, why) => {
    const refused: object[] = []
    const observe = (event: CacheEvent) => event.type === 'refused' && refused.push(event)
    const shared = memcached({ nodes, prefix: `p${places++}`, timeout: '10s', ...options })
    const cache = createCache({ levels: [memory(), shared], observe })
    const { levels } = await cache.set('large', Buffer.alloc(2_000_000))
    expect(levels.map(({ outcome }) => outcome)).toEqual(['done', 'refused'])
    const message = expect.stringMatching(new RegExp(`^memcached .* does not take it: ${why}$`))
    const reason = expect.objectContaining({ code: 'ERR_VALUE_UNSUPPORTED', message })
    expect(refused).toEqual([{ type: 'refused', key: 'large', level: 'L2', reason }])
    await cache.close()
  })
})
