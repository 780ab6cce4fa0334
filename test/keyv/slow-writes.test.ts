import { expect, it } from 'vitest'
import { createCache, memory } from '../../src/index.ts'
import { keyv } from '../../src/levels/keyv.ts'
import type { KeyvStorage } from '../../src/stores/keyv/keyv-adapter.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { virtualTime } from '../fleet/virtual-time.ts'

const STALENESS = 1000

it('an invalidation is not undone for good by another that read the floors long before it wrote them', async () => {
  const world = new FakeWorld()
  const { pass, during } = virtualTime(world)
  const items = new Map()
  let late = 0
  const slow = {
    get: async (name: string) => {
      const there = items.get(name)
      if (name.endsWith('!floors') && late > 0) await new Promise<void>((resolve) => world.after(late, resolve))
      return there
    },
    set: async (name: string, value: unknown) => items.set(name, value),
    delete: async (name: string) => items.delete(name),
  } as KeyvStorage
  const open = (storage: KeyvStorage) =>
    createCache<number>({ world, levels: [memory(), keyv(storage, { maxStaleness: STALENESS, timeout: '1s' })] })
  const [writer, reader, other] = [open(items as KeyvStorage), open(items as KeyvStorage), open(slow)]
  await during(writer.set('k', 1, { ttl: '1h', tags: ['t'] }))
  await during(other.get('another'))
  late = STALENESS - 100
  const raised = other.invalidateTags(['another'])
  await pass(20)
  expect((await during(writer.invalidateTags(['t']))).ok).toBe(true)
  expect((await during(raised)).ok).toBe(true)
  late = 0
  await pass(10 * STALENESS)
  expect(await during(reader.get('k'))).toBeUndefined()
  await during(Promise.all([writer.close(), reader.close(), other.close()]))
})
