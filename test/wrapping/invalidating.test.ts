import { describe, expect, it } from 'vitest'
import { createCache, fromAsync, invalidating, memory, type WriteResult } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { faulty } from '../../src/testing/faulty-level.ts'

function scene() {
  const world = new FakeWorld()
  const state = { isDown: false }
  const far = faulty(fromAsync(new Map()), () => (state.isDown ? { fault: 'reject' } : {}))
  return { state, cache: createCache({ levels: [memory(), far], world }) }
}

describe('invalidating', () => {
  it('invalidates keys and tags of arguments and result once the function has succeeded', async () => {
    const { cache } = scene()
    await cache.setMany([
      ['a', 1],
      ['b', 1],
      ['c', 1],
    ])
    await cache.set('d', 1, { tags: ['made 6'] })
    const gate = Promise.withResolvers<number>()
    const change = invalidating(cache, (key: string, by: number) => gate.promise.then((n) => n * by + key.length - 1), {
      keys: ([key], result) => [key, result === 6 ? 'b' : 'c'],
      tags: (_, result) => [`made ${result}`],
    })
    const changed = change('a', 2)
    expect(await cache.getMany(['a', 'b', 'c', 'd'])).toEqual([1, 1, 1, 1])
    gate.resolve(3)
    expect(await changed).toBe(6)
    expect(await cache.getMany(['a', 'b', 'c', 'd'])).toEqual([undefined, undefined, 1, undefined])
  })

  it('invalidates nothing when the function throws, at once or later', async () => {
    const { cache } = scene()
    await cache.set('a', 1)
    const fails = [
      () => {
        throw new Error('at once')
      },
      async () => {
        throw new Error('later')
      },
    ]
    for (const fail of fails)
      await expect(invalidating(cache, fail, { keys: ['a'] })()).rejects.toThrow(/at once|later/)
    expect(await cache.get('a')).toBe(1)
  })

  it('keeps name, number of parameters and `this`', async () => {
    const { cache } = scene()
    const change = invalidating(
      cache,
      async function change(this: { readonly factor: number }, n: number, _more?: number) {
        return n * this.factor
      },
      { keys: ['a'] },
    )
    expect([change.name, change.length]).toEqual(['change', 2])
    expect(await change.call({ factor: 3 }, 2)).toBe(6)
  })

  it('tells what is pending, and nothing when all is done', async () => {
    const { cache, state } = scene()
    const told: WriteResult[] = []
    const change = invalidating(cache, async () => 'done', { tags: ['t'], onPending: (result) => told.push(result) })
    await change()
    expect(told).toEqual([])
    state.isDown = true
    expect(await change()).toBe('done')
    expect(told).toHaveLength(1)
    expect(told[0]).toMatchObject({ ok: false, levels: [{ outcome: 'done' }, { outcome: 'pending' }] })
  })

  it('does what it can where `keys` or `tags` throws, and rejects with that', async () => {
    const { cache } = scene()
    await cache.set('a', 1)
    await cache.set('b', 1, { tags: ['t'] })
    const broken = () => {
      throw new Error('broken')
    }
    await expect(invalidating(cache, async () => 1, { keys: broken, tags: ['t'] })()).rejects.toThrow('broken')
    await expect(invalidating(cache, async () => 1, { keys: ['a'], tags: broken })()).rejects.toThrow('broken')
    await expect(invalidating(cache, async () => 1, { keys: (() => 'a') as never })()).rejects.toThrow(/array of keys/)
    expect(await cache.getMany(['a', 'b'])).toEqual([undefined, undefined])
  })

  it('refuses what is no cache, no function or no options', () => {
    const { cache } = scene()
    expect(() => invalidating({} as never, () => 1, { keys: [] })).toThrow(/expected a cache/)
    expect(() => invalidating(cache, 'f' as never, { keys: [] })).toThrow(/expected a function/)
    expect(() => invalidating(cache, () => 1, undefined as never)).toThrow(/expected keys, tags or both/)
    expect(() => invalidating(cache, () => 1, { onPending: 5, keys: [] } as never)).toThrow(/onPending/)
  })
})
