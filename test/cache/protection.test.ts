import { describe, expect, it } from 'vitest'
import { createCache, memory } from '../../src/index.ts'
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
})
