import { expect, it } from 'vitest'
import { createCache, memory } from '../../src/index.ts'
import { keyv } from '../../src/levels/keyv.ts'
import type { KeyvStorage } from '../../src/stores/keyv/keyv-adapter.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { virtualTime } from '../fleet/virtual-time.ts'

const STALENESS = 1000

it('follows within maxStaleness, though the floors were asked for long ago when a read joins that question', async () => {
  const world = new FakeWorld()
  const { pass, during } = virtualTime(world)
  const items = new Map()
  let late = 0
  // The answer is what was there when it was asked for, and is on its way for long.
  const slow: KeyvStorage = {
    get: async (name: string) => {
      const there = items.get(name)
      if (name.endsWith('!floors') && late > 0) await new Promise<void>((resolve) => world.after(late, resolve))
      return there
    },
    set: async (name: string, value: unknown) => items.set(name, value),
    delete: async (name: string) => items.delete(name),
  } as KeyvStorage
  const open = (storage: KeyvStorage) =>
    createCache<number>({
      world,
      ttl: '1h',
      levels: [memory(), keyv(storage, { maxStaleness: STALENESS, timeout: '1s' })],
    })
  const writer = open(items as KeyvStorage)
  const reader = open(slow)
  await during(writer.set('k', 1, { tags: ['t'] }))
  await during(reader.get('another'))
  await pass(STALENESS / 5)
  late = STALENESS - 100
  const asked = reader.get('yet another')
  await pass(20)
  await during(writer.invalidateTags(['t']))
  await pass(late - 40)
  late = 0
  await during(reader.get('k'))
  await during(asked)
  await pass(STALENESS - 500)
  // More than maxStaleness after it was invalidated.
  expect(await during(reader.get('k'))).toBeUndefined()
  await during(Promise.all([writer.close(), reader.close()]))
})
