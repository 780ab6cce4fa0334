import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCache, type MultiLevelCache, memory } from '../../src/index.ts'
import { KINDS } from '../codecs/values.ts'
import { changedValues } from './experiments/values.ts'
import { Fleet, until } from './fleet.ts'
import { type RealStore, STORES } from './stores.ts'

describe.each(Object.entries(STORES))('values through memory and %s', (_, start) => {
  const fleet = new Fleet()
  const caches: MultiLevelCache[] = []
  let store: RealStore

  beforeAll(async () => {
    store = await start(fleet)
    for (let n = 0; n < 2; n++) caches.push(createCache({ levels: [memory(), store.level()], ttl: '1h' }))
    expect((await caches[0]!.set('warm', 1)).ok).toBe(true)
    // Level 1 answers at once as soon as every shard of the store has been heard of.
    for (const cache of caches)
      await until(
        () => cache.stats().levels[1]!.proven,
        (proven) => proven !== false,
      )
  })
  afterAll(async () => {
    await Promise.all(caches.map((each) => each.close()))
    await fleet[Symbol.asyncDispose]()
  })

  it('come back as they were: from the source, from memory, from the store, and promoted', async () => {
    const [writer, reader] = caches as [MultiLevelCache, MultiLevelCache]
    expect(await changedValues(writer, reader)).toEqual([])
    expect(KINDS.length).toBeGreaterThanOrEqual(28)
  })

  it('that no bytes can carry are refused there, and nothing older stays', async () => {
    const [writer, reader] = caches as [MultiLevelCache, MultiLevelCache]
    await writer.set('function', 'older')
    const { ok, levels } = await writer.set('function', () => 1)
    expect({ ok, below: levels[1]!.outcome }).toEqual({ ok: true, below: 'refused' })
    expect(await reader.get('function')).toBe(undefined)
  })

  it('that are counted for no time are told, and kept nowhere', async () => {
    const [writer, reader] = caches as [MultiLevelCache, MultiLevelCache]
    for (let n = 0; n < 30; n++) {
      const key = `counted ${n}`
      await writer.increment(key, 1, { ttl: '1h' })
      expect(await writer.increment(key, 1, { ttl: 0 })).toBe(2)
      expect([writer.peek(key), await writer.get(key), await reader.get(key)]).toEqual([
        undefined,
        undefined,
        undefined,
      ])
    }
  })

  it('keep the time they have left when they are promoted', async () => {
    const [writer, reader] = caches as [MultiLevelCache, MultiLevelCache]
    await writer.set('short', 'v', { ttl: 3000 })
    await pause(300)
    await reader.get('short')
    expect(reader.peek('short')).toBe('v')
    const before = performance.now()
    const left = (await reader.ttl('short'))!
    const first = (await writer.ttl('short'))!
    const passed = performance.now() - before
    // The clock of a store is known to some milliseconds; some count in seconds, and then it ends earlier.
    expect(left).toBeLessThan(first + passed + 100)
    expect(left).toBeGreaterThan(first - 1500)
  })
})
