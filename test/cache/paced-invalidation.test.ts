import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createCache, found, fromAsync, fromSync, type InvalidationProgress, memory } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { faulty } from '../../src/testing/faulty-level.ts'
import { Fleet } from '../verify/fleet.ts'

/** Lets virtual time pass in steps of ten milliseconds. */
async function pass(world: FakeWorld, ms: number, each: () => unknown = () => undefined): Promise<void> {
  for (let at = 0; at < ms; at += 10) {
    each()
    await world.settle()
    world.advance(10)
    await world.settle()
  }
}

/** Lets time pass until it has settled. */
async function wait<T>(world: FakeWorld, work: Promise<T>, each: () => unknown = () => undefined): Promise<T> {
  let isOver = false
  const over = work.finally(() => {
    isOver = true
  })
  over.catch(() => undefined)
  for (let n = 0; n < 20_000 && !isOver; n++) await pass(world, 10, each)
  return over
}

describe('an invalidation over a time', () => {
  it('spreads what has to be fetched evenly, what was used last first, and takes each key once', async () => {
    const world = new FakeWorld()
    const cache = createCache<number>({ world, levels: [memory({ policy: 'lru' }), memory()] })
    const keys = Array.from({ length: 400 }, (_, n) => `k${n}`)
    await cache.setMany(
      keys.map((key) => [key, 0]),
      { tags: ['t'] },
    )
    await cache.set('other', 0)
    // From the least to the most recently used.
    for (const key of keys) await cache.get(key)
    const order: string[] = []
    cache.on('invalidated', ({ scopes }) => {
      for (const scope of scopes) if (scope.kind === 'key') order.push(scope.key)
    })
    const seconds: number[] = []
    const fetched: string[] = []
    const progress: InvalidationProgress[] = []
    const began = world.mono()
    const read = (): void => {
      for (const key of keys) {
        void cache.getOrFetch(key, () => {
          fetched.push(key)
          const second = Math.floor((world.mono() - began) / 1000)
          seconds[second] = (seconds[second] ?? 0) + 1
          return found(1, { tags: ['t'] })
        })
      }
    }
    const invalidated = cache.invalidateTags(['t'], { over: '10s', onProgress: (each) => progress.push(each) })
    expect(await wait(world, invalidated, read)).toMatchObject({ ok: true })
    const took = world.mono() - began
    expect(took).toBeGreaterThan(9000)
    expect(took).toBeLessThan(11_000)
    read()
    await pass(world, 10)
    expect(seconds).toHaveLength(10)
    for (const count of seconds) expect(count).toBeGreaterThan(30)
    for (const count of seconds) expect(count).toBeLessThan(50)
    expect(order.slice(0, 2)).toEqual(['k399', 'k398'])
    expect(order.at(-1)).toBe('k0')
    expect(new Set(fetched)).toEqual(new Set(keys))
    // What sets out while its key is being invalidated is not kept: that may be the first two.
    expect(fetched.length).toBeLessThanOrEqual(402)
    expect(progress.at(-1)).toEqual({ done: 400, total: 400 })
    expect(cache.peek('other')).toBe(0)
    await cache.close()
    expect(world.timers).toBe(0)
    expect(world.failures).toEqual([])
  })

  it('reaches what lies in shared levels and in the memory of others, and fetches nothing twice', async () => {
    const fleet = new Fleet()
    const [a, b] = [fleet.join({ first: memory({ maxEntries: 50 }) }), fleet.join()]
    const keys = Array.from({ length: 300 }, (_, n) => `p:${n}`)
    await fleet.wait(a.setMany(keys.map((key) => [key, 'old'])))
    await fleet.wait(a.set('q', 'old'))
    await fleet.wait(b.getMany(keys))
    let fetches = 0
    const read = () =>
      b.getOrFetchMany(keys, (asked) => {
        fetches += asked.length
        return asked.map(() => 'new')
      })
    await wait(fleet.world, a.clearPrefix('p:', { over: '3s' }), read)
    await fleet.wait(read())
    expect(fetches).toBe(300)
    expect(new Set(await fleet.wait(b.getMany(keys)))).toEqual(new Set(['new']))
    expect(new Set(await fleet.wait(a.getMany(keys)))).toEqual(new Set(['new']))
    expect(await fleet.wait(a.get('q'))).toBe('old')
    await fleet.close()
  })

  it('keeps nothing of what others had begun to fetch before, and bring meanwhile', async () => {
    const fleet = new Fleet()
    const [a, b] = [fleet.join(), fleet.join()]
    await fleet.wait(a.setMany(Array.from({ length: 20 }, (_, n) => [`p:${n}`, 'old'])))
    const gate = Promise.withResolvers<string>()
    const slow = b.getOrFetch('p:slow', () => gate.promise)
    await fleet.pass(20)
    const cleared = a.clearPrefix('p:', { over: '2s' })
    await fleet.pass(1500)
    gate.resolve('old')
    expect((await fleet.wait(slow)).data).toBe('old')
    await wait(fleet.world, cleared)
    await fleet.pass(50)
    expect(await fleet.wait(a.get('p:slow'))).toBeUndefined()
    expect(await fleet.wait(b.get('p:slow'))).toBeUndefined()
    await fleet.close()
  })

  it('raises the floor in the end where a level cannot list its keys, or where that is wanted', async () => {
    const world = new FakeWorld()
    const store = new Map<string, unknown>()
    const unlisted = fromAsync({
      get: async (key) => store.get(key) as never,
      set: async (key, box) => void store.set(key, box),
      delete: async (key) => void store.delete(key),
    })
    for (const [level, floor] of [
      [unlisted, undefined],
      [memory(), true],
    ] as const) {
      const cache = createCache<number>({ world, levels: [memory({ maxEntries: 2 }), level] })
      await cache.setMany(['a', 'b', 'c', 'd'].map((key) => [key, 1]))
      const scopes: string[] = []
      cache.on('invalidated', (event) => scopes.push(...event.scopes.map(({ kind }) => kind)))
      await wait(world, cache.clear({ over: '1s', floor }))
      expect(scopes.at(-1)).toBe('all')
      expect(scopes.filter((kind) => kind === 'all')).toHaveLength(1)
      expect(await cache.getMany(['a', 'b', 'c', 'd'])).toEqual([undefined, undefined, undefined, undefined])
      await cache.close()
    }
  })

  it('raises the floor where a level fails to list its keys', async () => {
    const world = new FakeWorld()
    const store = new Map<string, unknown>([])
    const broken = fromSync(
      {
        get: (key) => store.get(key) as never,
        set: (key, box) => void store.set(key, box),
        delete: (key) => void store.delete(key),
      },
      {
        *keys() {
          yield 'a'
          throw new Error('no more')
        },
      },
    )
    const cache = createCache<number>({ world, levels: [memory(), broken] })
    await cache.setMany(['a', 'b', 'c'].map((key) => [key, 1]))
    await wait(world, cache.clear({ over: '1s' }))
    expect(await cache.getMany(['a', 'b', 'c'])).toEqual([undefined, undefined, undefined])
    await cache.close()
  })

  it('says where a level has not been told, and tells it later', async () => {
    const world = new FakeWorld()
    let isDown = false
    const fate = () => ({ fault: isDown ? 'reject' : 'none' }) as const
    const cache = createCache<number>({ world, levels: [memory(), faulty(memory(), fate)] })
    await cache.setMany(['a', 'b', 'c', 'd'].map((key) => [key, 1]))
    const cleared = cache.clearPrefix('', { over: '1s', onProgress: ({ done }) => (isDown = done < 3) })
    expect(await wait(world, cleared)).toEqual({
      ok: false,
      levels: [
        { name: 'L1', outcome: 'done' },
        { name: 'L2', outcome: 'pending' },
      ],
    })
    expect(await wait(world, cache.getMany(['a', 'b', 'c', 'd']))).toEqual([undefined, undefined, undefined, undefined])
    await pass(world, 60_000)
    expect(cache.stats().levels[1]!.pending).toBe(0)
    await wait(world, cache.close())
  })

  it('ends at once where it is told to, or the cache is closed, while keys are invalidated or listed', async () => {
    const world = new FakeWorld()
    let delay = 0
    const second = faulty(memory(), () => ({ before: delay }))
    const cache = createCache<number>({ world, levels: [memory(), second] })
    const began = world.mono()
    await cache.setMany(['a', 'b', 'c', 'd'].map((key) => [key, 0]))
    const stop = new AbortController()
    const { signal } = stop
    const stopped = cache.clear({ over: '20s', signal, onProgress: () => stop.abort(new Error('enough')) })
    await expect(wait(world, stopped)).rejects.toThrow('enough')
    delay = 50
    const closed = cache.clear({ over: '20s', onProgress: () => void cache.close({ within: 0 }) })
    await expect(wait(world, closed)).rejects.toMatchObject({ code: 'ERR_CLOSED' })
    await wait(world, cache.close())
    expect(world.mono() - began).toBeLessThan(2000)
    expect(world.timers).toBe(0)
  })

  it('raises no floor after it was told to end while the last keys were listed', async () => {
    const world = new FakeWorld()
    const cache = createCache<number>({ world })
    await cache.set('a', 0)
    const stop = new AbortController()
    const { signal } = stop
    const cleared = cache.clearPrefix('none', { over: '1s', floor: true, signal })
    stop.abort(new Error('enough'))
    await expect(wait(world, cleared)).rejects.toThrow('enough')
    await cache.close()
  })

  it('ends when it is told to, or when the cache is closed', async () => {
    const world = new FakeWorld()
    const cache = createCache<number>({ world })
    const keys = Array.from({ length: 100 }, (_, n) => `k${n}`)
    await cache.setMany(keys.map((key) => [key, 1]))
    const stop = new AbortController()
    const cleared = cache.clear({ over: '10s', signal: stop.signal })
    cleared.catch(() => undefined)
    await pass(world, 5000)
    stop.abort(new Error('enough'))
    await expect(cleared).rejects.toThrow('enough')
    const left = keys.filter((key) => cache.peek(key) !== undefined).length
    expect(left).toBeGreaterThan(40)
    expect(left).toBeLessThan(60)
    await pass(world, 5000)
    expect(keys.filter((key) => cache.peek(key) !== undefined)).toHaveLength(left)
    await expect(cache.clear({ over: '1s', signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow('before')
    const closed = cache.clear({ over: '1h' })
    closed.catch(() => undefined)
    await pass(world, 1000)
    await wait(world, cache.close())
    await expect(closed).rejects.toMatchObject({ code: 'ERR_CLOSED' })
    expect(world.timers).toBe(0)
  })

  it('goes on when onProgress throws, and says so', async () => {
    const world = new FakeWorld()
    const cache = createCache<number>({ world })
    await cache.set('a', 1)
    const onProgress = () => {
      throw new Error('no')
    }
    expect(await wait(world, cache.clear({ over: '1s', onProgress }))).toMatchObject({ ok: true })
    expect(cache.peek('a')).toBeUndefined()
    expect(world.failures.map(({ why }) => why)).toEqual(['onProgress threw'])
    await cache.close()
  })

  it('takes everything that was covered when it was called, and nothing else, whatever is read and written meanwhile', async () => {
    const tags = fc.subarray(['s', 't', 'u'])
    const entries = fc.uniqueArray(fc.record({ key: fc.stringMatching(/^[ab]{1,4}$/), tags }), {
      selector: ({ key }) => key,
      maxLength: 30,
    })
    const what = fc.constantFrom('tag', 'prefix', 'all')
    await fc.assert(
      fc.asyncProperty(fc.integer(), entries, what, async (seed, all, kind) => {
        const fleet = new Fleet(seed)
        const [a, b] = [fleet.join({ first: memory({ maxEntries: 8 }) }), fleet.join()]
        const isCovered = ({ key, tags }: (typeof all)[number]): boolean =>
          kind === 'all' || (kind === 'tag' ? tags.includes('t') : key.startsWith('a'))
        for (const { key, tags } of all) await fleet.wait(a.set(key, 'old', { tags }))
        for (const { key } of all) if (fleet.world.random() < 0.5) await fleet.wait(b.get(key))
        const options = { over: 500 }
        const done =
          kind === 'all'
            ? a.clear(options)
            : kind === 'tag'
              ? a.invalidateTags(['t'], options)
              : a.clearPrefix('a', options)
        const act = (): void => {
          const cache = fleet.world.random() < 0.5 ? a : b
          const one = all[Math.floor(fleet.world.random() * all.length)]
          if (one !== undefined) void cache.getOrFetch(one.key, () => 'new', { tags: one.tags })
        }
        expect(await wait(fleet.world, done, act)).toMatchObject({ ok: true })
        await fleet.pass(50)
        for (const one of all) {
          for (const cache of [a, b]) {
            const value = await fleet.wait(cache.get(one.key))
            if (isCovered(one)) expect(value).not.toBe('old')
            else expect(value).toBe('old')
          }
        }
        await fleet.close()
      }),
      { numRuns: 30 },
    )
  })

  it('refuses options that mean nothing', async () => {
    const cache = createCache({ world: new FakeWorld() })
    await cache.set('a', 1)
    const refused = async (options: object): Promise<string> => {
      const outcomes = await Promise.allSettled([
        cache.clear(options),
        cache.clearPrefix('a', options),
        cache.invalidateTags(['t'], options),
      ])
      expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
      return (outcomes[0] as PromiseRejectedResult).reason.message
    }
    expect(await refused({ ovr: '1m' })).toContain("Did you mean 'over'?")
    expect(await refused({ over: '25h' })).toContain('up to 24 hours')
    expect(await refused({ onProgress: () => undefined })).toContain('over a time')
    expect(await refused({ signal: new AbortController().signal })).toContain('over a time')
    expect(await refused({ over: '1m', watch: '1s' })).toContain('is for dryRun')
    expect(await refused({ dryRun: true, over: '1m' })).toContain('means nothing with dryRun')
    expect(await refused({ dryRun: true, watch: '2m' })).toContain('up to a minute')
    expect(cache.peek('a')).toBe(1)
    await cache.close()
  })
})
