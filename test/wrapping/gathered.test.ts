import { describe, expect, it } from 'vitest'
import { createCache, found, type GatheredAnswer, gathered, type MultiLevelCache, memory } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'

/** A source of many keys that writes down what it is asked. */
function source(answer: (keys: readonly string[]) => GatheredAnswer<unknown> = (keys) => keys.map((key) => `v${key}`)) {
  const batches: (readonly string[])[] = []
  const signals: AbortSignal[] = []
  const gates: PromiseWithResolvers<void>[] = []
  let isGated = false
  return {
    batches,
    signals,
    hold: () => {
      isGated = true
    },
    release: () => {
      for (const gate of gates) gate.resolve()
    },
    fetchMany: async (keys: readonly string[], { signal }: { readonly signal: AbortSignal }) => {
      batches.push(keys)
      signals.push(signal)
      if (isGated) {
        const gate = Promise.withResolvers<void>()
        gates.push(gate)
        await gate.promise
      }
      return answer(keys)
    },
  }
}

function cacheIn(world: FakeWorld): MultiLevelCache<unknown> {
  return createCache({ levels: [memory()], world })
}

describe('gathered fetches', () => {
  it('take what is missing in the same turn in one call, and each key once', async () => {
    const world = new FakeWorld()
    const cache = cacheIn(world)
    const { fetchMany, batches } = source()
    const fetch = gathered(fetchMany, { world })
    await cache.set('2', 'there')
    const results = await Promise.all(['1', '2', '3', '1'].map((key) => cache.getOrFetch(key, fetch)))
    expect(results.map(({ data }) => data)).toEqual(['v1', 'there', 'v3', 'v1'])
    expect(batches).toEqual([['1', '3']])
    await Promise.all(['3', '4'].map((key) => cache.getOrFetch(key, fetch)))
    expect(batches).toEqual([['1', '3'], ['4']])
  })

  it('serve several caches, each asker of a key with the same answer', async () => {
    const world = new FakeWorld()
    const { fetchMany, batches } = source()
    const fetch = gathered(fetchMany, { world })
    const results = await Promise.all([cacheIn(world), cacheIn(world)].map((cache) => cache.getOrFetch('1', fetch)))
    expect(results.map(({ data }) => data)).toEqual(['v1', 'v1'])
    expect(batches).toEqual([['1']])
  })

  it('wait for more as long as they are told', async () => {
    const world = new FakeWorld()
    const cache = cacheIn(world)
    const { fetchMany, batches } = source()
    const fetch = gathered(fetchMany, { world, wait: 5 })
    const asked = [cache.getOrFetch('1', fetch)]
    await world.settle()
    world.advance(4)
    asked.push(cache.getOrFetch('2', fetch))
    await world.settle()
    expect(batches).toEqual([])
    world.advance(1)
    await Promise.all(asked)
    expect(batches).toEqual([['1', '2']])
    expect(world.timers).toBe(0)
  })

  it('go out in batches of no more than maxKeys, and leave no empty one', async () => {
    const world = new FakeWorld()
    const cache = cacheIn(world)
    const { fetchMany, batches } = source()
    const fetch = gathered(fetchMany, { world, maxKeys: 2 })
    const results = await Promise.all(['1', '2', '3', '4'].map((key) => cache.getOrFetch(key, fetch)))
    expect(results.map(({ data }) => data)).toEqual(['v1', 'v2', 'v3', 'v4'])
    await world.settle()
    expect(batches).toEqual([
      ['1', '2'],
      ['3', '4'],
    ])
    expect(world.failures).toEqual([])
  })

  it('take answers by key, and keep them as they say', async () => {
    const world = new FakeWorld()
    const cache = cacheIn(world)
    const fetch = gathered<string>(() => new Map([['1', found('v', { ttl: 1000 })]]), { world })
    const [one, none] = await Promise.all([cache.getOrFetch('1', fetch), cache.getOrFetch('2', fetch)])
    expect([one.data, none.found]).toEqual(['v', false])
    world.advance(1001)
    expect(await cache.get('1')).toBeUndefined()
  })

  it('fail one key with an error in its place, and all of a batch by rejecting', async () => {
    const world = new FakeWorld()
    const cache = cacheIn(world)
    const partly = gathered<number>((keys) => keys.map((key) => (key === 'bad' ? new Error('no such') : 1)), { world })
    const results = await Promise.allSettled(['1', 'bad', '2'].map((key) => cache.getOrFetch(key, partly)))
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(results[1]).toMatchObject({ reason: { message: 'no such' } })
    const down = new Error('down')
    const failing = gathered<number>(
      () => {
        throw down
      },
      { world },
    )
    const all = await Promise.allSettled(['3', '4'].map((key) => cache.getOrFetch(key, failing)))
    for (const one of all) expect(one).toMatchObject({ status: 'rejected', reason: down })
    expect(world.failures).toEqual([])
  })

  it('abort when all who wait have left, and not before', async () => {
    const world = new FakeWorld()
    const cache = cacheIn(world)
    const slow = source()
    slow.hold()
    const fetch = gathered(slow.fetchMany, { world })
    const callers = [new AbortController(), new AbortController()]
    const asked = callers.map(({ signal }, n) => cache.getOrFetch(`${n}`, fetch, { signal }))
    await world.settle()
    expect(slow.batches).toEqual([['0', '1']])
    callers[0]!.abort(new Error('first'))
    await expect(asked[0]).rejects.toThrow('first')
    expect(slow.signals[0]!.aborted).toBe(false)
    callers[1]!.abort(new Error('second'))
    await expect(asked[1]).rejects.toThrow('second')
    expect(slow.signals[0]!.aborted).toBe(true)
    slow.release()
    await world.settle()
    expect(world.failures).toEqual([])
  })

  it('do not ask for whom nobody waits any more', async () => {
    const world = new FakeWorld()
    const cache = cacheIn(world)
    const { fetchMany, batches } = source()
    const fetch = gathered(fetchMany, { world, wait: 5 })
    const gone = new AbortController()
    const left = cache.getOrFetch('gone', fetch, { signal: gone.signal })
    const stays = cache.getOrFetch('stays', fetch)
    await world.settle()
    gone.abort(new Error('left'))
    await expect(left).rejects.toThrow('left')
    world.advance(5)
    await stays
    expect(batches).toEqual([['stays']])
  })

  it('refuse answers of the wrong shape, and wrong options at once', async () => {
    const world = new FakeWorld()
    const short = gathered((() => [1]) as never, { world })
    const asked = await Promise.allSettled(['1', '2'].map((key) => cacheIn(world).getOrFetch(key, short)))
    for (const one of asked) {
      expect(one).toMatchObject({ status: 'rejected', reason: { code: 'ERR_ARGUMENT_INVALID' } })
    }
    expect(() => gathered(5 as never)).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT_INVALID' }))
    expect(() => gathered(() => [], { maxKey: 5 } as never)).toThrow(/Did you mean 'maxKeys'/)
    expect(() => gathered(() => [], { wait: '2m' })).toThrow(/wait: expected a duration of up to a minute/)
    expect(() => gathered(() => [], { maxKeys: 0 })).toThrow(/whole number from 1/)
  })
})
