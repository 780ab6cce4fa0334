import { describe, expect, it } from 'vitest'
import { createCache, fromAsync, memory } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/index.ts'

function caches() {
  const world = new FakeWorld()
  const cache = createCache<number>({ world, levels: [memory({ maxEntries: 50, policy: 'lru' }), memory()] })
  return { world, cache }
}

/** Time passes while somebody waits. */
async function counted<T>(world: FakeWorld, work: Promise<T>): Promise<T> {
  let isOver = false
  const over = work.finally(() => {
    isOver = true
  })
  for (let turn = 0; !isOver && turn < 10_000; turn++) {
    await Promise.resolve()
    if (turn % 100 === 99) world.advance(1)
  }
  return over
}

describe('covers', () => {
  it('counts the keys of each level under a key, a prefix, a tag or everything, and changes nothing', async () => {
    const { world, cache } = caches()
    for (let n = 0; n < 100; n++) {
      await cache.set(`${n % 2 === 0 ? 'even' : 'odd'}:${n}`, n, { tags: n % 10 === 0 ? ['ten'] : [] })
    }
    const before = JSON.stringify(cache.stats({ keys: 100 }))
    const of = async (scope: Parameters<typeof cache.covers>[0]) =>
      (await counted(world, cache.covers(scope))).map(({ keys, complete }) => (complete ? keys : 'incomplete'))
    expect(await of({ kind: 'key', key: 'odd:1' })).toEqual([0, 1])
    expect(await of({ kind: 'key', key: 'odd:99' })).toEqual([1, 1])
    expect(await of({ kind: 'key', key: 'none' })).toEqual([0, 0])
    expect(await of({ kind: 'prefix', prefix: 'even:' })).toEqual([25, 50])
    expect(await of({ kind: 'prefix', prefix: 'even:9' })).toEqual([5, 5])
    expect(await of({ kind: 'tag', tag: 'ten' })).toEqual([5, 10])
    expect(await of({ kind: 'tag', tag: 'none' })).toEqual([0, 0])
    expect(await of({ kind: 'all' })).toEqual([50, 100])
    const after = JSON.stringify(cache.stats({ keys: 100 }))
    const timeless = (text: string) => text.replace(/"uptime":[\d.]+/, '')
    expect(timeless(after)).toBe(timeless(before))
    await cache.close()
  })

  it('counts within a namespace', async () => {
    const { world, cache } = caches()
    const users = cache.namespace<number>('users')
    await users.set('1', 1)
    await users.set('2', 2)
    await cache.set('1', 3)
    expect((await counted(world, users.covers({ kind: 'all' })))[1]).toEqual({ name: 'L2', keys: 2, complete: true })
    expect((await users.covers({ kind: 'key', key: '1' }))[1]!.keys).toBe(1)
    expect((await users.covers({ kind: 'key', key: 'users:1' }))[1]!.keys).toBe(0)
    await cache.close()
  })

  it('says of a level that did not answer that it was silent, and counts nothing', async () => {
    const world = new FakeWorld()
    const down = async (): Promise<never> => {
      throw new Error('down')
    }
    const listing = (): never => {
      throw new Error('down')
    }
    const store = { get: down, set: down, delete: down }
    const cache = createCache<number>({ world, levels: [memory(), fromAsync(store, { keys: listing })] })
    const silent = { name: 'L2', keys: undefined, complete: false, silent: true }
    expect((await counted(world, cache.covers({ kind: 'key', key: 'k' })))[1]).toEqual(silent)
    expect((await counted(world, cache.covers({ kind: 'prefix', prefix: 'k' })))[1]).toEqual(silent)
    await cache.close()
  })

  it('ends after a while where a level lists its keys without an end, or not at all', async () => {
    const world = new FakeWorld()
    const store = { get: async () => undefined, set: async () => undefined, delete: async () => undefined }
    const levels = [
      fromAsync(store, {
        keys: () =>
          (async function* () {
            yield await new Promise<string>(() => undefined)
          })(),
      }),
      fromAsync(store),
    ]
    const cache = createCache<number>({ world, levels })
    const counting = cache.covers({ kind: 'prefix', prefix: 'k' })
    await Promise.resolve()
    world.advance(2001)
    expect(await counting).toEqual([
      { name: 'L1', keys: undefined, complete: false, silent: true },
      { name: 'L2', keys: undefined, complete: false },
    ])
    await cache.close()
  })

  it.each([[undefined], [{}], [{ kind: 'tag' }], [{ kind: 'key', key: 5 }], [{ kind: 'toString' }]])(
    'rejects %o, which is no scope',
    async (scope) => {
      const { cache } = caches()
      await expect(cache.covers(scope as never)).rejects.toMatchObject({ code: expect.stringMatching(/ARGUMENT|KEY/) })
    },
  )
})
