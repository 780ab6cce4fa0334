import { expect, it } from 'vitest'
import { type Box, createCache, fromAsync, memory } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'

/** A store whose next answer may be held up. */
function heldStore() {
  const boxes = new Map<string, Box>()
  let held: Promise<void> | undefined
  const level = fromAsync({
    get: async (key) => {
      const box = boxes.get(key)
      const gate = held
      held = undefined
      await gate
      return box
    },
    set: async (key, box: Box) => void boxes.set(key, box),
    delete: async (key) => void boxes.delete(key),
  })
  const holdNext = (): (() => void) => {
    const gate = Promise.withResolvers<void>()
    held = gate.promise
    return gate.resolve
  }
  return { boxes, level, holdNext }
}

it('expire does not cover up what was fetched while a level was asked what it holds', async () => {
  const world = new FakeWorld()
  const { boxes, level, holdNext } = heldStore()
  const cache = createCache<string>({ levels: [memory(), level], ttl: '1m', world })
  await cache.set('k', 'old')
  const release = holdNext()
  const expiring = cache.expire('k', '1h')
  await world.settle()
  const fetched = await cache.getOrFetch('k', () => 'new', { bypass: true })
  await world.settle()
  release()
  expect(await expiring).toBe(true)
  expect(fetched.data).toBe('new')
  await world.settle()
  expect(boxes.get('k')?.value).toBe(cache.peek('k'))
})
