import { expect, it } from 'vitest'
import { auto } from '../../src/codecs/index.ts'
import { createCache, type LevelFactory, memory } from '../../src/index.ts'
import { StoreLevel } from '../../src/remote/store-level.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { SharedMemory, sharedMemoryStore } from '../feeds/shared-memory-store.ts'

const MAX_STALENESS = 100

it('expire does not let a process do longer without looking up what it holds above a level that tells nothing', async () => {
  const world = new FakeWorld()
  const shared = new SharedMemory()
  const below: LevelFactory = (context) => {
    const store = sharedMemoryStore(shared, world, () => ({ latency: 0, failure: 0, lag: MAX_STALENESS }))
    const settings = { name: context.name, timeout: 50, ttl: Number.POSITIVE_INFINITY, codec: auto() }
    return new StoreLevel(store, settings, context)
  }
  const [one, other] = [1, 2].map(() => createCache<number>({ levels: [memory(), below], world }))
  const after = async <T>(work: Promise<T>): Promise<T> => {
    await world.settle()
    while (world.next(world.mono())) await world.settle()
    return work
  }
  await after(other!.set('k', 1))
  expect(await after(one!.get('k'))).toBe(1)
  await after(other!.set('k', 2))
  for (let n = 0; n < 3; n++) {
    world.advance(MAX_STALENESS / 2)
    expect(await after(one!.expire('k', '1h'))).toBe(true)
  }
  expect(await after(one!.get('k'))).toBe(2)
  // What it takes away from the time is taken away at once.
  expect(await after(one!.expire('k', 10))).toBe(true)
  world.advance(11)
  expect(await after(one!.get('k'))).toBeUndefined()
  const closing = Promise.all([one!.close(), other!.close()])
  world.advance(1000)
  await closing
})
