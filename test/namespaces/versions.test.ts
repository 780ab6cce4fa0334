import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { startRedis } from '../../servers/redis-server.ts'
import { createCache, type MultiLevelCache, memory } from '../../src/index.ts'
import { redis } from '../../src/levels/redis.ts'
import { fleet, LATENCY } from './fleet.ts'

async function keysOf(cache: MultiLevelCache<unknown>): Promise<string[]> {
  const keys: string[] = []
  for await (const key of cache.keys()) keys.push(key)
  return keys.sort()
}

/** Two processes with versions 2 and 3 of the code. */
function deploy() {
  const { caches, ...rest } = fleet(2)
  const [oldCache, newCache] = caches
  const old = oldCache.namespace<string>('users', { codeVersion: 2 })
  const young = newCache.namespace<number>('users', { codeVersion: 3 })
  return { ...rest, oldCache, newCache, old, young }
}

describe('versions of the code that run side by side', () => {
  it('read what is theirs, and never what is the other’s', async () => {
    const { oldCache, old, young, during, pass } = deploy()
    await during(old.set('1', 'one'))
    await pass(LATENCY * 2)
    expect(await during(young.get('1'))).toBeUndefined()
    await during(young.getOrFetch('1', () => 1))
    await pass(LATENCY * 2)
    expect([await during(old.get('1')), await during(young.get('1'))]).toEqual(['one', 1])
    expect([await during(keysOf(old)), await during(keysOf(young))]).toEqual([['1'], ['1']])
    expect((await during(keysOf(oldCache))).sort()).toEqual(['users@2:1', 'users@3:1'])
  })

  const writes: [string, (space: MultiLevelCache<number>) => Promise<unknown>][] = [
    ['set', (space) => space.set('1', 5)],
    ['setMany', (space) => space.setMany([['1', 5]])],
    ['set with a ttl of 0', (space) => space.set('1', 5, { ttl: 0 })],
    ['delete', (space) => space.delete('1')],
    ['deleteMany', (space) => space.deleteMany(['0', '1'])],
    ['expire', (space) => space.expire('1', '1m')],
    ['increment', (space) => space.increment('1')],
    ['clearPrefix', (space) => space.clearPrefix('')],
    ['clear', (space) => space.clear()],
    ['invalidateTags', (space) => space.invalidateTags(['t'])],
  ]
  it.each(writes)('%s in one takes what the other holds', async (_, write) => {
    const { old, young, during, pass } = deploy()
    const both: [MultiLevelCache<number>, MultiLevelCache<number>] = [old as never, young]
    for (const [writer, other] of [both, both.toReversed()] as [typeof both, typeof both]) {
      await during(writer.set('1', 1, { tags: ['t'] }))
      await pass(LATENCY * 2)
      await during(other.getOrFetch('1', () => 7, { tags: ['t'] }))
      await pass(LATENCY * 2)
      expect(await during(Promise.all([writer.get('1'), other.get('1')]))).toEqual([1, 7])
      await during(write(writer))
      await pass(LATENCY * 2)
      expect(other.peek('1')).toBeUndefined()
      expect(await during(other.get('1'))).toBeUndefined()
    }
  })

  it('put in one leaves the other alone', async () => {
    const { old, young, during, pass } = deploy()
    await during(young.set('1', 1))
    await pass(LATENCY * 2)
    await during(old.put('1', 'one'))
    await pass(LATENCY * 2)
    expect(await young.get('1')).toBe(1)
  })

  it('what one fetches before the other writes is not kept after that', async () => {
    const { old, young, during, pass } = deploy()
    const gate = Promise.withResolvers<number>()
    const fetching = young.getOrFetch('1', () => gate.promise)
    await pass(50)
    await during(old.set('1', 'new'))
    gate.resolve(1)
    expect((await during(fetching)).data).toBe(1)
    await pass(50)
    expect(young.peek('1')).toBeUndefined()
    expect(await during(young.get('1'))).toBeUndefined()
  })

  it('a read after the token of one is not behind it in the other', async () => {
    const { oldCache, old, young, during } = deploy()
    await during(young.set('1', 1))
    await during(young.get('1'))
    await during(old.set('1', 'one'))
    expect(await during(young.get('1', { after: oldCache.token() }))).toBeUndefined()
  })

  it('clear takes all versions, also far ones, and no namespace whose name only begins alike', async () => {
    const { caches, during, pass } = fleet(3)
    const [far, own, other] = [
      caches[0].namespace<unknown>('users', { codeVersion: 9 }),
      caches[1].namespace<unknown>('users', { codeVersion: 3 }),
      caches[2]!.namespace<unknown>('usersX'),
    ]
    for (const space of [far, own, other]) await during(space.set('1', 1))
    await during(own.clear())
    await pass(LATENCY * 2)
    expect(await during(Promise.all([far, own, other].map((space) => space.get('1'))))).toEqual([
      undefined,
      undefined,
      1,
    ])
  })

  it('what is spread over a time, or only tried, covers all versions, too', async () => {
    const { old, young, during, pass } = deploy()
    const keys = ['a:1', 'a:2', 'b:1']
    await during(old.setMany(keys.map((key) => [key, key])))
    await pass(LATENCY * 2)
    await during(young.getOrFetchMany(keys, () => [1, 1, 1]))
    const far = ({ levels }: { levels: readonly { readonly keys: number | undefined }[] }) => levels[1]!.keys
    expect(far(await during(old.clear({ dryRun: true })))).toBe(6)
    expect(far(await during(old.clearPrefix('a:', { dryRun: true })))).toBe(4)
    expect((await during(old.covers({ kind: 'all' })))[1]!.keys).toBe(6)
    await during(old.clearPrefix('a:', { over: 100 }))
    await pass(LATENCY * 2)
    expect(await during(young.getMany(['a:1', 'a:2', 'b:1']))).toEqual([undefined, undefined, 1])
    await during(old.clear({ over: 100 }))
    await pass(LATENCY * 2)
    expect(await during(young.getMany(['b:1']))).toEqual([undefined])
  })

  it('version 0 is what code without versions reads', async () => {
    const { caches, during, pass } = fleet(3)
    const none = caches[0].namespace<unknown>('users')
    const zero = caches[1].namespace<unknown>('users', { codeVersion: 0 })
    const one = caches[2]!.namespace<unknown>('users', { codeVersion: 1 })
    await during(none.set('1', 'a'))
    expect(await during(zero.get('1'))).toBe('a')
    expect(await during(one.get('1'))).toBeUndefined()
    await during(one.set('1', 'b'))
    await pass(LATENCY * 2)
    expect(await during(none.get('1'))).toBeUndefined()
    await during(zero.set('1', 'c'))
    await pass(LATENCY * 2)
    expect(await during(one.get('1'))).toBeUndefined()
  })

  it('codeVersions names others than the neighbours', async () => {
    const { caches, during, pass } = fleet(2)
    const seven = caches[0].namespace<unknown>('users', { codeVersion: 7, codeVersions: [2, 7] })
    const two = caches[1].namespace<unknown>('users', { codeVersion: 2, codeVersions: [2, 7] })
    await during(two.set('1', 1))
    await during(seven.set('1', 2))
    await pass(LATENCY * 2)
    expect(await during(two.get('1'))).toBeUndefined()
  })

  it('namespaces within one with a version have it, too', async () => {
    const { old, young, during, pass } = deploy()
    const [outer, inner] = [old.namespace<unknown>('posts'), young.namespace<unknown>('posts')]
    await during(inner.set('1', 1))
    await during(outer.set('1', 'one'))
    await pass(LATENCY * 2)
    expect(await during(inner.get('1'))).toBeUndefined()
    await during(inner.getOrFetch('1', () => 1))
    expect(await during(outer.get('1'))).toBe('one')
    await during(outer.clear())
    await pass(LATENCY * 2)
    expect(await during(inner.get('1'))).toBeUndefined()
  })

  it('have statistics by their versions', () => {
    const { oldCache } = deploy()
    expect(oldCache.stats().namespaces.map(({ name }) => name)).toEqual(['users@2'])
  })
})

describe('random histories of two versions', () => {
  const step = fc.record({
    who: fc.constantFrom(0, 1),
    key: fc.constantFrom('a', 'b', 'c'),
    what: fc.constantFrom('fetch', 'fetch', 'get', 'set', 'delete', 'expire', 'clear', 'tags', 'pass'),
  })

  it('each reads its own shape, and nothing older than the last write of either by more than the feed takes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.nat(), async (steps, seed) => {
        const { caches, during, pass } = fleet(2, {}, seed)
        const spaces = [2, 3].map((codeVersion, n) =>
          caches[n]!.namespace<{ v: number; at: number }>('s', { codeVersion }),
        )
        /** The source: how often each key was written. */
        const source = new Map<string, number>()
        const now = (key: string) => source.get(key) ?? 0
        for (const { who, key, what } of steps) {
          const space = spaces[who]!
          const write = (): number => {
            source.set(key, now(key) + 1)
            return now(key)
          }
          const read = (value: { v: number; at: number } | undefined) => {
            if (value === undefined) return
            expect(value.v).toBe(who + 2)
            expect(value.at).toBe(now(key))
          }
          if (what === 'fetch') {
            const fetched = await during(space.getOrFetch(key, () => ({ v: who + 2, at: now(key) }), { tags: [key] }))
            read(fetched.data)
          } else if (what === 'get') read(await during(space.get(key)))
          else if (what === 'set') await during(space.set(key, { v: who + 2, at: write() }, { tags: [key] }))
          else if (what === 'delete') {
            write()
            await during(space.delete(key))
          } else if (what === 'expire') {
            write()
            await during(space.expire(key, 0))
          } else if (what === 'clear') {
            for (const each of ['a', 'b', 'c']) source.set(each, now(each) + 1)
            await during(space.clear())
          } else if (what === 'tags') {
            write()
            await during(space.invalidateTags([key]))
          }
          await pass(LATENCY * 2)
        }
      }),
      { numRuns: 30 },
    )
  })
})

describe('over a real Redis', () => {
  it('each reads its own, and a write of one is heard by the other', async () => {
    const server = await startRedis()
    const open = () => createCache<unknown>({ levels: [memory(), redis(server.url)], ttl: '1h' })
    const [oldCache, newCache] = [open(), open()]
    try {
      const old = oldCache.namespace<string>('users', { codeVersion: 2 })
      const young = newCache.namespace<number>('users', { codeVersion: 3 })
      /** Waits until the newer process has heard that its own key was invalidated, which another one did. */
      const heardBy = async (write: () => Promise<unknown>): Promise<void> => {
        const heard = Promise.withResolvers<void>()
        const stop = newCache.on('heard', ({ scopes }) => {
          if (scopes.some((scope) => scope.kind === 'key' && scope.key === 'users@3:1')) heard.resolve()
        })
        await write()
        await heard.promise
        stop()
      }
      // Until it has met a store, a process hears nothing of it.
      await Promise.all([old.get('1'), young.get('1')])
      await heardBy(() => old.set('1', 'one'))
      const kept = Promise.withResolvers<void>()
      newCache.on('kept', ({ level }) => (level === 'L1' ? kept.resolve() : undefined))
      expect((await young.getOrFetch('1', () => 1)).data).toBe(1)
      await kept.promise
      expect([await old.get('1'), await young.get('1')]).toEqual(['one', 1])
      await heardBy(() => old.set('1', 'two'))
      expect(await young.get('1')).toBeUndefined()
      await young.set('1', 2)
      await old.clear()
      expect(await young.get('1', { after: oldCache.token() })).toBeUndefined()
    } finally {
      await Promise.all([oldCache.close(), newCache.close()])
      await server.close()
    }
  })
})
