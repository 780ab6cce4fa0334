import { describe, expect, it } from 'vitest'
import { type Entry, NO_TAGS } from '../../src/entry/entry.ts'
import { keyScope } from '../../src/entry/scope.ts'
import { ABSENT, createCache, found, type Level, type MemoryOptions, memory } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'

function entry(key: string, value: unknown, more: Partial<Entry> = {}): Entry {
  const plain = { key, found: true, value, born: 0, deadline: Number.POSITIVE_INFINITY, tags: NO_TAGS }
  return { ...plain, version: undefined, ...more }
}

function level(options: MemoryOptions = {}): { world: FakeWorld; one: Level } {
  const world = new FakeWorld()
  return { world, one: memory(options)({ name: 'L1', world }) }
}

async function held(one: Level, key: string): Promise<Entry | undefined> {
  return (await one.traits.inspects!.inspect([key]))[0]!.entry
}

/** The coarse clock is a millisecond further at every look: the most that can go by within one call. */
class RestlessWorld extends FakeWorld {
  #looks = 0

  override tick(): number {
    return super.tick() + ++this.#looks
  }
}

describe('what a memory level holds', () => {
  it('tells listeners and sizeOf the values, whatever else there is to an entry', async () => {
    const told: unknown[] = []
    const { one } = level({
      maxBytes: 100,
      sizeOf: (value, key) => told.push(['size', key, value]) && 1,
      onRemoval: (key, value, reason) => told.push([reason, key, value]),
    })
    const values = { bare: { deep: true }, tagged: 1, versioned: null }
    await one.write([
      entry('bare', values.bare),
      entry('tagged', values.tagged, { tags: ['t'] }),
      entry('versioned', values.versioned, { version: 1 }),
      entry('none', undefined, { found: false }),
    ])
    // That there is nothing is no value.
    const expected = Object.entries(values)
    expect(told).toEqual(expected.map(([key, value]) => ['size', key, value]))
    told.length = 0
    await one.raise([...expected.map(([key]) => key), 'none'].map(keyScope))
    expect(told).toEqual(expected.map(([key, value]) => ['deleted', key, value]))
  })

  it('is not asked of sizeOf where it is nothing, and bounded all the same', async () => {
    const { one } = level({ maxBytes: 10_000, sizeOf: (value) => (value as string).length })
    const absent = Array.from({ length: 1000 }, (_, n) => entry(`none ${n}`, undefined, { found: false }))
    expect(new Set(await one.write(absent))).toEqual(new Set(['kept']))
    const { bytes } = one.traits.sized!.measure()
    expect(bytes).toBeLessThanOrEqual(10_000)
    expect(bytes).toBeGreaterThan(9800)
  })

  it('is refused alone where sizeOf throws, with what lay there before', async () => {
    const reported: unknown[] = []
    const sizeOf = (value: unknown) => (value as string).length
    const world = new FakeWorld()
    const one = memory({ maxBytes: 100, sizeOf })({ name: 'L1', world, report: (event) => reported.push(event) })
    await one.write([entry('a', 'A'), entry('b', 'B')])
    for (const verb of ['write', 'replace'] as const) {
      reported.length = 0
      await one.write([entry('b', 'B')])
      expect(await one[verb]([entry('a', 'AA'), entry('b', null), entry('c', 'C')])).toEqual([
        'kept',
        'refused',
        'kept',
      ])
      expect(await held(one, 'b')).toBe(undefined)
      expect((await held(one, 'c'))?.value).toBe('C')
      expect(reported).toEqual([
        { type: 'refused', key: 'b', level: 'L1', reason: expect.objectContaining({ name: 'TypeError' }) },
      ])
    }
  })

  it('is weighed without anything of ours around it', async () => {
    const { one } = level({ maxBytes: 10_000 })
    await one.write([entry('k', 'x'.repeat(1000))])
    const bare = one.traits.sized!.measure().bytes!
    await one.write([entry('k', 'x'.repeat(1000), { tags: ['t'] })])
    // 64 for the engine's own arrays, 16 for the header of each string.
    expect(bare).toBe(64 + 16 + 1000 + 16 + 1)
    expect(one.traits.sized!.measure().bytes).toBeGreaterThan(bare)
  })

  it('is given back as it was, a proxy as well, whose owner hears nothing of it', async () => {
    const silent = () => expect.unreachable()
    const handler = { getPrototypeOf: silent, get: silent, has: silent, getOwnPropertyDescriptor: silent }
    const proxy = new Proxy({}, handler)
    const { one } = level()
    await one.write([entry('tagged', 1, { tags: ['t'] }), entry('proxy', proxy)])
    expect(one.traits.near!.look('proxy') === proxy).toBe(true)
    expect(one.traits.near!.peek('proxy') === proxy).toBe(true)
    expect((await one.read(['proxy'])).entries[0]!.value === proxy).toBe(true)
  })

  it('changes between bare and boxed under one key', async () => {
    const { one } = level()
    const near = one.traits.near!
    for (let round = 0; round < 3; round++) {
      await one.write([entry('k', 'bare', { born: near.era })])
      expect([near.look('k'), near.entry('k')!.tags]).toEqual(['bare', []])
      await one.write([entry('k', 'boxed', { born: near.era, tags: ['t'] })])
      expect([near.look('k'), near.entry('k')!.tags]).toEqual(['boxed', ['t']])
      await one.write([entry('k', undefined, { born: near.era, found: false })])
      expect([near.look('k'), near.entry('k')!.found]).toEqual([ABSENT, false])
      await one.write([entry('k', 'tagged', { born: near.era, tags: ['t'] })])
      await one.raise([{ kind: 'tag', tag: 't' }])
      expect([near.peek('k'), near.look('k'), near.entry('k')]).toEqual([undefined, undefined, undefined])
    }
  })
})

describe('the birth of a bare value', () => {
  it('is now: what was told of it is refused after any later invalidation of its key', async () => {
    const { one } = level()
    const era = (await one.read(['k'])).eras[0]!
    await one.write([entry('k', 'old', { born: era })])
    for (let n = 0; n < 5; n++) await one.raise([keyScope(`other${n}`)])
    const told = (await held(one, 'k'))!
    expect(told.born).toBe(era + 5)
    expect(await one.write([told])).toEqual(['kept'])
    await one.raise([keyScope('k')])
    expect(await one.write([told])).toEqual(['superseded'])
    expect(await held(one, 'k')).toBeUndefined()
  })

  it('so a value that outlived all remembered floors can still be given a new time to live', async () => {
    const world = new FakeWorld()
    const cache = createCache<number>({ levels: [memory()], world })
    await cache.set('k', 1)
    for (let n = 0; n < 25_000; n++) await cache.delete(`other${n}`)
    expect(await cache.expire('k', 500)).toBe(true)
    expect(await cache.ttl('k')).toBe(500)
  })
})

describe('the end of a bare value', () => {
  it('does not move, however often the value is read and written again', async () => {
    const ends = new Set<number>()
    const one = memory()({ name: 'L1', world: new RestlessWorld() })
    let kept = entry('k', 1, { deadline: 10_000 })
    for (let n = 0; n < 100; n++) {
      await one.write([kept])
      kept = (await held(one, 'k'))!
      ends.add(kept.deadline)
    }
    expect([...ends]).toEqual([10_000])
  })

  it('is that of its time to live, not of the idle time of a level it passed', async () => {
    const { one, world } = level({ idle: 50 })
    await one.write([entry('k', 1, { deadline: 1000 }), entry('forever', 2)])
    expect([(await held(one, 'k'))!.deadline, (await held(one, 'forever'))!.deadline]).toEqual([
      1000,
      Number.POSITIVE_INFINITY,
    ])
    world.advance(50)
    expect([await held(one, 'k'), await held(one, 'forever')]).toEqual([undefined, undefined])
  })
})

describe('ABSENT', () => {
  it('is no value', async () => {
    const cache = createCache<unknown>()
    const refused = { code: 'ERR_ARGUMENT_INVALID' }
    await expect(cache.set('k', ABSENT)).rejects.toMatchObject(refused)
    await expect(cache.put('k', ABSENT)).rejects.toMatchObject(refused)
    expect(() => found(ABSENT)).toThrow(expect.objectContaining(refused))
    expect(await cache.getOrFetch('k', () => ABSENT)).toEqual({ found: false, data: undefined })
    expect(await cache.explain('k')).toMatchObject({ servedBy: undefined })
  })
})
