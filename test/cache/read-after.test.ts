import { describe, expect, it, vi } from 'vitest'
import { readToken } from '../../src/coherence/token.ts'
import { type CacheOptions, createCache, type LevelFactory, type MultiLevelCache, memory } from '../../src/index.ts'
import { keyv } from '../../src/levels/keyv.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import type { CallFate, LedgerCall, SimulatedConnection } from '../../src/testing/simulated-ledger.ts'
import { SimulatedLedgerServer } from '../../src/testing/simulated-ledger-server.ts'
import { ledgerLevel } from '../fleet/ledger-level.ts'
import { virtualTime } from '../fleet/virtual-time.ts'

const FOREVER = Number.POSITIVE_INFINITY
/** Nothing the feed tells arrives, and no pulse comes while a test lasts. */
const MAX_STALENESS = 3_600_000
const TIMEOUT = 250

function level(server: SimulatedLedgerServer, connection?: SimulatedConnection): LevelFactory {
  return ledgerLevel(() => server.connect(connection), { maxStaleness: MAX_STALENESS })
}

/** One process that writes, and one that hears nothing of it. */
function pair({ shards = 4, servers = 1, ...options }: { shards?: number; servers?: number } & CacheOptions = {}) {
  const world = new FakeWorld()
  const stores = Array.from({ length: servers }, () => new SimulatedLedgerServer(world, { shards }))
  const calls: LedgerCall[] = []
  let fate: CallFate = {}
  let isWarm = false
  const deaf: SimulatedConnection = {
    arrivals: () => [],
    fate: (call) => {
      calls.push(call)
      return fate
    },
  }
  const make = (connection?: SimulatedConnection) =>
    createCache<unknown>({
      ...options,
      levels: [memory(), ...stores.map((server) => level(server, connection))],
      world,
    })
  const writer = make()
  const reader = make(deaf)
  const { during } = virtualTime(world)
  return {
    world,
    stores,
    writer,
    reader,
    during,
    /** Sets a key, and has the reader keep what it is. */
    async share(key: string, value: unknown, tags: string[] = []) {
      // Until each shard was asked once, level 1 is believed by nobody.
      const some = Array.from({ length: 4 * shards }, (_, n) => `some ${n}`)
      if (!isWarm) await during(Promise.all([writer.getMany(some), reader.getMany(some)]))
      isWarm = true
      await during(writer.set(key, value, { tags }))
      expect(await during(reader.get(key))).toBe(value)
      expect(reader.peek(key)).toBe(value)
    },
    /** What the reader asks of the store meanwhile. */
    async counted<T>(work: () => Promise<T>): Promise<{ answer: T; calls: LedgerCall[] }> {
      calls.length = 0
      const answer = await during(work())
      return { answer, calls: [...calls] }
    },
    become: (next: CallFate) => {
      fate = next
    },
    close: () => {
      fate = {}
      return during(Promise.all([writer.close(), reader.close()]))
    },
  }
}

describe('a read after a write of another process, of which it has heard nothing', () => {
  it('returns what was written, and asks once; without a token it is behind', async () => {
    const { writer, reader, share, during, counted, close } = pair()
    await share('a', 'old')
    await during(writer.set('a', 'new'))
    const after = writer.token()
    expect(await counted(() => reader.get('a'))).toEqual({ answer: 'old', calls: [] })
    expect(await counted(() => reader.get('a', { after }))).toEqual({ answer: 'new', calls: ['sync', 'get'] })
    // Now it is known, and the read a hit of level 1.
    expect(await counted(() => reader.get('a', { after }))).toEqual({ answer: 'new', calls: [] })
    expect(await counted(() => reader.get('a'))).toEqual({ answer: 'new', calls: [] })
    await close()
  })

  const source = vi.fn(async (key: string) => `${key} of the source`)
  const reads: Record<string, (cache: MultiLevelCache, after: string) => Promise<unknown>> = {
    get: (cache, after) => cache.get('a', { after }),
    getMany: async (cache, after) => (await cache.getMany(['a'], { after }))[0],
    getOrFetch: async (cache, after) => (await cache.getOrFetch('a', source, { after })).data,
    'getOrFetch, only if cached': async (cache, after) =>
      (await cache.getOrFetch('a', source, { after, onlyIfCached: true })).data,
    getOrFetchMany: async (cache, after) =>
      (await cache.getOrFetchMany(['a'], async (keys) => keys.map((key) => `${key} of the source`), { after }))[0]!
        .data,
    'getOrFetchMany, only if cached': async (cache, after) =>
      (await cache.getOrFetchMany(['a'], async () => [], { after, onlyIfCached: true }))[0]!.data,
    'get in a session': (cache, after) => cache.following(after, () => cache.get('a')),
    'getMany in a session': async (cache, after) => (await cache.following(after, () => cache.getMany(['a'])))[0],
    'getOrFetch in a session': async (cache, after) =>
      (await cache.following(after, () => cache.getOrFetch('a', source))).data,
  }
  const writes: Record<string, { of: (cache: MultiLevelCache) => Promise<unknown>; leaves: unknown }> = {
    set: { of: (cache) => cache.set('a', 'new'), leaves: 'new' },
    setMany: { of: (cache) => cache.setMany([['a', 'new']]), leaves: 'new' },
    delete: { of: (cache) => cache.delete('a'), leaves: undefined },
    invalidateTags: { of: (cache) => cache.invalidateTags(['t']), leaves: undefined },
    clear: { of: (cache) => cache.clear(), leaves: undefined },
    clearPrefix: { of: (cache) => cache.clearPrefix('a'), leaves: undefined },
    increment: { of: (cache) => cache.increment('a'), leaves: 2 },
    'expire with 0': { of: (cache) => cache.expire('a', 0), leaves: undefined },
  }
  for (const [write, { of, leaves }] of Object.entries(writes)) {
    for (const [read, ask] of Object.entries(reads)) {
      it(`${read} is not behind a ${write}`, async () => {
        const { writer, reader, share, during, counted, close } = pair()
        await share('a', 1, ['t'])
        await during(of(writer))
        const { answer, calls } = await counted(() => ask(reader, writer.token()))
        const isFetching = read.startsWith('getOrFetch') && !read.endsWith('cached')
        expect(answer).toBe(leaves ?? (isFetching ? 'a of the source' : undefined))
        expect(calls.filter((call) => call === 'sync')).toEqual(['sync'])
        await close()
      })
    }
    it(`has is not behind a ${write}`, async () => {
      const { writer, reader, share, during, close } = pair()
      await share('a', 1, ['t'])
      await during(of(writer))
      expect(await during(reader.has('a'))).toBe(true)
      expect(await during(reader.has('a', { after: writer.token() }))).toBe(leaves !== undefined)
      await close()
    })
  }

  it('asks each shard once for many keys', async () => {
    const { writer, reader, share, during, counted, close } = pair()
    const keys = Array.from({ length: 40 }, (_, n) => `key${n}`)
    for (const key of keys) await share(key, 'old')
    await during(writer.setMany(keys.map((key) => [key, 'new'])))
    const after = writer.token()
    const { answer, calls } = await counted(() => reader.getMany([...keys, 'key0'], { after }))
    expect(answer).toEqual([...keys, 'key0'].map(() => 'new'))
    expect(calls.filter((call) => call === 'sync').length).toBe(4)
    await close()
  })

  it('shares its question with all who ask at the same time', async () => {
    const { writer, reader, share, during, counted, close } = pair()
    await share('a', 'old')
    await during(writer.set('a', 'new'))
    const after = writer.token()
    const { answer, calls } = await counted(() =>
      Promise.all(Array.from({ length: 50 }, () => reader.get('a', { after }))),
    )
    expect(new Set(answer)).toEqual(new Set(['new']))
    expect(calls).toEqual(['sync', 'get'])
    await close()
  })

  it('asks nothing about shards to which nothing was written', async () => {
    const { stores, writer, reader, share, during, counted, close } = pair()
    const [one, other] = ['a', 'b', 'c', 'd', 'e'].filter(
      (key, _, all) => key === 'a' || key === all.find((each) => stores[0]!.shardOf(each) !== stores[0]!.shardOf('a')),
    )
    await share(one!, 'old')
    // From here on no write to the other shard.
    const { token } = await writer.following(undefined, async () => {
      await during(writer.set(one!, 'new'))
      return { token: writer.token() }
    })
    await during(reader.get(other!))
    expect((await counted(() => reader.has(other!, { after: token }))).calls).not.toContain('sync')
    await close()
  })

  it('joins no lookup and no fetch that set out before', async () => {
    const { writer, reader, world, share, during, become, close } = pair({ shards: 1 })
    await share('other', 'old')
    await during(writer.set('a', 'old'))
    // Found at once, told late.
    become({ effect: 0, answer: 50 })
    const early = reader.get('a')
    await world.settle()
    become({})
    await during(writer.set('a', 'new'))
    expect(await during(reader.get('a', { after: writer.token() }))).toBe('new')
    await during(early)
    expect(await during(reader.get('a'))).toBe('new')

    let value = 'old of the source'
    const gate = Promise.withResolvers<void>()
    const slow = reader.getOrFetch('b', async () => {
      const told = value
      await gate.promise
      return told
    })
    await during(reader.get('other'))
    value = 'new of the source'
    await during(writer.delete('b'))
    const asked = reader.getOrFetch('b', async () => value, { after: writer.token() })
    for (let n = 0; n < 5; n++) {
      await world.settle()
      world.advance(1)
    }
    gate.resolve()
    expect((await during(asked)).data).toBe('new of the source')
    expect((await during(slow)).data).toBe('old of the source')
    expect(await during(reader.get('b'))).toBe('new of the source')
    await close()
  })

  it('fetches anew where that is wanted, and has no stale copy stand in that it cannot believe', async () => {
    const { writer, reader, world, share, during, become, close } = pair({ shards: 1, staleFor: FOREVER })
    await share('a', 'old')
    await during(writer.set('a', 'new'))
    const after = writer.token()
    become({ effect: FOREVER, answer: FOREVER })
    const slow = async () => {
      await new Promise<void>((resolve) => void world.after(500, resolve))
      return 'fetched'
    }
    const bypass = { after, bypass: true, softTimeout: 0 }
    expect((await during(reader.getOrFetch('a', slow, bypass))).data).toBe('fetched')
    const many = reader.getOrFetchMany(['a'], async () => ['fetched again'], bypass)
    expect((await during(many))[0]!.data).toBe('fetched again')
    await close()
  })

  it('over two shared levels asks each once', async () => {
    const { writer, reader, share, during, counted, close } = pair({ servers: 2 })
    await share('a', 'old')
    await during(writer.set('a', 'new'))
    const { answer, calls } = await counted(() => reader.get('a', { after: writer.token() }))
    expect(answer).toBe('new')
    expect(calls.filter((call) => call === 'sync').length).toBe(2)
    await close()
  })

  it('asks those above a level that was not told in time, for what it still held may have been brought up', async () => {
    const world = new FakeWorld()
    const { pass, during } = virtualTime(world)
    const [upper, deepest] = [1, 2].map(() => new SimulatedLedgerServer(world, { shards: 1 }))
    let fate: CallFate = {}
    const cacheOf = (connection: SimulatedConnection, below = connection) =>
      createCache({ levels: [memory(), level(upper!, connection), level(deepest!, below)], world })
    const writer = cacheOf({}, { fate: () => fate })
    const reader = cacheOf({ arrivals: () => [] })
    await during(writer.set('a', 'old', { tags: ['t'] }))
    expect(await during(reader.get('a'))).toBe('old')
    fate = { effect: FOREVER, answer: 1, fails: true }
    await during(writer.invalidateTags(['t']))
    const after = writer.token()
    expect(await during(reader.get('a', { after }))).toBe('old')
    fate = {}
    while (writer.stats().levels.some(({ pending }) => pending > 0)) await pass(100)
    expect(await during(reader.get('a', { after }))).toBeUndefined()
    for (const cache of [writer, reader]) await during(cache.close())
  })
})

describe('a token', () => {
  it('that is no string is an error, and any other text a question', async () => {
    const { writer, reader, share, counted, during, close } = pair({ shards: 1 })
    await share('a', 'old')
    await during(reader.get('a', { after: writer.token() }))
    for (const after of [5, null, {}, ['x']] as never[]) {
      await expect(during(reader.get('a', { after }))).rejects.toMatchObject({ code: 'ERR_ARGUMENT_INVALID' })
      await expect(during(reader.getMany(['a'], { after }))).rejects.toMatchObject({ code: 'ERR_ARGUMENT_INVALID' })
      const fetching = reader.getOrFetch('a', () => 1, { after })
      await expect(during(fetching)).rejects.toMatchObject({ code: 'ERR_ARGUMENT_INVALID' })
    }
    expect(() => reader.following(5 as never, () => 1)).toThrow(/expected a token/)
    expect(() => reader.following((() => 1) as never, undefined as never)).toThrow(
      'following: expected a token and a function, got undefined',
    )
    for (const after of ['', 'x', '🙂', 'A'.repeat(100_000), pairToken()]) {
      expect(await counted(() => reader.get('a', { after }))).toEqual({ answer: 'old', calls: ['sync'] })
      // Nothing was taken out of level 1.
      expect(await counted(() => reader.get('a'))).toEqual({ answer: 'old', calls: [] })
    }
    await close()
  })

  /** Of another fleet. */
  function pairToken(): string {
    return 'AQAAAAAAAQEAAQEAERERERERATMzMw'
  }

  it('misspelt is told', async () => {
    const { reader, during, close } = pair()
    await expect(during(reader.get('a', { afer: 'x' } as never))).rejects.toThrow(/Did you mean 'after'/)
    await close()
  })

  it('of a cache that wrote nothing asks for nothing', async () => {
    const { writer, reader, share, counted, close } = pair()
    await share('a', 'old')
    const fresh = createCache<unknown>({ levels: [memory()] })
    expect((await counted(() => reader.get('a', { after: fresh.token() }))).calls).toEqual([])
    await writer.following(undefined, async () => {
      expect((await counted(() => reader.get('a', { after: writer.token() }))).calls).toEqual([])
    })
    await fresh.close()
    await close()
  })

  it('says that a write has not landed', async () => {
    const world = new FakeWorld()
    const server = new SimulatedLedgerServer(world, { shards: 1 })
    let fate: CallFate = {}
    const cache = createCache({ levels: [memory(), level(server, { fate: () => fate })], world })
    const pass = async (ms: number): Promise<void> => {
      for (let passed = 0; passed < ms; passed += 10) {
        world.advance(10)
        await world.settle()
      }
    }
    const warm = cache.set('a', 1)
    await pass(100)
    await warm
    expect(cache.token()).toMatch(/^.{20,40}$/)
    fate = { effect: FOREVER, answer: FOREVER }
    const writing = cache.set('a', 2)
    await pass(2000)
    expect((await writing).ok).toBe(false)
    const pending = cache.token()
    fate = {}
    await pass(60_000)
    expect(cache.stats().levels[1]!.pending).toBe(0)
    const landed = cache.token()
    expect(readToken(pending)!.positions[0]!.isOpen).toBe(true)
    expect(readToken(landed)!.positions[0]!.isOpen).toBe(false)
    const closing = cache.close()
    await pass(2000)
    await closing
  })
})

describe('a read after a write, where the shared level does not answer', () => {
  const silent: CallFate = { effect: FOREVER, answer: FOREVER }

  it('is answered by the source, or not at all, however others are served', async () => {
    const { world, writer, reader, share, during, become, close } = pair({ shards: 1, whenCutOff: 'serve' })
    await share('a', 'old')
    await during(writer.set('a', 'new'))
    const after = writer.token()
    become(silent)
    const asked = world.mono()
    expect(await during(reader.get('a', { after }))).toBeUndefined()
    expect(world.mono() - asked).toBeLessThanOrEqual(TIMEOUT + 1)
    // From now on nobody waits for it.
    const later = world.mono()
    expect(await during(reader.getMany(['a'], { after }))).toEqual([undefined])
    expect(await during(reader.has('a', { after }))).toBe(false)
    expect(world.mono()).toBe(later)
    const source = async () => 'new of the source'
    expect((await during(reader.getOrFetch('a', source, { after }))).data).toBe('new of the source')
    const many = reader.getOrFetchMany(['a'], async () => ['new of the source'], { after })
    expect((await during(many))[0]!.data).toBe('new of the source')
    expect(await during(reader.get('b'))).toBeUndefined()
    await close()
  })

  it('is served from level 1 where the token was reached before', async () => {
    const { writer, reader, share, during, become, counted, close } = pair({ shards: 1 })
    await share('a', 'old')
    await during(writer.set('a', 'new'))
    const after = writer.token()
    expect(await during(reader.get('a', { after }))).toBe('new')
    become(silent)
    expect(await counted(() => reader.get('a', { after }))).toEqual({ answer: 'new', calls: [] })
    await close()
  })

  it('fetches once for all who bring tokens, and joins no fetch of before', async () => {
    const { world, writer, reader, share, during, become, close } = pair({ shards: 1 })
    await share('a', 'old')
    await during(writer.set('a', 'new'))
    const after = writer.token()
    become(silent)
    await during(reader.get('a', { after }))
    let fetches = 0
    const source = async () => {
      const nth = ++fetches
      await new Promise<void>((resolve) => void world.after(100, resolve))
      return `fetch ${nth}`
    }
    const early = reader.getOrFetch('c', source)
    for (let n = 0; n < 400; n++) {
      await world.settle()
      world.advance(1)
      if (fetches === 1) break
    }
    const late = Array.from({ length: 20 }, () => reader.getOrFetch('c', source, { after: `${after.slice(0, -1)}_` }))
    const answers = await during(Promise.all(late))
    expect(new Set(answers.map(({ data }) => data))).toEqual(new Set(['fetch 2']))
    expect((await during(early)).data).toBe('fetch 1')
    await close()
  })

  it('fetches again for who brings another token, as that may tell of a later write', async () => {
    const { world, writer, reader, share, during, become, close } = pair({ shards: 1 })
    await share('a', 'old')
    await during(writer.set('a', 'new'))
    const first = writer.token()
    await during(writer.set('a', 'newer'))
    const second = writer.token()
    become(silent)
    await during(reader.get('a', { after: first }))
    let fetches = 0
    const source = async () => {
      const nth = ++fetches
      await new Promise<void>((resolve) => void world.after(100, resolve))
      return nth
    }
    const ask = (after: string) => reader.getOrFetch('a', source, { after })
    const started = [ask(first), ask(first)]
    await world.settle()
    started.push(ask(first))
    await world.settle()
    started.push(ask(second))
    await world.settle()
    started.push(ask(second), ask(first))
    const answers = await during(Promise.all(started))
    expect(answers.map(({ data }) => data)).toEqual([1, 1, 1, 2, 2, 2])
    await close()
  })

  it('takes no stale copy for an answer when the source fails', async () => {
    const { world, writer, reader, during, become, close } = pair({ shards: 1, staleFor: FOREVER })
    await during(writer.set('a', 'old', { ttl: 100 }))
    await during(reader.get('a'))
    world.advance(200)
    await during(writer.set('a', 'new', { ttl: 100 }))
    const after = writer.token()
    become(silent)
    const failing = async () => {
      throw new Error('the source failed')
    }
    await expect(during(reader.getOrFetch('a', failing, { after }))).rejects.toThrow('the source failed')
    expect((await during(reader.getOrFetch('a', failing))).data).toBe('old')
    await close()
  })
})

describe('a session', () => {
  it('makes its reads follow what it was given, and nobody else', async () => {
    const { writer, reader, share, during, counted, close } = pair()
    await share('a', 'old')
    await during(writer.set('a', 'new'))
    const after = writer.token()
    expect(await counted(() => reader.following(undefined, () => reader.get('a')))).toEqual({
      answer: 'old',
      calls: [],
    })
    const inside = await counted(() =>
      reader.following(after, async () => {
        await Promise.resolve()
        return [await reader.get('a'), await reader.get('a')]
      }),
    )
    expect(inside).toEqual({ answer: ['new', 'new'], calls: ['sync', 'get'] })
    expect(await counted(() => reader.get('a'))).toEqual({ answer: 'new', calls: [] })
    await close()
  })

  it('is answered by level 1 where that is behind nothing, one key or several, also while the store is down', async () => {
    const { writer, reader, share, during, become, counted, close } = pair({ shards: 1 })
    await share('a', 'old')
    await during(writer.set('a', 'new'))
    const after = writer.token()
    await during(reader.get('a', { after }))
    become({ effect: FOREVER, answer: FOREVER })
    const source = async () => 'of the source'
    const inside = await counted(() =>
      reader.following(after, async () => [
        await reader.get('a'),
        ...(await reader.getMany(['a'])),
        ...(await reader.getOrFetchMany(['a'], async () => ['of the source'])).map(({ data }) => data),
        (await reader.getOrFetch('a', source, { levels: { L2: true } })).data,
      ]),
    )
    expect(inside).toEqual({ answer: ['new', 'new', 'new', 'new'], calls: [] })
    await close()
  })

  it('has a token of its own writes, not of those beside it', async () => {
    const { writer, share, stores, during, close } = pair({ shards: 64 })
    await share('a', 'old')
    const beside = ['b', 'c', 'd', 'e', 'f'].find((key) => stores[0]!.shardOf(key) !== stores[0]!.shardOf('a'))!
    const [own, other, none] = await during(
      Promise.all([
        writer.following(undefined, async () => {
          await writer.set('a', 1)
          return writer.token()
        }),
        writer.following(undefined, async () => {
          await writer.set(beside, 1)
          return writer.token()
        }),
        writer.following(undefined, async () => {
          await writer.get('a')
          return writer.token()
        }),
      ]),
    )
    const shards = (token: string) => [...readToken(token)!.positions[0]!.marks.keys()]
    expect(shards(own)).toEqual([stores[0]!.shardOf('a')])
    expect(shards(other)).toEqual([stores[0]!.shardOf(beside)])
    expect(shards(none)).toEqual([])
    expect(new Set(shards(writer.token()))).toEqual(new Set([...shards(own), ...shards(other)]))
    await close()
  })

  it('hands on what it was given, with what it wrote', async () => {
    const { stores, writer, reader, share, during, counted, close } = pair({ shards: 64 })
    const other = ['b', 'c', 'd', 'e', 'f'].find((key) => stores[0]!.shardOf(key) !== stores[0]!.shardOf('a'))!
    await share('a', 'old')
    await share(other, 'old')
    const first = await writer.following(undefined, async () => {
      await during(writer.set('a', 'new'))
      return writer.token()
    })
    const second = await writer.following(first, async () => {
      await during(writer.set(other, 'new'))
      return writer.token()
    })
    expect(await counted(() => reader.get('a', { after: second }))).toMatchObject({ answer: 'new' })
    expect(await counted(() => reader.get(other, { after: second }))).toMatchObject({ answer: 'new' })
    // Moved on within one shard.
    const third = await writer.following(second, async () => {
      await during(writer.set('a', 'newer'))
      return writer.token()
    })
    expect(readToken(third)!.positions[0]!.marks.size).toBe(2)
    expect(await during(reader.get('a', { after: third }))).toBe('newer')
    await close()
  })

  it('in another one takes its place; errors and results pass through', async () => {
    const { writer, reader, share, during, close } = pair()
    await share('a', 'old')
    await during(writer.set('a', 'new'))
    const after = writer.token()
    const nested = reader.following(after, () => reader.following(undefined, () => reader.get('a')))
    expect(await during(nested)).toBe('old')
    expect(reader.following(after, () => 7)).toBe(7)
    expect(() =>
      reader.following(after, () => {
        throw new Error('mine')
      }),
    ).toThrow('mine')
    await close()
  })

  it('is one for all namespaces', async () => {
    const { writer, reader, during, close } = pair()
    await during(writer.namespace('n').set('a', 'old'))
    expect(await during(reader.namespace('n').get('a'))).toBe('old')
    await during(writer.namespace('n').set('a', 'new'))
    const after = writer.token()
    expect(await during(reader.namespace('n').get('a'))).toBe('old')
    expect(await during(reader.following(after, () => reader.namespace('n').get('a')))).toBe('new')
    await close()
  })
})

describe('over a store that tells no positions', () => {
  /** Two processes over one Keyv adapter. */
  function pairOver(): { writer: MultiLevelCache; reader: MultiLevelCache; reads: () => number } {
    const adapter = new Map<string, unknown>()
    let reads = 0
    const get = adapter.get.bind(adapter)
    adapter.get = (key) => {
      if (!key.endsWith('!floors')) reads++
      return get(key)
    }
    const make = () => createCache({ levels: [memory(), keyv(adapter, { maxStaleness: '1h' })] })
    return { writer: make(), reader: make(), reads: () => reads }
  }

  it('a read after a write of a key passes level 1 by, and reads the store once', async () => {
    const { writer, reader, reads } = pairOver()
    await writer.set('a', 'old')
    expect(await reader.get('a')).toBe('old')
    await writer.set('a', 'new')
    const before = reads()
    expect(await reader.get('a')).toBe('old')
    expect(reads()).toBe(before)
    expect(await reader.get('a', { after: writer.token() })).toBe('new')
    expect(reads()).toBe(before + 1)
    expect(await reader.get('a')).toBe('new')
    await Promise.all([writer.close(), reader.close()])
  })

  it('a read after tags, prefixes or everything were invalidated is not behind', async () => {
    const wide: ((cache: MultiLevelCache) => Promise<unknown>)[] = [
      (cache) => cache.invalidateTags(['t']),
      (cache) => cache.clearPrefix('a'),
      (cache) => cache.clear(),
    ]
    for (const invalidate of wide) {
      const { writer, reader } = pairOver()
      await writer.set('a', 'old', { tags: ['t'] })
      expect(await reader.get('a')).toBe('old')
      await invalidate(writer)
      expect(await reader.get('a')).toBe('old')
      const after = writer.token()
      expect(await reader.has('a', { after })).toBe(false)
      expect((await reader.getOrFetch('a', () => 'fetched', { after })).data).toBe('fetched')
      await Promise.all([writer.close(), reader.close()])
    }
  })

  it('asks level 1 as ever after a token of who wrote nothing', async () => {
    const { writer, reader, reads } = pairOver()
    const nothing = writer.token()
    await writer.set('a', 'old')
    await reader.get('a')
    const before = reads()
    expect(await reader.get('a', { after: nothing })).toBe('old')
    expect(reads()).toBe(before)
    await Promise.all([writer.close(), reader.close()])
  })

  it('private levels between are not believed either', async () => {
    const adapter = new Map<string, unknown>()
    const make = () =>
      createCache({ levels: [memory({ maxEntries: 1 }), memory(), keyv(adapter, { maxStaleness: '1h' })] })
    const writer = make()
    const reader = make()
    await writer.set('a', 'old')
    await reader.get('a')
    await reader.put('b', 1)
    await writer.set('a', 'new')
    expect(await reader.get('a')).toBe('old')
    expect(await reader.get('a', { after: writer.token() })).toBe('new')
    await Promise.all([writer.close(), reader.close()])
  })
})

describe('a read with a maxStaleness of its own', () => {
  it('is behind nothing that was so long ago, at the cost of one question', async () => {
    const { writer, reader, share, counted, during, close } = pair()
    await share('k', 'old')
    await during(writer.set('k', 'new'))
    expect(await during(reader.get('k'))).toBe('old')
    const { answer, calls } = await counted(() => reader.get('k', { maxStaleness: 0 }))
    expect(answer).toBe('new')
    expect(calls.filter((call) => call === 'sync')).toHaveLength(1)
    await close()
  })

  it('costs nothing while that is known', async () => {
    const { world, writer, reader, share, counted, during, close } = pair()
    await share('k', 'old')
    await during(writer.set('k', 'new'))
    world.advance(1000)
    const lenient = await counted(() => reader.get('k', { maxStaleness: '1h' }))
    expect(lenient).toEqual({ answer: 'old', calls: [] })
    const endless = await counted(() => reader.getOrFetch('k', () => 'not asked', { maxStaleness: FOREVER }))
    expect(endless).toEqual({ answer: { found: true, data: 'old' }, calls: [] })
    const strict = await counted(() => reader.getOrFetch('k', () => 'not asked', { maxStaleness: 500 }))
    expect(strict.answer).toEqual({ found: true, data: 'new' })
    await close()
  })

  it('asks the source where the store does not answer, and finds nothing where there is none', async () => {
    const { writer, reader, share, become, during, close } = pair()
    await share('k', 'old')
    await during(writer.set('k', 'new'))
    become({ effect: FOREVER, answer: FOREVER })
    expect(await during(reader.get('k', { maxStaleness: 0 }))).toBeUndefined()
    expect(await during(reader.getOrFetch('k', () => 'fetched', { maxStaleness: 0 }))).toMatchObject({
      data: 'fetched',
    })
    await close()
  })

  it('is what any other read is where nothing is shared, and refused where it is no time', async () => {
    const cache = createCache<number>({ levels: [memory()], world: new FakeWorld() })
    await cache.set('k', 1)
    expect(await cache.get('k', { maxStaleness: 0 })).toBe(1)
    expect((await cache.getOrFetchMany(['k'], () => [2], { maxStaleness: 0 }))[0]!.data).toBe(1)
    await expect(cache.get('k', { maxStaleness: 'soon' as never })).rejects.toThrow(/expected a duration/)
    await expect(cache.get('k', { maxStalenes: 1 } as never)).rejects.toThrow(/Did you mean 'maxStaleness'/)
  })
})
