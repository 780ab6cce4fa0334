import { expect, it } from 'vitest'
import type { Feed, FeedFactory, FeedListener } from '../../src/feeds/feed.ts'
import { createCache, memory } from '../../src/index.ts'
import { keyv } from '../../src/levels/keyv.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'

/** Feeds over one channel; each takes so many milliseconds until it is heard, and a text so many until it is there. */
function channel(world: FakeWorld) {
  const heard = new Set<FeedListener>()
  return (opening: number, latency: number): FeedFactory =>
    (): Feed => {
      let own: FeedListener | undefined
      return {
        async publish(text) {
          world.after(latency, () => {
            for (const listener of heard) listener.message(text)
          })
        },
        subscribe: (listener) =>
          new Promise((resolve) => {
            world.after(opening, () => {
              own = listener
              heard.add(listener)
              resolve()
            })
          }),
        async close() {
          if (own !== undefined) heard.delete(own)
        },
      }
    }
}

function scene() {
  const world = new FakeWorld()
  const feed = channel(world)
  const items = new Map()
  const open = (opening: number, latency = 1) =>
    createCache({ world, ttl: '1h', levels: [memory(), keyv(items, { feed: feed(opening, latency) })] })
  const during = async <T>(work: Promise<T>): Promise<T> => {
    let isOver = false
    const over = () => {
      isOver = true
    }
    work.then(over, over)
    for (await world.settle(); !isOver; await world.settle()) world.advance(1)
    return work
  }
  const pass = async (ms: number) => {
    for (let at = 0; at < ms; at++) {
      world.advance(1)
      await world.settle()
    }
  }
  return { open, during, pass }
}

it('forgets what it wrote before it heard the feed: somebody may have changed it until then', async () => {
  const { open, during, pass } = scene()
  const slow = open(100)
  await during(slow.set('k', 'old'))
  // Somebody comes, changes it, tells so and goes, in good order.
  const other = open(1)
  await during(other.set('k', 'new'))
  await during(other.close())
  await pass(6000)
  expect(await during(slow.get('k'))).toBe('new')
})

it('forgets it also where what it sent before that is the first that it hears', async () => {
  const { open, during, pass } = scene()
  // A sign of life goes out at once, and is on its way for longer than the feed takes to open.
  const slow = open(100, 150)
  const asking = slow.get('another')
  await pass(10)
  await during(slow.set('k', 'old'))
  const other = open(1)
  await during(other.set('k', 'new'))
  await during(other.close())
  await during(asking)
  await pass(6000)
  expect(await during(slow.get('k'))).toBe('new')
})
