import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCache, type MultiLevelCache, memory } from '../../src/index.ts'
import { redis } from '../../src/levels/redis.ts'
import { Fleet } from './fleet.ts'
import { type RealStore, STORES } from './stores.ts'

/** What is written into the store by hand, from the bytes of the entry that lies there. */
const RUBBISH: Readonly<Record<string, (frame: Buffer) => Buffer>> = {
  garbage: () => Buffer.from([0xff, 0x00, 0x80, 0x13, 0x37]),
  nothing: () => Buffer.alloc(0),
  'JSON of another shape': () => Buffer.from('{"value":{"v":"forged"},"expires":null}'),
  'a number as text': () => Buffer.from('42'),
  null: () => Buffer.from('null'),
  'half of the frame': (frame) => frame.subarray(0, frame.length >> 1),
  'the frame without its last byte': (frame) => frame.subarray(0, -1),
  'a frame of a later version': (frame) => patched(frame, 2, 200),
  'a frame with another codec': (frame) => patched(frame, 4, 199),
  'a frame that says its payload begins far away': (frame) => patched(frame, 51, 0x7f),
  'a frame that says it has very many tags': (frame) => patched(frame, 6, 0xff, 0xff),
}

describe.each(Object.entries(STORES))('rubbish in %s', (_, start) => {
  const fleet = new Fleet()
  const caches: MultiLevelCache[] = []
  let store: RealStore

  const cache = (): MultiLevelCache => {
    const made = createCache({ levels: [memory(), store.level()], ttl: '1h' })
    caches.push(made)
    return made
  }
  beforeAll(async () => {
    store = await start(fleet)
  })
  afterAll(async () => {
    await Promise.all(caches.map((each) => each.close()))
    await fleet[Symbol.asyncDispose]()
  })

  it.each(Object.entries(RUBBISH))('%s is a miss, and heals', async (name, make) => {
    const key = `rubbish:${Object.keys(RUBBISH).indexOf(name)}`
    const [writer, reader, later] = [cache(), cache(), cache()]
    expect((await writer.set(key, { v: 'before', more: 'x'.repeat(100) })).ok).toBe(true)
    await store.overwrite(key, make(await store.bytes(key)))
    expect(await reader.get(key)).toBe(undefined)
    expect(await reader.getOrFetch(key, () => ({ v: 'fetched' }))).toEqual({ found: true, data: { v: 'fetched' } })
    expect(await later.get(key)).toEqual({ v: 'fetched' })
  })
})

describe('other types under the names of Redis', () => {
  it.each([
    ['a list', ['RPUSH', 'x']],
    ['a hash', ['HSET', 'f', 'x']],
    ['a stream', ['XADD', '*', 'f', 'x']],
  ] as const)('%s is a miss, and heals', async (_, [command, ...args]) => {
    await using fleet = new Fleet()
    const server = await fleet.redis()
    const caches = [1, 2, 3].map(() =>
      createCache({ levels: [memory(), redis({ url: server.url, timeout: 3000 })], ttl: '1h' }),
    )
    const [writer, reader, later] = caches as [MultiLevelCache, MultiLevelCache, MultiLevelCache]
    expect((await writer.set('k', 'before')).ok).toBe(true)
    await server.command('DEL', 'terrace:{0/1}:k')
    await server.command(command, 'terrace:{0/1}:k', ...args)
    expect(await reader.getMany(['k', 'other'])).toEqual([undefined, undefined])
    expect(await reader.getOrFetch('k', () => 'fetched')).toEqual({ found: true, data: 'fetched' })
    expect(await later.get('k')).toBe('fetched')
    await Promise.all(caches.map((cache) => cache.close()))
  })

  it('a ledger of other types, or half of one, begins anew', async () => {
    await using fleet = new Fleet()
    const server = await fleet.redis()
    const cache = createCache({ levels: [memory(), redis({ url: server.url, timeout: 3000 })], ttl: '1h' })
    for (const part of ['state', 'keys', 'tags', 'prefixes', 'log']) {
      expect((await cache.set('k', part)).ok).toBe(true)
      await server.command('DEL', `terrace:{0/1}!${part}`)
      await server.command('SADD', `terrace:{0/1}!${part}`, 'rubbish')
      await cache.set('k', `after ${part}`)
      // It is another history now, so that what this process holds is not believed either.
      expect([undefined, `after ${part}`]).toContain(await cache.get('k'))
      const fresh = createCache({ levels: [redis({ url: server.url, timeout: 3000 })], ttl: '1h' })
      expect([undefined, `after ${part}`]).toContain(await fresh.get('k'))
      await fresh.close()
    }
    await cache.close()
  })
})

function patched(frame: Buffer, at: number, ...bytes: number[]): Buffer {
  const copy = Buffer.from(frame)
  copy.set(bytes, at)
  return copy
}
