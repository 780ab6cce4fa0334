import { describe, expect, it } from 'vitest'
import { createCache, type FetchContext, found, type MultiLevelCache, memory, notFound } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'

interface User {
  readonly id: number
  readonly name: string
}

function cacheIn(world = new FakeWorld()): MultiLevelCache<unknown> {
  return createCache({ levels: [memory(), memory()], world })
}

/** A source that counts how often it is asked. */
function users() {
  const asked: number[] = []
  async function getUser(id: number): Promise<User | undefined> {
    asked.push(id)
    return id < 100 ? { id, name: `user ${id}` } : undefined
  }
  return { asked, getUser }
}

describe('a wrapped function', () => {
  it('is called once for the same arguments, however often and by however many', async () => {
    const { asked, getUser } = users()
    const cached = cacheIn().wrap(getUser)
    const all = await Promise.all([cached(1), cached(1), cached(2)])
    expect(all.map((user) => user?.id)).toEqual([1, 1, 2])
    await cached(1)
    expect(asked).toEqual([1, 2])
  })

  it('tells 1 and "1" apart', async () => {
    const seen: unknown[] = []
    const cached = cacheIn().wrap(function show(value: unknown) {
      seen.push(value)
      return typeof value
    })
    expect([await cached(1), await cached('1'), await cached(1)]).toEqual(['number', 'string', 'number'])
    expect(seen).toEqual([1, '1'])
  })

  it('looks like the function: its name, its number of parameters, its `this`', async () => {
    const cached = cacheIn().wrap(
      async function scaled(this: { readonly factor: number }, value: number, _more?: string) {
        return value * this.factor
      },
      {
        key(value) {
          return `scaled:${this.factor}:${value}`
        },
      },
    )
    expect([cached.name, cached.length]).toEqual(['scaled', 2])
    const owner = { factor: 3, cached }
    expect(await owner.cached(2)).toBe(6)
    expect(await cached.call({ factor: 4 }, 2)).toBe(8)
  })

  it('passes on what the function throws, at once or later, and keeps nothing', async () => {
    const cache = cacheIn()
    let calls = 0
    const failing = cache.wrap(
      (): string => {
        calls++
        throw new Error('down')
      },
      { name: 'failing' },
    )
    await expect(failing()).rejects.toThrow('down')
    await expect(failing()).rejects.toThrow('down')
    expect(calls).toBe(2)
  })

  it('keeps no `undefined`, unless it is told for how long', async () => {
    const world = new FakeWorld()
    const cache = cacheIn(world)
    const { asked, getUser } = users()
    const forgetful = cache.wrap(getUser, { name: 'forgetful' })
    expect([await forgetful(500), await forgetful(500)]).toEqual([undefined, undefined])
    expect(asked).toEqual([500, 500])
    const mindful = cache.wrap(getUser, { name: 'mindful', notFoundTtl: '10s' })
    await mindful(501)
    world.advance(9000)
    expect(await mindful(501)).toBeUndefined()
    expect(asked).toEqual([500, 500, 501])
    world.advance(2000)
    await mindful(501)
    expect(asked).toEqual([500, 500, 501, 501])
  })

  it('keeps what is no object or nothing much', async () => {
    const calls: unknown[] = []
    const same = cacheIn().wrap(
      (value: unknown) => {
        calls.push(value)
        return value
      },
      { name: 'same' },
    )
    for (const value of [null, 0, '', false, Number.NaN]) {
      expect(await same(value)).toBe(value)
      expect(await same(value)).toBe(value)
    }
    expect(calls).toHaveLength(5)
  })

  it('hands its other options to getOrFetch', async () => {
    const world = new FakeWorld()
    const { asked, getUser } = users()
    const cached = cacheIn(world).wrap(getUser, { ttl: '1m' })
    await cached(1)
    world.advance(59_000)
    await cached(1)
    world.advance(2000)
    await cached(1)
    expect(asked).toEqual([1, 1])
  })

  it('takes tags as a list, or from arguments and result', async () => {
    const cache = cacheIn()
    const { asked, getUser } = users()
    const listed = cache.wrap(getUser, { name: 'listed', tags: ['all'] })
    const made = cache.wrap(getUser, { name: 'made', tags: ([id], user) => [`id ${id}`, user.name] })
    await Promise.all([listed(1), made(2), made(3), made(500)])
    await cache.invalidateTags(['user 2'])
    await made(3)
    expect(asked).toEqual([1, 2, 3, 500])
    await made(2)
    await cache.invalidateTags(['all', 'id 3'])
    await Promise.all([listed(1), made(2), made(3)])
    expect(asked).toEqual([1, 2, 3, 500, 2, 1, 3])
  })

  it('takes found() and notFound() at their word, with tags for those that say none', async () => {
    const world = new FakeWorld()
    const cache = cacheIn(world)
    let calls = 0
    const cached = cache.wrap(
      async (n: number) => {
        calls++
        if (n === 0) return notFound({ ttl: '10s' })
        return n === 1 ? found({ n }, { ttl: '10s', tags: ['own'] }) : found({ n }, { ttl: '10s' })
      },
      { name: 'words', ttl: '1h', tags: ([n], result) => [`given ${n} ${result.n}`] },
    )
    const ask = async () => Promise.all([cached(0), cached(1), cached(2)])
    expect(await ask()).toEqual([undefined, { n: 1 }, { n: 2 }])
    await cache.invalidateTags(['given 1 1'])
    await ask()
    expect(calls).toBe(3)
    await cache.invalidateTags(['own', 'given 2 2'])
    await ask()
    expect(calls).toBe(5)
    world.advance(11_000)
    await ask()
    expect(calls).toBe(8)
  })

  it('has the key, the copy of level 1, and the end of one result', async () => {
    const cache = cacheIn()
    const { asked, getUser } = users()
    const cached = cache.wrap(getUser, { key: (id) => `user:${id}` })
    expect(cached.key(7)).toBe('user:7')
    expect(cached.peek(7)).toBeUndefined()
    await cached(7)
    expect(cached.peek(7)).toEqual({ id: 7, name: 'user 7' })
    expect(await cache.get('user:7')).toBe(cached.peek(7))
    expect((await cached.delete(7)).ok).toBe(true)
    expect(cached.peek(7)).toBeUndefined()
    await cached(7)
    expect(asked).toEqual([7, 7])
  })

  it('is refreshed while others get what was kept before', async () => {
    const cache = cacheIn()
    const gates: PromiseWithResolvers<number>[] = []
    const slow = cache.wrap(
      () => {
        const gate = Promise.withResolvers<number>()
        gates.push(gate)
        return gate.promise
      },
      { name: 'slow', ttl: '1h' },
    )
    const first = slow()
    await new FakeWorld().settle()
    gates[0]!.resolve(1)
    expect(await first).toBe(1)
    const refreshed = slow.refresh()
    await new FakeWorld().settle()
    expect([await slow(), gates.length]).toEqual([1, 2])
    gates[1]!.resolve(2)
    expect(await refreshed).toBe(2)
    expect([await slow(), slow.peek(), gates.length]).toEqual([2, 2, 2])
  })

  it('has default keys that say what they are of', async () => {
    const { getUser } = users()
    const cached = cacheIn().wrap(getUser)
    expect(cached.key(7)).toBe('getUser(7)')
    expect(cacheIn().wrap(getUser, { name: 'user' }).key(7)).toBe('user(7)')
  })

  it('can be of a namespace', async () => {
    const cache = cacheIn()
    const { getUser } = users()
    const cached = cache.namespace<User>('users').wrap(getUser, { key: String })
    await cached(7)
    expect(await cache.get('users:7')).toEqual({ id: 7, name: 'user 7' })
  })
})

describe('signals of a wrapped function', () => {
  function gatedFetch() {
    const gate = Promise.withResolvers<string>()
    const signals: (AbortSignal | undefined)[] = []
    const fetchPage = (_url: string, options?: { readonly signal?: AbortSignal }) => {
      signals.push(options?.signal)
      return gate.promise
    }
    return { signals, fetchPage, gate }
  }

  it('let one caller leave, and abort the function when all have', async () => {
    const { signals, fetchPage } = gatedFetch()
    const cached = cacheIn().wrap(fetchPage, {
      key: (url) => url,
      signal: (_, options) => options?.signal,
      pass: ({ signal }, url) => [url, { signal }],
    })
    const [one, other] = [new AbortController(), new AbortController()]
    const pages = [cached('/', one), cached('/', other)]
    await new FakeWorld().settle()
    one.abort(new Error('left'))
    await expect(pages[0]).rejects.toThrow('left')
    expect(signals).toHaveLength(1)
    expect(signals[0]!.aborted).toBe(false)
    other.abort()
    await expect(pages[1]).rejects.toThrow()
    expect(signals[0]!.aborted).toBe(true)
  })

  it('refuse what is no list of arguments', async () => {
    const { fetchPage } = gatedFetch()
    const cached = cacheIn().wrap(fetchPage, { name: 'page', pass: (() => 'no list') as never })
    await expect(cached('/')).rejects.toThrow(/expected `pass` to return an array/)
  })

  it('are those of the fetch, whose context says more', async () => {
    const contexts: FetchContext[] = []
    const cached = cacheIn().wrap((id: number) => id, {
      name: 'seen',
      pass: (context, id) => {
        contexts.push(context)
        return [id + 1]
      },
    })
    expect(await cached(1)).toBe(2)
    expect(contexts[0]!.signal).toBeInstanceOf(AbortSignal)
  })
})

describe('wrapping', () => {
  it('refuses what it cannot make keys of, and says what to do', async () => {
    const cache = cacheIn()
    expect(() => cache.wrap(() => 1)).toThrow(/the function has no name; give the option `name` or `key`/)
    const cached = cache.wrap(async function filtered(filter: { readonly ids: ReadonlySet<number> }) {
      return [...filter.ids]
    })
    await expect(cached({ ids: new Set() })).rejects.toMatchObject({
      code: 'ERR_KEY_INVALID',
      message:
        'wrap of filtered: cannot make a key of the arguments: argument 1.ids is [Set] (object); give the option `key`',
    })
    expect(() => cached.key({ ids: new Set() })).toThrow(/argument 1.ids/)
    const keyed = cache.wrap(async (id: number) => id, { key: (async (id: number) => `k${id}`) as never })
    await expect(keyed(1)).rejects.toThrow(/expected `key` to return a string, got \[Promise\]/)
  })

  it('refuses a second function of the same name, but not the same one again', () => {
    const cache = cacheIn()
    const make = () =>
      async function load(id: number) {
        return id
      }
    cache.wrap(make())
    cache.wrap(make())
    const other = async function load(id: number) {
      return `other ${id}`
    }
    expect(() => cache.wrap(other)).toThrow(
      expect.objectContaining({
        code: 'ERR_OPTION_INVALID',
        message:
          "wrap: two functions are called 'load', and would share their results; give the option `name` or `key`",
      }),
    )
    expect(cache.wrap(other, { name: 'other load' }).key(1)).toBe('other load(1)')
    expect(cacheIn().wrap(other).key(1)).toBe('load(1)')
    const bound = [{ n: 1 }, { n: 2 }].map((self) =>
      function count(this: { n: number }) {
        return this.n
      }.bind(self),
    )
    cache.wrap(bound[0]!)
    expect(() => cache.wrap(bound[1]!)).toThrow(/two functions are called 'bound count'/)
  })

  it('refuses wrong options at once', async () => {
    const cache = cacheIn()
    const { getUser } = users()
    expect(() => cache.wrap('no function' as never)).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT_INVALID' }))
    expect(() => cache.wrap(getUser, { tll: 5 } as never)).toThrow(/there is no option 'tll'. Did you mean 'ttl'\?/)
    expect(() => cache.wrap(getUser, { keys: () => 'k' } as never)).toThrow(/no option 'keys'. Did you mean 'key'\?/)
    expect(() => cache.wrap(getUser, { cached: 1 } as never)).toThrow(/It takes .*\bttl\b.*\bnotFoundTtl\b/)
    expect(() => cache.wrap(getUser, { key: 'user' } as never)).toThrow(/wrap of getUser: key: expected a function/)
    expect(() => cache.wrap(getUser, { ttl: 'soon' } as never)).toThrow(/ttl: expected a duration/)
    expect(() => cache.wrap(getUser, { name: '' })).toThrow(/name: expected a string of 1 to 200/)
    expect(() => cache.wrap(getUser, [] as never)).toThrow(/expected an object of options/)
    expect(() => cache.wrap(getUser, { tags: [5] } as never)).toThrow(/tags to be strings/)
    await cache.close()
    expect(() => cache.wrap(getUser)).toThrow(expect.objectContaining({ code: 'ERR_CLOSED' }))
  })
})
