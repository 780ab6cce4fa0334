import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createCache, type MultiLevelCache, memory } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { TwoLevelModel } from './two-level-model.ts'

/** The exercise's MultiLevelCache(capacityL1, capacityL2), LRU in both. */
function twoLevels(capacityL1: number, capacityL2: number, options: { world?: FakeWorld } = {}): MultiLevelCache {
  const levels = [capacityL1, capacityL2].map((maxEntries) => memory({ maxEntries, policy: 'lru' }))
  return createCache({ levels, ...options })
}

function keysOf(cache: MultiLevelCache): readonly (readonly string[] | undefined)[] {
  return cache.stats({ keys: 100 }).levels.map(({ keys }) => keys)
}

const database: Record<string, { name: string }> = { 'user:1': { name: 'Alice' }, 'user:2': { name: 'Bob' } }
const mockDbFetch = async (key: string) => database[key]

describe('the example of the exercise', () => {
  it('fetches user:1 from the database and stores it into L2 and L1', async () => {
    const cache = twoLevels(2, 3)
    expect(await cache.getOrFetch('user:1', mockDbFetch)).toEqual({ found: true, data: { name: 'Alice' } })
    expect(keysOf(cache)).toEqual([['user:1'], ['user:1']])
  })

  it('puts a key into L1 only, after what is there', async () => {
    const cache = twoLevels(2, 3)
    await cache.getOrFetch('user:1', mockDbFetch)
    await cache.put('hello', 'world')
    expect(keysOf(cache)).toEqual([['user:1', 'hello'], ['user:1']])
  })

  it('says found: false where the fetcher finds nothing, and stores nothing', async () => {
    const cache = twoLevels(2, 3)
    expect(await cache.getOrFetch('user:9', mockDbFetch)).toEqual({ found: false, data: undefined })
    expect(keysOf(cache)).toEqual([[], []])
  })
})

describe('get_or_fetch', () => {
  it('1) returns what is in L1 and asks nobody else', async () => {
    const cache = twoLevels(2, 3)
    await cache.put('k', 'near')
    const { found, data } = await cache.getOrFetch('k', () => expect.unreachable())
    expect([found, data]).toEqual([true, 'near'])
    expect(cache.stats().levels.map(({ hits, misses }) => [hits, misses])).toEqual([
      [1, 0],
      [0, 0],
    ])
  })

  it('2) promotes what is in L2 into L1 as most recently used, and L1 evicts its own least recent', async () => {
    const cache = twoLevels(2, 3)
    for (const key of ['a', 'b', 'c']) await cache.getOrFetch(key, (k) => k)
    expect(keysOf(cache)).toEqual([
      ['b', 'c'],
      ['a', 'b', 'c'],
    ])
    expect(await cache.getOrFetch('a', () => expect.unreachable())).toEqual({ found: true, data: 'a' })
    expect(keysOf(cache)).toEqual([
      ['c', 'a'],
      ['b', 'c', 'a'],
    ])
  })

  it('2) a hit in L1 leaves L2 as it was', async () => {
    const cache = twoLevels(2, 3)
    for (const key of ['a', 'b', 'c']) await cache.getOrFetch(key, (k) => k)
    await cache.getOrFetch('b', () => expect.unreachable())
    expect(keysOf(cache)).toEqual([
      ['c', 'b'],
      ['a', 'b', 'c'],
    ])
  })

  it('3) calls the fetcher with the key, and stores into L2 first, then into L1', async () => {
    const written: string[] = []
    const levels = [2, 3].map((maxEntries) => memory({ maxEntries, policy: 'lru' as const }))
    const cache = createCache({
      levels: levels.map((make) => (context) => {
        const level = make(context)
        const write = level.write.bind(level)
        return Object.assign(level, {
          write: (entries: Parameters<typeof write>[0]) => {
            written.push(`${level.name} ${entries.map(({ key }) => key)}`)
            return write(entries)
          },
        })
      }),
    })
    const asked: string[] = []
    await cache.getOrFetch('k', (key) => {
      asked.push(key)
      return 1
    })
    expect(asked).toEqual(['k'])
    expect(written).toEqual(['L2 k', 'L1 k'])
  })

  it('4) a full L2 evicts its least recently used for what is brought in', async () => {
    const cache = twoLevels(2, 3)
    for (const key of ['a', 'b', 'c', 'd']) await cache.getOrFetch(key, (k) => k)
    expect(keysOf(cache)).toEqual([
      ['c', 'd'],
      ['b', 'c', 'd'],
    ])
    expect(cache.stats().levels.map(({ evictions }) => evictions)).toEqual([2, 1])
  })

  it('5) updating a key marks it as most recently used', async () => {
    const cache = twoLevels(2, 3)
    await cache.put('a', 1)
    await cache.put('b', 2)
    await cache.put('a', 3)
    expect(keysOf(cache)[0]).toEqual(['b', 'a'])
    expect(await cache.get('a')).toBe(3)
  })

  it('rejects when the fetcher throws or rejects, and stores nothing', async () => {
    const cache = twoLevels(2, 3)
    const down = new Error('database down')
    const throws = () => {
      throw down
    }
    await expect(cache.getOrFetch('k', throws)).rejects.toBe(down)
    await expect(cache.getOrFetch('k', () => Promise.reject(down))).rejects.toBe(down)
    expect(keysOf(cache)).toEqual([[], []])
    expect(await cache.getOrFetch('k', () => 1)).toEqual({ found: true, data: 1 })
  })
})

/** What can happen, in any order. `ready`: the source answers from now on, also those who wait. */
type Happening = readonly ['ask' | 'ready' | 'put', string]

/** Every order of these happenings. */
function* orders<T>(things: readonly T[]): Generator<readonly T[]> {
  if (things.length === 0) yield []
  for (const [n, thing] of things.entries()) {
    for (const rest of orders(things.toSpliced(n, 1))) yield [thing, ...rest]
  }
}

/** Lives through one order, beside the model. */
async function live(order: readonly Happening[]): Promise<void> {
  const world = new FakeWorld()
  const cache = twoLevels(2, 3, { world })
  const model = new TwoLevelModel(2, 3)
  const gates = new Map<string, PromiseWithResolvers<string>>()
  const gate = (key: string) => made(gates, key)
  const answers: Promise<void>[] = []
  const fetched: string[] = []
  for (const [what, key] of order) {
    if (what === 'ready') gate(key).resolve(`db ${key}`)
    else if (what === 'put') void cache.put(key, `put ${key}`)
    else {
      const asked = cache.getOrFetch(key, (k) => {
        fetched.push(k)
        return gate(k).promise
      })
      const expected = model.ask(key)
      answers.push(asked.then(async ({ data }) => expect(data).toBe(await expected)))
    }
    if (what !== 'ask') model[what](key)
    await world.settle()
    expect(keysOf(cache), `${JSON.stringify(order)} at ${what} ${key}`).toEqual(model.keys())
  }
  for (const key of ['x', 'y', 'z']) {
    gate(key).resolve(`db ${key}`)
    model.ready(key)
  }
  await Promise.all(answers)
  expect(fetched).toEqual(model.fetched)
}

function made(gates: Map<string, PromiseWithResolvers<string>>, key: string): PromiseWithResolvers<string> {
  const gate = gates.get(key) ?? Promise.withResolvers<string>()
  gates.set(key, gate)
  return gate
}

describe('every interleaving of concurrent callers', () => {
  it('of four callers and three sources: one fetch a key, each level in the order of landing', async () => {
    const happenings: Happening[] = [
      ['ask', 'x'],
      ['ask', 'x'],
      ['ask', 'y'],
      ['ask', 'z'],
      ['ready', 'x'],
      ['ready', 'y'],
      ['ready', 'z'],
    ]
    for (const order of orders(happenings)) await live(order)
  })

  it('of callers and puts: a put is never overwritten in L1 by what was fetched before it', async () => {
    const happenings: Happening[] = [
      ['ask', 'x'],
      ['ask', 'x'],
      ['ask', 'y'],
      ['put', 'x'],
      ['put', 'y'],
      ['ready', 'x'],
      ['ready', 'y'],
    ]
    for (const order of orders(happenings)) await live(order)
  })

  it('of callers who come while the source works: one fetch, whenever it answers', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const cache = twoLevels(2, 3)
        let fetches = 0
        const source = async (key: string) => {
          fetches++
          await scheduler.schedule(Promise.resolve(), 'the source answers')
          return key
        }
        const asked = Array.from({ length: 20 }, async (_, n) => {
          await scheduler.schedule(Promise.resolve(), `caller ${n} comes`)
          return cache.getOrFetch('k', source)
        })
        await scheduler.waitFor(Promise.all(asked))
        for (const answer of await Promise.all(asked)) expect(answer).toEqual({ found: true, data: 'k' })
        expect(fetches).toBe(1)
      }),
    )
  })
})
