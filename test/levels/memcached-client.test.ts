import memjs from 'memjs'
import { afterAll, describe, expect, it } from 'vitest'
import { startMemcached } from '../../servers/memcached-server.ts'
import { createCache, memory } from '../../src/index.ts'
import { type MemcachedClient, memcached } from '../../src/levels/memcached.ts'
import { levelConformance } from '../../src/testing/level-conformance.ts'
import { systemWorld } from '../../src/world/system-world.ts'

const server = await startMemcached()
const client = memjs.Client.create(server.address, { timeout: 5, retries: 0 }) as unknown as MemcachedClient & {
  close(): void
}
let places = 0

afterAll(async () => {
  client.close()
  await server.kill()
})

levelConformance(
  { describe, it },
  'memcached over a client of memjs',
  () => memcached({ client, prefix: `p${places++}`, timeout: '10s' }),
  { real: systemWorld, forgetful: true, seeds: 3, steps: 100 },
)

describe('memcached over a client of your own', () => {
  it('keeps values of any kind, under any key, for two processes', async () => {
    const level = () => memcached({ client, prefix: 'kinds' })
    const [one, other] = [0, 1].map(() => createCache({ levels: [memory(), level()] }))
    const value = { at: new Date(7), big: 2n ** 70n, bytes: Buffer.from([0, 255]), text: 'ä\0' }
    for (const key of ['plain', 'with spaces', 'ключ', 'x'.repeat(1000)]) {
      expect((await one!.set(key, value, { ttl: '60d' })).ok).toBe(true)
      expect(await other!.get(key)).toEqual(value)
      await other!.delete(key)
      expect(await createCache({ levels: [level()] }).get(key)).toBe(undefined)
    }
  })

  it('is a failing level where the client fails', async () => {
    const broken: MemcachedClient = {
      get: () => Promise.reject(new Error('down')),
      set: async () => false,
      delete: () => Promise.reject(new Error('down')),
    }
    const cache = createCache({ levels: [memory(), memcached({ client: broken })] })
    expect((await cache.set('key', 1)).ok).toBe(false)
    expect(await cache.getOrFetch('other', () => 2)).toEqual({ found: true, data: 2 })
    expect(cache.stats().levels[1]!.failures).toBeGreaterThan(0)
    await cache.close()
  })

  it('refuses what is no client, or both ways at once', () => {
    const wrong = { client: { get: () => undefined } } as unknown as { client: MemcachedClient }
    expect(() => memcached(wrong)).toThrow(/^memcached: client: expected an object with get, set and delete/)
    const both = { client, nodes: ['a:1'] } as unknown as { client: MemcachedClient }
    expect(() => memcached(both)).toThrow('memcached: expected either nodes or a client, got')
    expect(() => memcached({ client, prefx: 'x' } as { client: MemcachedClient })).toThrow("Did you mean 'prefix'?")
    expect(() => memcached({ client, prefix: 'x'.repeat(51) })).toThrow('at most 50 characters')
  })
})
