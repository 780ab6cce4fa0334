import { describe, expect, it } from 'vitest'
import { createCache, found, type LevelUses, type MultiLevelCache, memory } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'

const names = ['near', 'middle', 'far'] as const

function three(world = new FakeWorld()): { cache: MultiLevelCache<string>; world: FakeWorld } {
  return { cache: createCache({ levels: names.map((name) => memory({ name })), ttl: 10_000, world }), world }
}

/** What each level holds, without a trace. */
async function held(cache: MultiLevelCache<string>, key: string): Promise<(string | undefined)[]> {
  const { levels } = await cache.explain(key)
  return levels.map(({ state, preview }) => (state === 'served' ? preview?.text : undefined))
}

describe('levels of one call', () => {
  it('that are not to be written keep nothing of what is fetched or found further down', async () => {
    const { cache } = three()
    await cache.getOrFetch('k', () => 'v', { levels: { middle: { write: false } } })
    expect(await held(cache, 'k')).toEqual(['"v"', undefined, '"v"'])
    await cache.set('deep', 'v', { levels: { near: false, middle: false } })
    expect(await held(cache, 'deep')).toEqual([undefined, undefined, '"v"'])
    const found = await cache.getOrFetch('deep', () => 'not asked', { levels: { near: { write: false } } })
    expect(found.data).toBe('v')
    expect(await held(cache, 'deep')).toEqual([undefined, '"v"', '"v"'])
    expect(await cache.get('deep')).toBe('v')
    expect(await held(cache, 'deep')).toEqual(['"v"', '"v"', '"v"'])
  })

  it('that are not to be read are passed over, and filled all the same', async () => {
    const { cache } = three()
    await cache.set('k', 'old')
    await cache.set('k', 'far', { levels: { near: false, middle: false } })
    await cache.put('k', 'near')
    const { data } = await cache.getOrFetch('k', () => 'not asked', { levels: { near: { read: false } } })
    expect(data).toBe('far')
    expect(await held(cache, 'k')).toEqual(['"far"', '"far"', '"far"'])
    const fetched = await cache.getOrFetch('k', () => 'new', {
      levels: { near: { read: false }, middle: { read: false }, far: { read: false } },
    })
    expect(fetched.data).toBe('new')
    expect(await held(cache, 'k')).toEqual(['"new"', '"new"', '"new"'])
  })

  it('are left out by the fetcher, too, besides those that the call leaves out', async () => {
    const { cache, world } = three()
    await cache.getOrFetch('k', () => found('v', { levels: { middle: false } }))
    expect(await held(cache, 'k')).toEqual(['"v"', undefined, '"v"'])
    await cache.getOrFetch('j', () => found('w', { levels: { middle: false, far: { ttl: 1000 } } }), {
      levels: { near: { write: false }, far: { ttl: 5000 } },
    })
    expect(await held(cache, 'j')).toEqual([undefined, undefined, '"w"'])
    world.advance(1000)
    expect(await held(cache, 'j')).toEqual([undefined, undefined, undefined])
    const [one, two] = await cache.getOrFetchMany(['one', 'two'], () => [found('1', { levels: { near: false } }), '2'])
    expect([one!.data, two!.data]).toEqual(['1', '2'])
    expect([await held(cache, 'one'), await held(cache, 'two')]).toEqual([
      [undefined, '"1"', '"1"'],
      ['"2"', '"2"', '"2"'],
    ])
    const wrong = cache.getOrFetch('x', () => found('v', { levels: { naer: false } }))
    await expect(wrong).rejects.toThrow(/found: levels: there is no option 'naer'. Did you mean 'near'/)
    expect(cache.stats().flights).toBe(0)
  })

  it('in which set keeps nothing hold nothing old either', async () => {
    const { cache } = three()
    await cache.set('k', 'old')
    const { levels } = await cache.set('k', 'new', { levels: { middle: false } })
    expect(levels.map(({ outcome }) => outcome)).toEqual(['done', 'done', 'done'])
    expect(await held(cache, 'k')).toEqual(['"new"', undefined, '"new"'])
    await cache.setMany([['k', 'newer']], { levels: { near: { ttl: 0 } } })
    expect(await held(cache, 'k')).toEqual([undefined, '"newer"', '"newer"'])
  })

  it('have a ttl of their own', async () => {
    const { cache, world } = three()
    await cache.getOrFetch('k', () => 'v', { levels: { near: { ttl: 1000 }, middle: { ttl: '2s' } } })
    await cache.set('j', 'w', { levels: { near: { ttl: 1000 } } })
    world.advance(1000)
    expect(await held(cache, 'k')).toEqual([undefined, '"v"', '"v"'])
    expect(await held(cache, 'j')).toEqual([undefined, '"w"', '"w"'])
    world.advance(1000)
    expect(await held(cache, 'k')).toEqual([undefined, undefined, '"v"'])
  })

  it('count as requests once, and hits where they are', async () => {
    const { cache } = three()
    await cache.set('k', 'v')
    for (const levels of [{ near: true }, { near: { read: true } }, { near: { read: false } }] satisfies LevelUses[]) {
      await cache.getOrFetch('k', () => 'not asked', { levels })
      await cache.getOrFetch('k', () => 'not asked', { levels, onlyIfCached: true })
    }
    await cache.getOrFetchMany(['k'], () => ['not asked'], { levels: { near: { read: false } } })
    await cache.getOrFetchMany(['k'], () => ['not asked'], { levels: { near: { read: false } }, onlyIfCached: true })
    await cache.getOrFetch('k', () => 'anew', { bypass: true })
    const { requests, hitsByLevel, misses } = cache.stats()
    expect({ requests, hitsByLevel, misses }).toEqual({ requests: 9, hitsByLevel: [4, 4, 0], misses: 1 })
  })

  it('share no flight with calls that use all', async () => {
    const { cache } = three()
    const gate = Promise.withResolvers<string>()
    const calls: string[] = []
    const fetch = (name: string) => () => {
      calls.push(name)
      return gate.promise
    }
    const all = [
      cache.getOrFetch('k', fetch('partly'), { levels: { near: false } }),
      cache.getOrFetch('k', fetch('all')),
      cache.getOrFetch('k', fetch('joined')),
    ]
    gate.resolve('v')
    expect((await Promise.all(all)).map(({ data }) => data)).toEqual(['v', 'v', 'v'])
    expect(calls).toEqual(['partly', 'all'])
    expect(await held(cache, 'k')).toEqual(['"v"', '"v"', '"v"'])
  })

  it('keep nothing that an invalidation has passed', async () => {
    const { cache, world } = three()
    const gate = Promise.withResolvers<string>()
    const asked = cache.getOrFetch('k', () => gate.promise, { levels: { near: { read: false } } })
    await world.settle()
    await cache.delete('k')
    gate.resolve('before')
    expect((await asked).data).toBe('before')
    expect(await held(cache, 'k')).toEqual([undefined, undefined, undefined])
  })

  it('are refused where there are none of that name', async () => {
    const { cache } = three()
    const wrong: [object, RegExp][] = [
      [{ levels: { naer: false } }, /getOrFetch: levels: there is no option 'naer'. Did you mean 'near'/],
      [{ levels: { near: 'no' } }, /levels: near: expected true, false or \{ read, write, ttl \}, got 'no'/],
      [{ levels: { near: { reads: true } } }, /levels: near: there is no option 'reads'. Did you mean 'read'/],
      [{ levels: 'near' }, /levels: expected an object of options/],
    ]
    for (const [options, message] of wrong)
      await expect(cache.getOrFetch('k', () => 'v', options)).rejects.toThrow(message)
    await expect(cache.put('k', 'v', { levels: { near: true } })).rejects.toThrow(/use set/)
    expect(cache.stats().fetches).toBe(0)
  })
})
