import { Readable, Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { type CacheEvent, createCache, found, memory, notFound } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { fleet, LATENCY } from './fleet.ts'
import { schemaOf, type User, userSchema } from './shapes.ts'

/** A process that checks nothing, and one that does. */
function careless(schema = userSchema) {
  const { caches, ...rest } = fleet(3)
  const [raw, cache, third] = caches
  const users = cache.namespace('users', { schema })
  const events: CacheEvent[] = []
  cache.on(['mismatched', 'fetch'], (event) => events.push(event))
  return {
    ...rest,
    raw: raw.namespace<unknown>('users'),
    third: third!.namespace<unknown>('users'),
    cache,
    users,
    events,
  }
}

describe('a value that comes from a shared level', () => {
  it('is served where it fits, as the schema makes it, and checked once', async () => {
    let checks = 0
    const { raw, users, during, believe } = careless(
      schemaOf<User>((value) => {
        checks++
        return userSchema['~standard'].validate(value) as { value: User }
      }),
    )
    await believe()
    await during(raw.set('1', { name: 'Ada', extra: true }))
    expect(await during(users.get('1'))).toEqual({ name: 'Ada', age: 0 })
    expect(users.peek('1')).toEqual({ name: 'Ada', age: 0 })
    expect(await users.get('1')).toEqual({ name: 'Ada', age: 0 })
    expect(checks).toBe(1)
  })

  it('counts as absent where it does not, is told, fetched and written anew', async () => {
    const { raw, third, users, cache, events, during, pass } = careless()
    await during(raw.set('1', { nom: 'Ada', age: 'old' }))
    await pass(LATENCY * 2)
    expect(await during(users.get('1'))).toBeUndefined()
    expect(events).toEqual([
      { type: 'mismatched', key: 'users:1', level: 'far', issues: 'name: expected a string; age: expected a number' },
    ])
    const { data } = await during(users.getOrFetch('1', () => ({ name: 'Ada', age: 36 })))
    expect(data).toEqual({ name: 'Ada', age: 36 })
    expect(await during(third.get('1'))).toEqual({ name: 'Ada', age: 36 })
    expect(users.stats()).toMatchObject({ requests: 2, hits: 0, misses: 2, fetches: 1 })
    expect(cache.stats().namespaces[0]!.mismatched).toBeGreaterThanOrEqual(2)
  })

  it('is held against the schema in every method that reads', async () => {
    const { raw, users, cache, during } = careless()
    await during(
      raw.setMany([
        ['good', { name: 'Ada' }],
        ['bad', { name: 5 }],
      ]),
    )
    expect(await during(users.has('bad'))).toBe(false)
    expect(await during(users.ttl('bad'))).toBeUndefined()
    expect(await during(users.getMany(['good', 'bad']))).toEqual([{ name: 'Ada', age: 0 }, undefined])
    expect(await during(cache.get('users:bad'))).toBeUndefined()
    const fetched = await during(
      users.getOrFetchMany(['good', 'bad'], (keys) => keys.map((name) => ({ name, age: 1 }))),
    )
    expect(fetched.map(({ data }) => data)).toEqual([
      { name: 'Ada', age: 0 },
      { name: 'bad', age: 1 },
    ])
  })

  it('is fetched by one process of the fleet, all keys together', async () => {
    const { caches, during, pass, world } = fleet(4)
    const keys = ['1', '2', '3']
    await during(caches[0].namespace<unknown>('users').setMany(keys.map((key) => [key, 'no user'])))
    await pass(LATENCY * 2)
    const calls: (readonly string[])[] = []
    const fetching = caches.slice(1).map(async (cache, n) => {
      const users = cache.namespace('users', { schema: userSchema })
      const found = await users.getOrFetchMany(keys, async (missing) => {
        calls.push(missing)
        await new Promise<void>((resolve) => world.after(30, resolve))
        return missing.map((key) => ({ name: `${n} ${key}`, age: 1 }))
      })
      return found.map(({ data }) => data?.name)
    })
    const [first, ...rest] = await during(Promise.all(fetching))
    expect(calls).toEqual([keys])
    for (const names of rest) expect(names).toEqual(first)
  })

  it('is explained', async () => {
    const { raw, users, events, during } = careless()
    await during(raw.set('1', { name: 5 }))
    const { servedBy, levels } = await during(users.explain('1'))
    expect(servedBy).toBeUndefined()
    expect(levels[1]).toMatchObject({
      state: 'barred',
      reason: 'it does not fit the schema of its namespace: name: expected a string',
    })
    expect(events).toEqual([])
  })

  it('is not checked where it says that there is none, in other namespaces, and after it was set here', async () => {
    const { raw, users, cache, events, during } = careless()
    await during(raw.getOrFetch('none', () => notFound({ ttl: '1m' })))
    expect(await during(users.getOrFetch('none', () => ({ name: 'x', age: 1 })))).toEqual({
      found: false,
      data: undefined,
    })
    await during(cache.namespace<unknown>('other').set('1', 5))
    await during(users.set('1', 'no user' as never))
    expect(await users.get('1')).toBe('no user')
    expect(events).toEqual([])
  })

  it('is checked by the schema of the innermost namespace that has one', async () => {
    const { raw, users, cache, during } = careless()
    const admins = users.namespace('admins', { schema: schemaOf<number>((value) => ({ value: Number(value) })) })
    users.namespace('guests', { ttl: '1m' })
    await during(raw.set('admins:1', '5'))
    await during(raw.set('guests:1', '5'))
    expect(await during(admins.get('1'))).toBe(5)
    expect(await during(cache.get('users:guests:1'))).toBeUndefined()
  })

  it('does not stand in as stale either where it does not fit', async () => {
    const { caches, during, pass } = fleet(2, { ttl: 1000, staleFor: '1h' })
    const [raw, cache] = caches
    await during(raw.set('users:1', 5))
    await pass(1500)
    const users = cache.namespace('users', { schema: userSchema })
    const down = new Error('down')
    await expect(during(users.getOrFetch('1', () => Promise.reject(down)))).rejects.toBe(down)
  })
})

describe('a value that is restored, or comes from another cache', () => {
  it('is held against the schema as well', async () => {
    const world = new FakeWorld()
    const open = () => createCache<unknown>({ levels: [memory()], world })
    const before = open()
    await before.setMany([
      ['users:good', { name: 'Ada' }],
      ['users:bad', { name: 5 }],
      ['other', 5],
    ])
    const chunks: Uint8Array[] = []
    const sink = new Writable({
      write(chunk, _, done) {
        chunks.push(chunk)
        done()
      },
    })
    /** What a call comes to, while the real files and the virtual time go on. */
    const passing = async <T>(work: Promise<T>): Promise<T> => {
      let isOver = false
      const end = (): void => {
        isOver = true
      }
      work.then(end, end)
      while (!isOver) {
        await new Promise((resolve) => setImmediate(resolve))
        world.advance(1)
      }
      return work
    }
    await passing(before.save(sink))
    const restored = open()
    const warmed = open()
    for (const cache of [restored, warmed]) {
      const users = cache.namespace('users', { schema: userSchema })
      const keys: string[] = []
      cache.on('mismatched', ({ key }) => keys.push(key))
      const report = await passing(cache === restored ? cache.restore(Readable.from(chunks)) : cache.warm(before))
      expect(report).toMatchObject({ warmed: 2, refused: 1 })
      expect(keys).toEqual(['users:bad'])
      expect([users.peek('good'), users.peek('bad'), cache.peek('other')]).toEqual([
        { name: 'Ada', age: 0 },
        undefined,
        5,
      ])
    }
  })
})

describe('a schema', () => {
  it('that throws, or says nonsense, makes everything absent, and fails no read', async () => {
    const hostile: [string, () => never][] = [
      [
        'throws',
        () => {
          throw new Error('broken')
        },
      ],
      ['null', () => null as never],
      ['no value', () => ({}) as never],
      ['issues of another kind', () => ({ issues: 5 }) as never],
      [
        'a getter that throws',
        () =>
          ({
            get issues() {
              throw new Error('boo')
            },
          }) as never,
      ],
      ['a promise that is rejected', () => Promise.reject(new Error('later')) as never],
    ]
    for (const [name, validate] of hostile) {
      const { raw, users, events, during } = careless(schemaOf(validate))
      await during(raw.set('1', { name: 'Ada', age: 1 }))
      expect(await during(users.get('1')), name).toBeUndefined()
      expect(events, name).toMatchObject([{ type: 'mismatched', key: 'users:1' }])
    }
  })

  it('says at most so much', async () => {
    const issues = Array.from({ length: 1000 }, () => ({ message: 'x'.repeat(10_000), path: ['p'.repeat(1000)] }))
    const { raw, users, events, during } = careless(schemaOf(() => ({ issues })))
    await during(raw.set('1', 1))
    await during(users.get('1'))
    const [event] = events
    expect(event?.type === 'mismatched' && event.issues.length).toBeLessThan(400)
    expect(event?.type === 'mismatched' && event.issues).toMatch(/ \(and 997 more\)$/)
  })

  it('may wait for something, up to a second', async () => {
    const gate = Promise.withResolvers<void>()
    const { raw, users, events, during, world, pass } = careless(
      schemaOf<User>(async (value) => {
        if ((value as User).age === 0) await gate.promise
        return { value: value as User }
      }),
    )
    await during(raw.set('quick', { name: 'Ada', age: 1 }))
    await during(raw.set('never', { name: 'Ada', age: 0 }))
    expect(await during(users.get('quick'))).toEqual({ name: 'Ada', age: 1 })
    const late = users.get('never')
    await pass(900)
    expect(events).toEqual([])
    await pass(200)
    expect(await late).toBeUndefined()
    expect(events).toMatchObject([{ type: 'mismatched', issues: 'the schema took longer than 1000 ms' }])
    expect(world.failures).toEqual([])
  })

  it('that waits brings nothing that was invalidated meanwhile', async () => {
    const gate = Promise.withResolvers<void>()
    const { raw, users, during, pass } = careless(
      schemaOf<User>(async (value) => {
        await gate.promise
        return { value: value as User }
      }),
    )
    await during(raw.set('1', { name: 'old', age: 1 }))
    const reading = users.get('1')
    await pass(20)
    await during(raw.set('1', { name: 'new', age: 1 }))
    await pass(50)
    gate.resolve()
    await during(reading)
    expect(users.peek('1')).toBeUndefined()
    expect(await during(users.get('1'))).toEqual({ name: 'new', age: 1 })
  })

  it('with checks: all holds what is fetched and given as well, before anything is kept', async () => {
    const { caches, during } = fleet(1)
    const users = caches[0].namespace('users', { schema: userSchema, checks: 'all' })
    const bad = { name: 5 } as never
    const invalid = { code: 'ERR_VALUE_INVALID', message: expect.stringContaining('name: expected a string') }
    await expect(users.set('1', bad)).rejects.toMatchObject(invalid)
    await expect(users.put('1', bad)).rejects.toMatchObject(invalid)
    await expect(
      users.setMany([
        ['0', { name: 'x', age: 1 }],
        ['1', bad],
      ]),
    ).rejects.toMatchObject(invalid)
    await expect(during(users.getOrFetch('1', () => bad))).rejects.toMatchObject(invalid)
    await expect(during(users.getOrFetch('1', () => found(bad, { ttl: 5 })))).rejects.toMatchObject(invalid)
    expect(await during(users.getMany(['0', '1']))).toEqual([undefined, undefined])
    await during(users.set('1', { name: 'Ada' } as User))
    expect(await users.get('1')).toEqual({ name: 'Ada', age: 0 })
    expect(await during(users.getOrFetch('2', () => found({ name: 'Bob' } as User, { ttl: 5000 })))).toEqual({
      found: true,
      data: { name: 'Bob', age: 0 },
    })
    expect(await users.ttl('2')).toBe(5000)
    expect(await during(users.getOrFetch('3', () => undefined))).toEqual({ found: false, data: undefined })
    expect(users.stats().fetchFailures).toBe(2)
  })

  it('with checks: all fails only those of a batch that do not fit, and waits for none that is set', async () => {
    const { caches, during } = fleet(1)
    const users = caches[0].namespace('users', { schema: userSchema, checks: 'all' })
    const batch = users.getOrFetchMany(
      ['good', 'bad'],
      () =>
        new Map([
          ['good', { name: 'x', age: 1 }],
          ['bad', 5 as never],
        ]),
    )
    await expect(during(batch)).rejects.toMatchObject({ code: 'ERR_VALUE_INVALID' })
    expect(await during(users.get('good'))).toEqual({ name: 'x', age: 1 })
    const slow = caches[0].namespace('slow', { schema: schemaOf<number>(async () => ({ value: 5 })), checks: 'all' })
    await expect(slow.set('k', 1)).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED' })
    expect(await during(slow.getOrFetch('k', () => 1))).toEqual({ found: true, data: 5 })
  })
})
