import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { createCache, found, type MultiLevelCache, memory } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { faulty } from '../../src/testing/faulty-level.ts'
import { gated } from './gated-source.ts'

function twoLevels(world = new FakeWorld()): MultiLevelCache<unknown> {
  return createCache({ levels: [memory(), memory()], world })
}

async function kept(cache: MultiLevelCache<unknown>, key: string): Promise<string[]> {
  const { levels } = await cache.explain(key)
  return levels.map(({ state }) => state)
}

describe('one flight a key', () => {
  it('runs the fetcher once for a thousand callers, and gives all of them the same', async () => {
    const cache = twoLevels()
    const source = gated({ shared: true })
    const asked = Array.from({ length: 1000 }, () => cache.getOrFetch('k', source.fetch))
    source.open()
    const answers = await Promise.all(asked)
    expect(source.calls).toEqual(['k'])
    expect(new Set(answers.map(({ data }) => data)).size).toBe(1)
    expect(cache.stats()).toMatchObject({ requests: 1000, misses: 1000, fetches: 1, flights: 0 })
  })

  it('fails a thousand callers at once with the same error, and keeps nothing', async () => {
    const cache = twoLevels()
    const source = gated()
    const asked = Array.from({ length: 1000 }, () => cache.getOrFetch('k', source.fetch))
    const down = new Error('down')
    source.fail(down)
    const outcomes = await Promise.allSettled(asked)
    expect(source.calls).toHaveLength(1)
    for (const outcome of outcomes) expect(outcome).toEqual({ status: 'rejected', reason: down })
    expect(await kept(cache, 'k')).toEqual(['absent', 'absent'])
    expect(cache.stats()).toMatchObject({ fetches: 1, fetchFailures: 1, flights: 0 })
  })

  it('does not make get wait for the fetcher', async () => {
    const cache = twoLevels()
    const source = gated()
    const asked = cache.getOrFetch('k', source.fetch)
    expect(await cache.get('k')).toBeUndefined()
    expect(await cache.getMany(['k', 'j'])).toEqual([undefined, undefined])
    expect((await cache.explain('k')).flight).toBe('fetch')
    source.open()
    expect(await asked).toEqual({ found: true, data: 'fetched' })
  })

  it('is shared by batches: their fetcher is asked once, for what nobody fetches yet', async () => {
    const cache = twoLevels()
    const source = gated('single')
    await cache.set('b', 'held')
    const single = cache.getOrFetch('a', source.fetch)
    const asked: (readonly string[])[] = []
    const many = cache.getOrFetchMany(['c', 'a', 'b', 'd', 'c'], async (keys) => {
      asked.push(keys)
      return new Map([['c', 'many']])
    })
    source.open()
    const nothing = { found: false, data: undefined }
    const fetched = { found: true, data: 'many' }
    expect(await many).toEqual([
      fetched,
      { found: true, data: 'single' },
      { found: true, data: 'held' },
      nothing,
      fetched,
    ])
    expect(await single).toEqual({ found: true, data: 'single' })
    expect(asked).toEqual([['c', 'd']])
    expect(source.calls).toEqual(['a'])
    expect(await cache.getMany(['a', 'b', 'c', 'd'])).toEqual(['single', 'held', 'many', undefined])
  })

  it('is shared by a single caller who comes while a batch is under way', async () => {
    const cache = twoLevels()
    const gate = Promise.withResolvers<readonly string[]>()
    const many = cache.getOrFetchMany(['a', 'b'], () => gate.promise)
    const single = cache.getOrFetch('b', () => expect.unreachable())
    gate.resolve(['1', '2'])
    expect(await single).toEqual({ found: true, data: '2' })
    expect(await many).toHaveLength(2)
  })

  it('fails every key of a batch whose fetcher fails or answers with another number of answers', async () => {
    const cache = twoLevels()
    const down = new Error('down')
    await expect(cache.getOrFetchMany(['a', 'b'], () => Promise.reject(down))).rejects.toBe(down)
    await expect(cache.getOrFetchMany(['a', 'b'], () => ['one'])).rejects.toMatchObject({
      code: 'ERR_ARGUMENT_INVALID',
    })
    expect(cache.stats().flights).toBe(0)
  })

  it('is shared on the way through the levels, too: one read of L2 for all', async () => {
    const world = new FakeWorld()
    let reads = 0
    const far = faulty(memory(), (operation) => {
      if (operation === 'read') reads++
      return { before: operation === 'read' ? 10 : 0 }
    })
    const cache = createCache({ levels: [memory(), far], world })
    const asked = [cache.get('k'), cache.get('k'), cache.getOrFetch('k', () => 1), cache.getMany(['k'])]
    world.advance(10)
    expect(await Promise.all(asked)).toEqual([undefined, undefined, { found: true, data: 1 }, [undefined]])
    expect(reads).toBe(1)
  })
})

describe('an invalidation during a flight', () => {
  const invalidations: Record<string, (cache: MultiLevelCache<unknown>) => Promise<unknown>> = {
    delete: (cache) => cache.delete('user:1'),
    deleteMany: (cache) => cache.deleteMany(['other', 'user:1']),
    clear: (cache) => cache.clear(),
    clearPrefix: (cache) => cache.clearPrefix('user:'),
    invalidateTags: (cache) => cache.invalidateTags(['users']),
    'set with a ttl of 0': (cache) => cache.set('user:1', 'x', { ttl: 0 }),
  }

  for (const [name, invalidate] of Object.entries(invalidations)) {
    it(`${name} grounds it: callers are answered, nothing is kept, the next caller fetches anew`, async () => {
      const cache = twoLevels()
      const old = gated()
      const asked = cache.getOrFetch('user:1', old.fetch)
      await Promise.resolve()
      await invalidate(cache)
      const fresh = gated('fresh')
      const later = cache.getOrFetch('user:1', fresh.fetch)
      old.open(found('old', { tags: ['users'] }))
      expect(await asked).toEqual({ found: true, data: 'old' })
      expect(await kept(cache, 'user:1')).toEqual(['absent', 'absent'])
      fresh.open()
      expect(await later).toEqual({ found: true, data: 'fresh' })
      expect(await cache.get('user:1')).toBe('fresh')
      expect([old.calls, fresh.calls]).toEqual([['user:1'], ['user:1']])
    })
  }

  it('set grounds it: what was set stays', async () => {
    const cache = twoLevels()
    const source = gated()
    const asked = cache.getOrFetch('k', source.fetch)
    await cache.set('k', 'set')
    source.open()
    expect(await asked).toEqual({ found: true, data: 'fetched' })
    expect(await cache.get('k')).toBe('set')
    expect(await kept(cache, 'k')).toEqual(['served', 'served'])
  })

  it('tells the observers', async () => {
    const cache = twoLevels()
    const grounded: unknown[] = []
    cache.on((event) => event.type === 'grounded' && grounded.push(event.key))
    const source = gated()
    const asked = cache.getOrFetch('k', source.fetch)
    await cache.delete('k')
    source.open()
    await asked
    expect(grounded).toEqual(['k'])
  })

  it('does not let a slow answer of L2 be promoted afterwards', async () => {
    const world = new FakeWorld()
    let slow = false
    const far = faulty(memory(), (operation) => ({ after: slow && operation === 'read' ? 50 : 0 }))
    const cache = createCache({ levels: [memory({ maxEntries: 1 }), far], world })
    await cache.set('k', 'old')
    await cache.put('other', 1)
    slow = true
    const reading = cache.get('k')
    await world.settle()
    await cache.delete('k')
    world.advance(50)
    expect(await reading).toBe('old')
    expect(cache.peek('k')).toBeUndefined()
    slow = false
    expect(await cache.get('k')).toBeUndefined()
  })
})

describe('a flight whose tags are not known yet', () => {
  /** One key that takes 500 ms to fetch, asked for every 10 ms for a second, while `disturb` is called as often. */
  async function asked(tags: readonly string[], disturb: (cache: MultiLevelCache<number>) => unknown) {
    const world = new FakeWorld()
    const cache = createCache<number>({ levels: [memory()], world })
    let fetches = 0
    const answers: Promise<unknown>[] = []
    for (let n = 0; n < 100; n++) {
      answers.push(
        cache.getOrFetch('k', async () => {
          fetches++
          const value = n
          await new Promise<void>((resolve) => {
            world.after(500, resolve)
          })
          return found(value, { tags })
        }),
      )
      disturb(cache)
      world.advance(10)
      await world.settle()
    }
    for (let n = 0; n < 300; n++) {
      world.advance(10)
      await world.settle()
    }
    await Promise.all(answers)
    return { fetches, kept: cache.peek('k') !== undefined }
  }

  it('is shared and kept while other tags are invalidated', async () => {
    expect(await asked(['mine'], (cache) => cache.invalidateTags(['other']))).toEqual({ fetches: 1, kept: true })
  })

  it('is shared and kept where it brings none', async () => {
    expect(await asked([], (cache) => cache.invalidateTags(['other']))).toEqual({ fetches: 1, kept: true })
  })

  it('is not kept, nor good enough for who comes later, where one of its own is', async () => {
    let calls = 0
    const { fetches } = await asked(['mine'], (cache) => calls++ === 20 && cache.invalidateTags(['mine']))
    expect(fetches).toBe(2)
  })
})

describe('who waits', () => {
  it('keeps the process alive until it is answered', () => {
    const waiting = new URL('../../src/flight/waiting.ts', import.meta.url)
    const world = new URL('../../src/world/system-world.ts', import.meta.url)
    const script = `
      const { Waiting } = await import('${waiting}')
      const { systemWorld } = await import('${world}')
      console.log(await new Waiting(systemWorld).settled('k', 50))`
    const { status, stdout } = spawnSync('node', ['--input-type=module', '-e', script], { encoding: 'utf8' })
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'false\n' })
  })
})
