import { describe, expect, it } from 'vitest'
import { type Box, createCache, fromSync, type MultiLevelCache, memory } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { levelConformance } from '../../src/testing/level-conformance.ts'

for (const protect of ['freeze', 'clone'] as const) {
  levelConformance(
    { describe, it },
    `memory that protects by ${protect}`,
    () => memory({ maxEntries: 1000, protect }),
    {
      seeds: 5,
    },
  )
}

describe('values that callers change', () => {
  it('are shared by default', async () => {
    const cache = createCache<{ n: number }>({ levels: [memory()] })
    await cache.set('k', { n: 1 })
    ;(await cache.get('k'))!.n = 2
    expect(await cache.get('k')).toEqual({ n: 2 })
  })

  it('cannot be changed where they are frozen, at any depth', async () => {
    const cache = createCache<{ deep: { n: number }[]; self?: unknown }>({ levels: [memory({ protect: 'freeze' })] })
    const given: { deep: { n: number }[]; self?: unknown } = { deep: [{ n: 1 }] }
    given.self = given
    await cache.set('k', given)
    expect(() => {
      given.deep[0]!.n = 2
    }).toThrow(TypeError)
    expect((await cache.get('k'))!.deep).toEqual([{ n: 1 }])
  })

  it('cannot be changed where they are frozen, also what an error holds, and what is named by a symbol', async () => {
    const cache = createCache<unknown>({ levels: [memory({ protect: 'freeze' })] })
    const named = Symbol('named')
    const makers = [
      (inner: object) => new Error('e', { cause: inner }),
      (inner: object) => new AggregateError([inner]),
      (inner: object) => ({ [named]: inner }),
    ]
    for (const make of makers) {
      const inner = { n: 1 }
      const value = make(inner)
      await cache.set('k', value)
      expect(Object.isFrozen(inner)).toBe(true)
      expect(await cache.get('k')).toBe(value)
    }
  })

  it('are copies where they are cloned, on the way in and on every way out', async () => {
    const cache = createCache<Map<string, number[]>>({ levels: [memory({ protect: 'clone' })] })
    const given = new Map([['a', [1]]])
    await cache.set('k', given)
    given.get('a')!.push(2)
    ;(await cache.get('k'))!.get('a')!.push(3)
    cache.peek('k')!.get('a')!.push(4)
    ;(await cache.getMany(['k']))[0]!.get('a')!.push(5)
    expect(await cache.get('k')).toEqual(new Map([['a', [1]]]))
  })

  it('are refused where they cannot be cloned, and then nothing older stays', async () => {
    const reasons: unknown[] = []
    const cache = createCache<unknown>({
      levels: [memory({ protect: 'clone' })],
      observe: (event) => event.type === 'refused' && reasons.push(event.key),
    })
    await cache.set('k', 'old')
    const { levels } = await cache.set('k', { run: () => 1 })
    expect(levels).toEqual([{ name: 'L1', outcome: 'refused' }])
    expect(reasons).toEqual(['k'])
    expect(await cache.get('k')).toBeUndefined()
  })

  describe('and callers who have waited together', () => {
    interface Value {
      n: number[]
    }
    /** What is below: level 1 does not hold it. */
    const below = () => {
      const store = new Map<string, Box>()
      const make = () => createCache<Value>({ levels: [memory({ protect: 'clone' }), fromSync(store)], ttl: '1h' })
      return { make, seed: () => make().set('k', { n: [1] }) }
    }
    const fetcher = async () => ({ n: [1] })
    const ways: Record<string, (cache: MultiLevelCache<Value>) => Promise<(Value | undefined)[]>> = {
      get: (cache) => Promise.all([cache.get('k'), cache.get('k')]),
      'getOrFetch, found below': (cache) =>
        Promise.all([1, 2].map(async () => (await cache.getOrFetch('k', fetcher)).data)),
      'getOrFetch, fetched': (cache) =>
        Promise.all([1, 2].map(async () => (await cache.getOrFetch('other', fetcher)).data)),
      'getMany, a key twice': (cache) => cache.getMany(['k', 'k']),
      'getMany, twice': async (cache) => (await Promise.all([cache.getMany(['k']), cache.getMany(['k', 'x'])])).flat(),
      'getMany, a key twice, held in level 1': async (cache) => {
        await cache.get('k')
        return cache.getMany(['k', 'k'])
      },
      'getOrFetch on a route': (cache) => {
        const options = { levels: { L1: { read: false } }, onlyIfCached: true }
        return Promise.all([1, 2].map(async () => (await cache.getOrFetch('k', fetcher, options)).data))
      },
      'getMany after a token': (cache) => cache.getMany(['k', 'k'], { after: cache.token() }),
      'getOrFetchMany, a key twice': async (cache) =>
        (await cache.getOrFetchMany(['new', 'k', 'new'], (keys) => Promise.all(keys.map(fetcher)))).map(
          ({ data }) => data,
        ),
    }
    for (const [way, ask] of Object.entries(ways)) {
      it(`get one each: ${way}`, async () => {
        const { make, seed } = below()
        await seed()
        const cache = make()
        const answers = (await ask(cache)).filter((answer) => answer !== undefined)
        // The first changes his before the others look at theirs.
        answers[0]!.n.push(99)
        expect(answers.slice(1).map(({ n }) => n)).toEqual(answers.slice(1).map(() => [1]))
        expect(answers.length).toBeGreaterThan(1)
        expect((await cache.get('k'))?.n).toEqual([1])
      })
    }

    it('is not changed by one of them before the others have theirs', async () => {
      const { make, seed } = below()
      await seed()
      const cache = make()
      const first = cache.get('k').then((value) => value!.n.push(99))
      const second = cache.get('k').then((value) => value!.n)
      await first
      expect(await second).toEqual([1])
    })

    it('get a stale copy each where the fetch fails', async () => {
      const world = new FakeWorld()
      const store = new Map<string, Box>()
      const make = () =>
        createCache<Value>({
          levels: [memory({ protect: 'clone' }), fromSync(store)],
          world,
          ttl: 100,
          staleFor: 1000,
        })
      await make().set('k', { n: [1] })
      world.advance(200)
      const cache = make()
      const failing = (): Promise<Value> => Promise.reject(new Error('the source is down'))
      const [one, other] = await Promise.all([1, 2].map(() => cache.getOrFetch('k', failing)))
      one!.data!.n.push(99)
      expect(other!.data!.n).toEqual([1])
      expect(cache.stats().stale).toBe(2)
    })

    it('get what cannot be cloned as it is', async () => {
      const cache = createCache<unknown>({ levels: [memory({ protect: 'clone' })] })
      const run = () => 1
      const answers = await Promise.all([1, 2].map(() => cache.getOrFetch('k', () => ({ run }))))
      expect(answers.map(({ data }) => (data as { run: unknown }).run)).toEqual([run, run])
    })
  })
})
