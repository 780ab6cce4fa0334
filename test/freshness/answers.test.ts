import { describe, expect, it } from 'vitest'
import { type Answer, createCache, found, memory, notFound, type StandardSchema } from '../../src/index.ts'
import { life } from './life.ts'

const down = new Error('down')

describe('a source that has nothing any more', () => {
  it('ends a value that was refreshed ahead', async () => {
    const { cache, pass } = life({ refreshAfter: 0.5 })
    await cache.set('k', 'old')
    await pass(500)
    let fetches = 0
    const gone = () => void fetches++
    expect((await cache.getOrFetch<string>('k', gone)).data).toBe('old')
    await pass(10)
    expect((await cache.getOrFetch<string>('k', gone)).found).toBe(false)
    expect(await cache.get('k')).toBeUndefined()
    expect(fetches).toBe(2)
  })

  it('ends a stale copy: it is not served when the source fails afterwards', async () => {
    const { cache, pass } = life({ staleFor: 5000 })
    await cache.set('k', 'old')
    await pass(1000)
    expect((await cache.getOrFetch<string>('k', () => notFound())).found).toBe(false)
    expect(await cache.getOrFetch<string>('k', () => Promise.reject(down))).toMatchObject({ found: false })
    await pass(100)
    await expect(cache.getOrFetch<string>('k', () => Promise.reject(down))).rejects.toBe(down)
  })

  it('ends what is passed by', async () => {
    const { cache } = life()
    await cache.set('k', 'old')
    expect((await cache.getOrFetch('k', () => undefined, { bypass: true })).found).toBe(false)
    expect(await cache.get('k')).toBeUndefined()
    expect((await cache.getOrFetch('k', () => 'new')).data).toBe('new')
  })

  it('ends nothing that was set meanwhile', async () => {
    const { cache, world } = life()
    await cache.set('k', 'old')
    const gate = Promise.withResolvers<undefined>()
    const asked = cache.getOrFetch('k', () => gate.promise, { bypass: true })
    await world.settle()
    await cache.set('k', 'new')
    gate.resolve(undefined)
    expect((await asked).found).toBe(false)
    expect(await cache.get('k')).toBe('new')
  })

  it('has no part in what is counted: the sum lives for as long as any new one', async () => {
    const cache = life({ ttl: 60_000 })
    const counts = cache.cache.namespace<number>('counts')
    await counts.getOrFetch('k', () => notFound({ ttl: 1000 }))
    expect(await counts.increment('k')).toBe(1)
    await cache.pass(1500)
    expect(await counts.get('k')).toBe(1)
  })
})

describe('one answer of a batch', () => {
  it('that says nothing has changed where there is no copy fails alone', async () => {
    const { cache } = life({ staleFor: 5000 })
    const batch = cache.getOrFetchMany(['a', 'b'], (keys, { notModified }) =>
      keys.map((key) => (key === 'a' ? notModified() : `new ${key}`)),
    )
    await expect(batch).rejects.toMatchObject({ code: 'ERR_ARGUMENT_INVALID' })
    expect(await cache.getMany(['a', 'b'])).toEqual([undefined, 'new b'])
  })

  it('for a key it was not asked for is no value if it failed, or is as it was', async () => {
    const { cache } = life({ staleFor: 5000 })
    const [a] = await cache.getOrFetchMany(
      ['a'],
      (_, { fail, notModified }) =>
        new Map<string, Answer<string>>([
          ['a', 'one'],
          ['b', fail('no')],
          ['c', notModified()],
          ['d', 'four'],
        ]),
    )
    expect(a?.data).toBe('one')
    expect(await cache.getMany(['b', 'c', 'd'])).toEqual([undefined, undefined, 'four'])
  })

  it('for a key it was not asked for has to fit, too', async () => {
    const schema: StandardSchema<string> = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: (value) =>
          typeof value === 'string' ? { value: value.toUpperCase() } : { issues: [{ message: 'no text' }] },
      },
    }
    const texts = createCache({ levels: [memory()] }).namespace<unknown>('texts', { schema, checks: 'all' })
    await texts.getOrFetchMany(
      ['a'],
      () =>
        new Map<string, unknown>([
          ['a', 'a'],
          ['b', 7],
          ['c', 'c'],
        ]),
    )
    expect(await texts.getMany(['a', 'b', 'c'])).toEqual(['A', undefined, 'C'])
  })
})

describe('a caller', () => {
  it('who wants errors gets them while the source is spared, too', async () => {
    const { cache, pass } = life({ staleFor: 5000, staleOnError: false })
    await cache.set('k', 'old')
    await pass(1000)
    for (let n = 0; n < 2; n++) await expect(cache.getOrFetch('k', () => Promise.reject(down))).rejects.toBe(down)
  })

  it('who wants errors does not share what others get while the source is spared', async () => {
    const { cache, pass } = life({ staleFor: 5000 })
    await cache.set('k', 'old')
    await pass(1000)
    const failing = () => Promise.reject(down)
    expect((await cache.getOrFetch('k', failing)).data).toBe('old')
    const content = cache.getOrFetch('k', failing)
    const demanding = cache.getOrFetch('k', failing, { staleOnError: false })
    expect((await content).data).toBe('old')
    await expect(demanding).rejects.toBe(down)
  })

  it('who passes by gets no copy that nobody meant to be served stale', async () => {
    const { cache } = life()
    await cache.set('k', 'old')
    await expect(cache.getOrFetch('k', () => Promise.reject(down), { bypass: true })).rejects.toBe(down)
  })

  it('of a fetch that was given up does not get his late answer kept in the place of a newer one', async () => {
    const { cache, pass } = life({ hardTimeout: 100 })
    const gate = Promise.withResolvers<string>()
    cache.getOrFetch('k', () => gate.promise).catch(() => undefined)
    await pass(1100)
    expect((await cache.getOrFetch('k', () => 'newer')).data).toBe('newer')
    gate.resolve('older')
    await pass(10)
    expect(await cache.get('k')).toBe('newer')
  })

  it('with more patience is not left without an answer by one who has less', async () => {
    const { cache, pass, source, fetch } = life()
    source.delay = 5000
    const hasty = cache.getOrFetch('k', fetch, { hardTimeout: 20 })
    hasty.catch(() => undefined)
    await pass(10)
    const patient = cache.getOrFetch('k', fetch)
    await pass(5000)
    await expect(hasty).rejects.toMatchObject({ code: 'ERR_FETCH_TIMEOUT' })
    expect((await patient).data).toBe('one')
    expect(source.calls).toBe(1)
  })

  it('who asks levels alone, some of them, finds what is due', async () => {
    const { cache, pass } = life({ refreshAfter: 0.5, levels: [memory()] })
    await cache.set('k', 'old')
    await pass(600)
    const { data } = await cache.getOrFetch('k', () => 'new', { onlyIfCached: true, levels: { L1: { write: false } } })
    expect(data).toBe('old')
  })

  it('has what is due refreshed in the levels he names, once', async () => {
    const { cache, pass, source, fetch } = life({ refreshAfter: 0.5 })
    const near = { levels: { L2: false } }
    await cache.getOrFetch('k', fetch, near)
    await pass(600)
    source.answer = 'two'
    source.delay = 50
    for (let n = 0; n < 3; n++) expect((await cache.getOrFetch('k', fetch, near)).data).toBe('one')
    await pass(60)
    expect(source.calls).toBe(2)
    const { levels } = await cache.explain('k')
    expect(levels.map(({ state }) => state)).toEqual(['served', 'absent'])
    expect(await cache.get('k')).toBe('two')
  })
})

describe('what is due', () => {
  it('is refreshed by who finds it further down than level 1', async () => {
    const { cache, pass, source, fetch } = life({ refreshAfter: 0.5 })
    const below = { levels: { L1: false } }
    await cache.getOrFetch('k', fetch, below)
    await cache.getOrFetchMany(['m'], (keys) => keys.map(() => 'one'), below)
    await pass(600)
    source.answer = 'two'
    expect((await cache.getOrFetch('k', fetch, below)).data).toBe('one')
    expect((await cache.getOrFetchMany(['m'], () => ['two'], below))[0]?.data).toBe('one')
    await pass(10)
    expect(await cache.getMany(['k', 'm'])).toEqual(['two', 'two'])
  })
})

describe('an answer of a fetcher', () => {
  it('is no value', async () => {
    const { cache } = life()
    const wrong = { code: 'ERR_ARGUMENT_INVALID' }
    const answers: unknown[] = [found('v'), notFound()]
    await cache.getOrFetch('k', (_, { notModified, fail }) => {
      answers.push(notModified(), fail('no'))
      return 'v'
    })
    for (const answer of answers) {
      await expect(cache.set('x', answer as string)).rejects.toMatchObject(wrong)
      await expect(cache.getOrFetch('x', () => found(answer as string))).rejects.toMatchObject(wrong)
    }
  })
})

describe('a pinned value', () => {
  it('stays so when it is prolonged, counted on, or refreshed by the clock', async () => {
    const { cache, pass } = life({ levels: [memory({ maxEntries: 6 })], ttl: 100_000, staleFor: 1000 })
    const counts = cache.namespace<number>('counts')
    await cache.set('kept', 'v', { priority: 'pinned' })
    await cache.expire('kept', '1h')
    await counts.set('sum', 1, { priority: 'pinned' })
    await counts.increment('sum')
    const every = { refreshEvery: 100, priority: 'pinned' } as const
    await cache.getOrFetch('timed', () => 'v', every)
    await pass(150)
    await cache.getOrFetch('timed', () => 'v', every)
    await pass(10)
    for (let n = 0; n < 100; n++) await cache.set(`other ${n}`, 'v')
    expect([cache.peek('kept'), counts.peek('sum'), cache.peek('timed')]).toEqual(['v', 2, 'v'])
    await cache.close()
  })
})
