import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createCache, fromAsync, type LevelFactory, memory, notFound, type Shares } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { faulty } from '../../src/testing/faulty-level.ts'

const keys = (count: number, from = 0): string[] => Array.from({ length: count }, (_, n) => `k${n + from}`)

/** A small level 1 over a large one, and how often the latter was read. */
function twoLevels(maxEntries: number, options: object = {}) {
  const world = new FakeWorld()
  const reads: string[][] = []
  const below = faulty(memory({ maxEntries: 10_000 }), (operation, asked) => {
    if (operation === 'read') reads.push([...asked])
    return {}
  })
  const cache = createCache<string>({ levels: [memory({ maxEntries, policy: 'lru' }), below], world, ...options })
  return { cache, world, reads }
}

const listed = (cache: { stats(options: object): { levels: readonly { keys?: readonly string[] | undefined }[] } }) =>
  cache.stats({ keys: 10_000 }).levels[0]!.keys!

const nothing = { warmed: 0, present: 0, missing: 0, failed: 0, refused: 0, left: 0 }

/** An asynchronous level that others share, as far as it says. */
function shared(make: LevelFactory): LevelFactory {
  const shares: Shares = {
    hearing: 'nothing',
    maxStaleness: 60_000,
    provenUntil: Number.POSITIVE_INFINITY,
    checksBirths: true,
    prove: async () => true,
    eraOf: () => undefined,
    follow: () => undefined,
  }
  return (context) => {
    const level = make(context)
    Object.assign(level.traits, { shares })
    return level
  }
}

describe('warming with keys', () => {
  it('brings them up from the levels below, in batches, and counts no request', async () => {
    const { cache, reads } = twoLevels(1000)
    await cache.setMany(keys(250).map((key) => [key, `${key}!`]))
    await cache.put('k0', 'own')
    // Away from level 1, and no further.
    const { cache: again, reads: none } = { cache, reads }
    none.length = 0
    expect(await again.warm(keys(250))).toEqual({ ...nothing, present: 250 })
    expect(reads).toEqual([])
    expect(cache.stats().requests).toBe(0)
  })

  it('says what is there, what comes, and what is nowhere', async () => {
    const world = new FakeWorld()
    const map = new Map<string, never>()
    const writer = createCache<string>({ levels: [fromAsync(map)], world })
    await writer.setMany(keys(150).map((key) => [key, `${key}!`]))
    const cache = createCache<string>({ levels: [memory({ maxEntries: 1000 }), fromAsync(map)], world })
    await cache.put('k3', 'own')
    const seen: number[] = []
    const report = await cache.warm([...keys(200), 'k1'], { onProgress: ({ left }) => seen.push(left) })
    expect(report).toEqual({ ...nothing, warmed: 149, present: 1, missing: 50 })
    expect(seen.at(-1)).toBe(0)
    expect(cache.peek('k3')).toBe('own')
    expect(cache.peek('k149')).toBe('k149!')
    expect(cache.stats()).toMatchObject({ requests: 0, hits: 0, misses: 0 })
  })

  it('ends where level 1 is full, and evicts nothing', async () => {
    const world = new FakeWorld()
    const map = new Map<string, never>()
    const writer = createCache<string>({ levels: [fromAsync(map)], world })
    await writer.setMany(keys(500).map((key) => [key, key]))
    const cache = createCache<string>({ levels: [memory({ maxEntries: 220 }), fromAsync(map)], world })
    await cache.put('hot', 'hot')
    expect(await cache.warm(keys(500))).toEqual({ ...nothing, warmed: 219, left: 281 })
    expect(cache.peek('hot')).toBe('hot')
    expect(cache.stats().levels[0]).toMatchObject({ size: 220, evictions: 0 })
    expect(await cache.warm(['k499'])).toEqual({ ...nothing, left: 1 })
  })

  it('goes by the room of the part where a namespace has one of its own, and by that of the rest elsewhere', async () => {
    for (const from of ['keys', 'cache']) {
      const { cache } = twoLevels(100)
      const users = cache.namespace<string>('u', { maxEntries: 10 })
      const old = createCache<string>({ levels: [memory()] })
      const both = keys(200).flatMap((key) => [`u:${key}`, key])
      await old.setMany(both.map((key) => [key, 'warmed']))
      for (const key of keys(4)) await users.put(`own ${key}`, 'asked for')
      for (const key of keys(80)) await cache.put(`own ${key}`, 'asked for')
      const report = await (from === 'cache' ? cache.warm(old) : cache.warm(both, { fetch: () => 'warmed' }))
      expect(report).toEqual({ ...nothing, warmed: 16, left: 384 })
      expect(cache.stats().levels[0]).toMatchObject({ size: 100, evictions: 0 })
      expect(users.stats().namespaces![0]!.share).toMatchObject({ entries: 10 })
      expect(await users.warm(keys(5, 500), { fetch: () => 'warmed' })).toEqual({ ...nothing, left: 5 })
    }
  })

  it('comes back to keys that had no room in their part, where those before them are nowhere', async () => {
    const { cache } = twoLevels(100)
    const users = cache.namespace<string>('u', { maxEntries: 10 })
    const fetch = (key: string) => (Number(key.slice(1)) < 95 ? undefined : key)
    expect(await users.warm(keys(100), { fetch })).toEqual({ ...nothing, warmed: 5, missing: 95 })
  })

  it('goes by bytes where bytes are bounded', async () => {
    const world = new FakeWorld()
    const map = new Map<string, never>()
    const writer = createCache<string>({ levels: [fromAsync(map)], world })
    await writer.setMany(keys(2000).map((key) => [key, 'x'.repeat(100)]))
    const level = memory({ maxBytes: 50_000, sizeOf: (value) => String(value).length, maxEntries: 10_000 })
    const cache = createCache<string>({ levels: [level, fromAsync(map)], world })
    const { warmed, left } = await cache.warm(keys(2000))
    expect(warmed).toBe(500)
    expect(left).toBe(1500)
    expect(cache.stats().levels[0]).toMatchObject({ bytes: 50_000, evictions: 0 })
  })

  it('takes no more than it is told', async () => {
    const cache = createCache<string>({ world: new FakeWorld() })
    const report = await cache.warm(keys(50), { fetchMany: (asked) => asked, most: 20 })
    expect(report).toEqual({ ...nothing, warmed: 20, left: 30 })
    expect(cache.stats().levels[0]!.size).toBe(20)
  })

  it('counts what a failing level may have as failed, not as missing', async () => {
    const world = new FakeWorld()
    const broken = faulty(memory(), () => ({ fault: 'reject' }))
    const cache = createCache<string>({ levels: [memory(), broken], world })
    expect(await cache.warm(keys(3))).toEqual({ ...nothing, failed: 3 })
  })

  it('refuses what are no keys, and wrong options', async () => {
    const cache = createCache({ world: new FakeWorld() })
    for (const wrong of [undefined, null, 1, 'k', {}]) {
      await expect(cache.warm(wrong as never)).rejects.toMatchObject({ code: 'ERR_ARGUMENT_INVALID' })
    }
    await expect(cache.warm(['k', 1] as never)).rejects.toMatchObject({ code: 'ERR_KEY_INVALID' })
    const fetch = () => 1
    await expect(cache.warm([], { fetch, fetchMany: () => [] })).rejects.toMatchObject({ code: 'ERR_OPTION_INVALID' })
    await expect(cache.warm([], { concurency: 1 } as never)).rejects.toThrow(/Did you mean 'concurrency'/)
    await expect(cache.warm([], { concurrency: 0 })).rejects.toMatchObject({ code: 'ERR_OPTION_INVALID' })
    await cache.close()
    await expect(cache.warm([])).rejects.toMatchObject({ code: 'ERR_CLOSED' })
  })
})

describe('warming from the source', () => {
  it('fetches what no level has, at most so many at a time', async () => {
    const { cache, world } = twoLevels(1000)
    await cache.set('k0', 'known')
    await cache.delete('k0')
    let atATime = 0
    let most = 0
    const fetch = async (key: string) => {
      most = Math.max(most, ++atATime)
      await new Promise((resolve) => setImmediate(resolve))
      atATime--
      if (key === 'k7') throw new Error('down')
      if (key === 'k8') return notFound()
      return key === 'k9' ? undefined : `${key}!`
    }
    const report = await cache.warm(keys(250), { fetch, concurrency: 3 })
    expect(report).toEqual({ ...nothing, warmed: 247, failed: 1, missing: 2 })
    expect(most).toBe(3)
    expect(cache.peek('k249')).toBe('k249!')
    expect(await cache.get('k7')).toBeUndefined()
    expect(world.failures).toEqual([])
  })

  it('fetches in batches, and a batch that fails is counted', async () => {
    const { cache } = twoLevels(1000)
    const asked: number[] = []
    const fetchMany = async (some: readonly string[]) => {
      asked.push(some.length)
      if (some.includes('k120')) throw new Error('down')
      return new Map(some.map((key) => [key, key]))
    }
    expect(await cache.warm(keys(250), { fetchMany })).toEqual({ ...nothing, warmed: 150, failed: 100 })
    expect(asked).toEqual([100, 100, 50])
  })

  it('gives keys of a namespace to the fetcher as the namespace knows them', async () => {
    const { cache } = twoLevels(1000)
    const users = cache.namespace<string>('users')
    const asked: string[] = []
    const own = (some: readonly string[]) => {
      asked.push(...some)
      return some
    }
    await users.warm(['1', '2'], { fetch: (key) => own([key])[0], tags: ['user'], ttl: '1h' })
    await users.warm(['3'], { fetchMany: own })
    expect(asked).toEqual(['1', '2', '3'])
    expect(cache.peek('users:3')).toBe('3')
    expect(await users.ttl('1')).toBe(3_600_000)
    await cache.invalidateTags(['user'])
    expect(await users.get('1')).toBeUndefined()
    expect(await users.get('3')).toBe('3')
  })

  it('ends when its signal aborts, and says what was left', async () => {
    const { cache } = twoLevels(1000)
    const controller = new AbortController()
    const fetch = async (key: string, { signal }: { signal: AbortSignal }) => {
      if (key === 'k5') controller.abort(new Error('enough'))
      if (key < 'k5') return key
      return new Promise<string>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    }
    const report = await cache.warm(keys(300), { fetch, signal: controller.signal, concurrency: 1 })
    expect(report).toMatchObject({ failed: 0, missing: 0, left: 300 - report.warmed })
    expect(report.left).toBeGreaterThan(0)
    expect(await cache.warm(keys(3), { fetch, signal: AbortSignal.abort() })).toMatchObject({ left: 3 })
  })

  it('asks the source for nothing more once its signal has aborted, whatever the fetcher makes of it', async () => {
    const { cache, world } = twoLevels(1000)
    const controller = new AbortController()
    const fetched: string[] = []
    const fetch = async (key: string) => {
      fetched.push(key)
      if (fetched.length === 6) controller.abort()
      await Promise.resolve()
      return key
    }
    await cache.warm(keys(300), { fetch, signal: controller.signal, concurrency: 2 })
    await world.settle()
    expect(fetched.length).toBeLessThanOrEqual(7)
  })

  it('keeps to the limit of the source, and tries again what it is allowed to', async () => {
    const world = new FakeWorld()
    const source = { maxConcurrent: 2, maxQueued: 0, retries: { backoff: 0 } }
    const cache = createCache<string>({ levels: [memory()], world, source })
    let underWay = 0
    let most = 0
    const failed = new Set<string>()
    const fetch = async (key: string) => {
      most = Math.max(most, ++underWay)
      await Promise.resolve()
      underWay--
      if (key !== 'k7' || failed.has(key)) return key
      failed.add(key)
      throw new Error('once')
    }
    const warming = cache.warm(keys(30), { fetch, concurrency: 10 })
    await world.settle()
    world.advance(1)
    expect(await warming).toEqual({ ...nothing, warmed: 30 })
    expect(most).toBe(2)
    expect(cache.stats()).toMatchObject({ fetches: 31, fetchFailures: 1, source: { retried: 1, shed: 0, inFlight: 0 } })
  })

  it('leaves out what a batch tells of keys that nobody asked for: there may be no room', async () => {
    const { cache } = twoLevels(10)
    await cache.setMany(keys(5).map((key) => [key, 'asked for']))
    const before = cache.stats().levels[0]!.evictions
    const fetchMany = (asked: readonly string[]) => new Map([...asked, ...keys(100, 100)].map((key) => [key, key]))
    expect(await cache.warm(['a', 'b'], { fetchMany, most: 1 })).toEqual({ ...nothing, warmed: 1, left: 1 })
    expect(listed(cache).toSorted()).toEqual([...keys(5), 'a'].toSorted())
    expect(cache.stats().levels[0]!.evictions).toBe(before)
  })

  it('rejects with what onProgress throws', async () => {
    const { cache } = twoLevels(1000)
    const onProgress = () => {
      throw new Error('mine')
    }
    await expect(cache.warm(keys(300), { fetch: (key) => key, onProgress })).rejects.toThrow('mine')
  })

  it('keeps nothing that an invalidation overtakes', async () => {
    const { cache } = twoLevels(1000)
    const gate = Promise.withResolvers<string>()
    const warming = cache.warm(['k'], { fetch: () => gate.promise })
    await new Promise((resolve) => setImmediate(resolve))
    await cache.delete('k')
    gate.resolve('old')
    expect(await warming).toEqual({ ...nothing, refused: 1 })
    expect(await cache.get('k')).toBeUndefined()
  })
})

describe('warming from another cache', () => {
  it('takes values, with the time they have left, tags and version, in the same order', async () => {
    const world = new FakeWorld()
    const make = () => createCache<string>({ levels: [memory({ maxEntries: 10, policy: 'lru' })], world })
    const old = make()
    await old.set('a', '1', { ttl: 1000, tags: ['t'], version: 7 })
    await old.set('b', '2')
    await old.set('c', '3')
    await old.get('a')
    world.advance(400)
    const fresh = make()
    await fresh.put('b', 'own')
    expect(await fresh.warm(old)).toEqual({ ...nothing, warmed: 2, present: 1 })
    expect(listed(fresh)).toEqual(['b', 'c', 'a'])
    expect(fresh.peek('b')).toBe('own')
    expect(await fresh.ttl('a')).toBe(600)
    await fresh.set('a', 'older', { version: 6 })
    expect(fresh.peek('a')).toBe('1')
    await fresh.invalidateTags(['t'])
    expect(await fresh.get('a')).toBeUndefined()
    world.advance(600)
    expect(old.peek('a')).toBeUndefined()
  })

  it('takes the hottest where there is no room for all', async () => {
    const world = new FakeWorld()
    const old = createCache<number>({ levels: [memory({ maxEntries: 100, policy: 'lru' })], world })
    for (let n = 0; n < 100; n++) await old.set(`k${n}`, n)
    const fresh = createCache<number>({ levels: [memory({ maxEntries: 10, policy: 'lru' })], world })
    expect(await fresh.warm(old)).toEqual({ ...nothing, warmed: 10, left: 90 })
    expect(listed(fresh)).toEqual(keys(10, 90))
    const few = createCache<number>({ world })
    expect(await few.warm(old, { most: 3 })).toMatchObject({ warmed: 3, left: 97 })
    expect(few.peek('k99')).toBe(99)
  })

  it('takes one part of it, and names it anew between namespaces', async () => {
    const world = new FakeWorld()
    const old = createCache<number>({ world })
    await old.namespace<number>('users').set('a:1', 1)
    await old.namespace<number>('users').set('b:1', 2)
    await old.set('other', 3)
    const fresh = createCache<number>({ world })
    const people = fresh.namespace<number>('people')
    expect(await people.warm(old.namespace('users'), { prefix: 'a:' })).toEqual({ ...nothing, warmed: 1 })
    expect(listed(fresh)).toEqual(['people:a:1'])
    expect(people.peek('a:1')).toBe(1)
  })

  it('brings nothing back that was ever invalidated here', async () => {
    const world = new FakeWorld()
    const old = createCache<number>({ world })
    for (const key of ['a', 'b', 'c', 'p:d', 'e']) await old.set(key, 1, { tags: [`t${key}`] })
    const fresh = createCache<number>({ world })
    await fresh.delete('a')
    await fresh.set('b', 2, { ttl: 10 })
    await fresh.invalidateTags(['tc'])
    await fresh.clearPrefix('p:')
    world.advance(20)
    expect(await fresh.warm(old)).toEqual({ ...nothing, warmed: 1, refused: 4 })
    expect(['a', 'b', 'c', 'p:d', 'e'].filter((key) => fresh.peek(key) !== undefined)).toEqual(['e'])
  })

  it('takes only the keys in front of a shared level, and reads the values there', async () => {
    const world = new FakeWorld()
    const map = new Map<string, never>()
    const old = createCache<string>({ levels: [memory(), fromAsync(map)], world })
    await old.set('a', 'old')
    await old.set('b', 'same')
    await old.put('c', 'only in level 1')
    await createCache<string>({ levels: [fromAsync(map)], world }).set('a', 'new')
    const fresh = createCache<string>({ levels: [memory(), shared(fromAsync(map))], world })
    expect(await fresh.warm(old)).toEqual({ ...nothing, warmed: 2, missing: 1 })
    expect([fresh.peek('a'), fresh.peek('b'), fresh.peek('c')]).toEqual(['new', 'same', undefined])
    expect(old.peek('a')).toBe('old')
  })

  it('warms as a fresh cache reads: whatever was done before, no value comes back that was invalidated here', async () => {
    const key = fc.constantFrom('a', 'b', 'c')
    const act = fc.oneof(
      fc.record({ kind: fc.constant('old set' as const), key }),
      fc.record({ kind: fc.constantFrom('set' as const, 'delete' as const, 'tag' as const, 'warm' as const), key }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 25 }), async (acts) => {
        const world = new FakeWorld()
        const old = createCache<string>({ world })
        const cache = createCache<string>({ world })
        /** What may be read; `any` of the old ones where nothing was said of the key here. */
        const here = new Map<string, string | undefined>()
        for (const [n, { kind, key: k }] of acts.entries()) {
          if (kind === 'old set') await old.set(k, `old ${n}`, { tags: [k] })
          else if (kind === 'warm') await cache.warm(old)
          else {
            if (kind === 'set') await cache.set(k, `own ${n}`, { tags: [k] })
            else await (kind === 'delete' ? cache.delete(k) : cache.invalidateTags([k]))
            here.set(k, kind === 'set' ? `own ${n}` : undefined)
          }
          for (const each of ['a', 'b', 'c']) if (here.has(each)) expect(cache.peek(each)).toBe(here.get(each))
        }
      }),
      { numRuns: 200 },
    )
  })
})
