import { describe, expect, it, vi } from 'vitest'
import {
  type BehindOptions,
  createCache,
  type FailedWrite,
  found,
  fromAsync,
  memory,
  type Pair,
  type ThroughOptions,
} from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { faulty } from '../../src/testing/faulty-level.ts'
import { through } from '../../src/wrapping/through.ts'
import { UnsteadySource } from './unsteady-source.ts'

const hooks = { checkFetch: () => undefined, checkSet: () => () => undefined, onClosed: () => undefined }

function scene(options: ThroughOptions<number> = {}) {
  const world = new FakeWorld()
  const cache = createCache<number>({ levels: [memory({ maxEntries: 100 })], world })
  const source = new UnsteadySource(world)
  return { world, cache, source, users: cache.through<number>(source, options) }
}

/** Written behind, with what could not be written. */
function behind(options: BehindOptions<number> = {}) {
  const failed: { readonly writes: readonly FailedWrite<number>[]; readonly error: unknown }[] = []
  const onFailed = (writes: readonly FailedWrite<number>[], error: unknown) => failed.push({ writes, error })
  return { failed, ...scene({ behind: { delay: 10, onFailed, ...options } }) }
}

async function pass(world: FakeWorld, ms: number): Promise<void> {
  for (let n = 0; n < ms; n += 10) {
    world.advance(Math.min(10, ms - n))
    await world.settle()
  }
}

async function settled(promise: Promise<unknown>): Promise<boolean> {
  let isSettled = false
  promise.then(
    () => {
      isSettled = true
    },
    () => {
      isSettled = true
    },
  )
  await new FakeWorld().settle()
  return isSettled
}

describe('reading through', () => {
  it('fetches what no level has, one at a time or all at once', async () => {
    const { users, source } = scene()
    source.rows.set('a', 1).set('b', 2)
    expect(await users.get('a')).toBe(1)
    expect(await users.getMany(['b', 'a', 'none', 'b'])).toEqual([2, 1, undefined, 2])
    expect(source.reads).toEqual(['a', 'b', 'none'])
  })

  it('asks for several keys in one call where the source can', async () => {
    const { cache } = scene()
    const asked: (readonly string[])[] = []
    const users = cache.through<number>({
      read: () => 0,
      readMany: (keys) => {
        asked.push(keys)
        return keys.map((_, n) => n)
      },
      write: () => undefined,
    })
    expect(await users.getMany(['a', 'b'])).toEqual([0, 1])
    expect(asked).toEqual([['a', 'b']])
  })

  it('takes options of getOrFetch, and what the source says of a value', async () => {
    const { cache, world } = scene()
    let reads = 0
    const users = cache.through<number>(
      {
        read: (key) => {
          reads++
          return key === 'short' ? found(1, { ttl: 10 }) : 1
        },
        write: () => undefined,
      },
      { ttl: 1000, tags: ['users'] },
    )
    await users.getMany(['short', 'long'])
    world.advance(100)
    await users.getMany(['short', 'long'])
    expect(reads).toBe(3)
    await cache.invalidateTags(['users'])
    await users.get('long')
    expect(reads).toBe(4)
  })

  it('lets a caller leave', async () => {
    const { users, source } = scene()
    source.delay = 100
    const caller = new AbortController()
    const asked = users.get('a', caller)
    caller.abort(new Error('left'))
    await expect(asked).rejects.toThrow('left')
  })
})

describe('writing through', () => {
  it('writes the source first, then the cache', async () => {
    const { users, source, cache, world } = scene({ ttl: 1000 })
    source.delay = 20
    const written = users.set('a', 1)
    await world.settle()
    expect([source.writes, cache.peek('a')]).toEqual([[[['a', 1]]], undefined])
    await pass(world, 50)
    expect(await written).toMatchObject({ ok: true })
    expect([source.rows.get('a'), cache.peek('a')]).toEqual([1, 1])
    expect(await cache.ttl('a')).toBeGreaterThan(900)
  })

  it('writes and removes several at once, each key with its last value', async () => {
    const { users, source, cache } = scene()
    await users.setMany([
      ['a', 1],
      ['b', 2],
      ['a', 3],
    ])
    expect(source.writes).toEqual([
      [
        ['a', 3],
        ['b', 2],
      ],
    ])
    expect(await cache.getMany(['a', 'b'])).toEqual([3, 2])
    await users.deleteMany(['a', 'b', 'a'])
    expect(source.deletes).toEqual([['a', 'b']])
    expect(await cache.getMany(['a', 'b'])).toEqual([undefined, undefined])
    expect(await users.setMany([])).toEqual({ ok: true, levels: [] })
  })

  it('rejects as the source does, and serves nothing that may be outdated', async () => {
    const { users, source, cache } = scene()
    await users.set('a', 1)
    source.weather = 'fails after'
    await expect(users.set('a', 2)).rejects.toThrow('fails after')
    expect(cache.peek('a')).toBeUndefined()
    expect(await users.get('a')).toBe(2)
    source.weather = 'fails before'
    await expect(users.delete('a')).rejects.toThrow('fails before')
    expect(await users.get('a')).toBe(2)
  })

  it('does not stop at a write that has failed', async () => {
    const { users, source } = scene()
    source.weather = 'fails before'
    const first = users.set('a', 1)
    const second = users.set('a', 2)
    await expect(first).rejects.toThrow()
    source.weather = 'fine'
    await expect(second).rejects.toThrow()
    await users.set('a', 3)
    expect(source.rows.get('a')).toBe(3)
  })

  it('keeps no value of which it is not known whether it was the last, where levels are shared', async () => {
    const world = new FakeWorld()
    const cache = createCache<number>({ levels: [memory()], world })
    let version: number | undefined
    const source = { read: () => 7, write: (entries: readonly Pair<number>[]) => entries.map(() => version) }
    const shared = through(cache, source, undefined, { ...hooks, world, isShared: true })
    await shared.set('a', 1)
    expect(cache.peek('a')).toBeUndefined()
    version = 5
    await shared.setMany([['a', 2]])
    expect(cache.peek('a')).toBe(2)
    version = 4
    await shared.set('a', 3)
    expect(cache.peek('a')).toBe(2)
    version = undefined
    await shared.set('a', 4, { version: 6 })
    expect(cache.peek('a')).toBe(4)
    const alone = through(cache, source, { soleWriter: true }, { ...hooks, world, isShared: true })
    await alone.set('b', 1)
    expect(cache.peek('b')).toBe(1)
  })

  it('tells of each level what concerns the caller most', async () => {
    const world = new FakeWorld()
    const far = faulty(fromAsync(new Map()), (_, keys) => (keys.includes('b') ? { fault: 'reject' } : {}))
    const cache = createCache<number>({ levels: [memory(), far], world })
    const versions = new Map([['b', 1]])
    const source = {
      read: () => 0,
      write: (entries: readonly Pair<number>[]) => entries.map(([key]) => versions.get(key)),
    }
    const result = await cache.through<number>(source).setMany([
      ['a', 1],
      ['b', 1],
    ])
    expect(result).toMatchObject({ ok: false, levels: [{ outcome: 'done' }, { outcome: 'pending' }] })
  })

  it('asks a slow source to end, and waits until it has', async () => {
    const { cache, world } = scene()
    let reason: unknown
    const gate = Promise.withResolvers<void>()
    const users = cache.through<number>(
      {
        read: () => 0,
        write: (_, { signal }) => {
          signal.addEventListener('abort', () => {
            reason = signal.reason
          })
          return gate.promise
        },
      },
      { timeout: '1s' },
    )
    const written = users.set('a', 1)
    const next = users.set('a', 2)
    await pass(world, 2000)
    expect(reason).toMatchObject({ code: 'ERR_WRITE_TIMEOUT' })
    expect([await settled(written), await settled(next)]).toEqual([false, false])
    gate.resolve()
    await Promise.all([written, next])
    expect(cache.peek('a')).toBe(2)
  })

  it('flushes and closes when what is under way is over, or has been told to end', async () => {
    const { users, source, world } = scene()
    source.delay = 100
    const written = users.set('a', 1)
    await world.settle()
    const flushed = users.flush()
    expect([users.queued, await settled(flushed)]).toEqual([0, false])
    await pass(world, 300)
    await Promise.all([written, flushed])
    await users.close()
    for (const call of [users.get('a'), users.getMany(['a']), users.set('a', 1), users.delete('a')]) {
      await expect(call).rejects.toMatchObject({ code: 'ERR_CLOSED' })
    }
    await expect(users.close({ withn: 5 } as never)).rejects.toThrow(/Did you mean 'within'/)
    const { cache, world: frozen } = scene()
    let isAborted = false
    const hanging = cache.through<number>({
      read: () => 0,
      write: (_, { signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            isAborted = true
            reject(signal.reason)
          })
        }),
    })
    const hung = hanging.set('a', 1)
    const outcome = expect(hung).rejects.toMatchObject({ code: 'ERR_CLOSED' })
    const closed = hanging.close({ within: 0 })
    await pass(frozen, 10)
    await Promise.all([closed, outcome])
    expect(isAborted).toBe(true)
  })
})

describe('what the cache refuses', () => {
  const numbers = {
    '~standard': {
      version: 1 as const,
      vendor: 'test',
      validate: (value: unknown) =>
        typeof value === 'number' ? { value } : { issues: [{ message: 'expected a number' }] },
    },
  }
  const tags = (count: number): string[] => Array.from({ length: count }, (_, n) => `t${n}`)

  for (const behind of [false, { delay: 10 }]) {
    it(`the source is not told either, ${behind === false ? 'before' : 'after'} the cache`, async () => {
      const { world, cache } = scene()
      const source = new UnsteadySource(world)
      const space = cache.namespace<number>('n', { schema: numbers, checks: 'all', tags: ['own'] })
      const users = space.through<number>(source, { behind })
      await users.set('a', 1)
      await users.flush()
      await expect(users.set('a', 'two' as never)).rejects.toMatchObject({ code: 'ERR_VALUE_INVALID' })
      await expect(
        users.setMany([
          ['b', 2],
          ['a', 'two' as never],
        ]),
      ).rejects.toMatchObject({ code: 'ERR_VALUE_INVALID' })
      await expect(users.set('a', 2, { tags: tags(100) })).rejects.toMatchObject({ code: 'ERR_OPTION_INVALID' })
      expect(users.queued).toBe(0)
      expect(source.rows).toEqual(new Map([['a', 1]]))
      expect(await users.get('a')).toBe(1)
      expect((await users.set('a', 3, { tags: tags(99) })).ok).toBe(true)
      await users.flush()
      expect(source.rows.get('a')).toBe(3)
    })
  }
})

describe('a source', () => {
  it('of the wrong shape is refused at once', async () => {
    const { cache } = scene()
    const read = () => 1
    const write = () => undefined
    expect(() => cache.through(undefined as never)).toThrow(/through: source: expected a source/)
    expect(() => cache.through({ read } as never)).toThrow(/source: write: expected a function, got undefined/)
    expect(() => cache.through({ write } as never)).toThrow(/source: read: expected a function/)
    expect(() => cache.through({ read, write, delete: 5 } as never)).toThrow(/source: delete: expected a function/)
    expect(() => cache.through({ read, write }, { tll: 5 } as never)).toThrow(/Did you mean 'ttl'/)
    expect(() => cache.through({ read, write }, { behind: { maxBatch: 0 } })).toThrow(/behind: maxBatch/)
    expect(() => cache.through({ read, write }, { behind: { maxbatch: 5 } as never })).toThrow(
      /Did you mean 'maxBatch'/,
    )
    expect(() => cache.through({ read, write }, { behind: 'yes' as never })).toThrow(/behind: expected an object/)
    expect(() => cache.through({ read, write }, [] as never)).toThrow(/expected an object of options/)
    await cache.close()
    expect(() => cache.through({ read, write })).toThrow(expect.objectContaining({ code: 'ERR_CLOSED' }))
  })

  it.each([false, true])('is not told of wrong input (behind: %s)', async (isBehind) => {
    const { users, source } = scene({ behind: isBehind })
    const wrong: [() => Promise<unknown>, string][] = [
      [() => users.set(5 as never, 1), 'ERR_KEY_INVALID'],
      [() => users.set('a', undefined as never), 'ERR_ARGUMENT_INVALID'],
      [() => users.set('a', 1, { tll: 5 } as never), 'ERR_OPTION_UNKNOWN'],
      [() => users.setMany([['a', 1], ['b']] as never), 'ERR_ARGUMENT_INVALID'],
      [() => users.setMany(5 as never), 'ERR_ARGUMENT_INVALID'],
      [() => users.delete(5 as never), 'ERR_KEY_INVALID'],
      [() => users.deleteMany('a' as never), 'ERR_ARGUMENT_INVALID'],
      [() => users.get(5 as never), 'ERR_KEY_INVALID'],
      [() => users.getMany('a' as never), 'ERR_ARGUMENT_INVALID'],
    ]
    for (const [call, code] of wrong) await expect(call()).rejects.toMatchObject({ code })
    await users.flush()
    expect([source.writes, source.deletes, users.queued]).toEqual([[], [], 0])
  })

  it('is let go of once all is written that was begun when it was closed, and not before', async () => {
    for (const behind of [false, true]) {
      const { world, cache } = scene()
      const { promise: write, resolve } = Promise.withResolvers<void>()
      const onClosed = vi.fn()
      const context = { ...hooks, world, isShared: false, onClosed }
      const users = through<number>(cache, { read: () => 1, write: () => write }, { behind }, context)
      const written = users.set('a', 1)
      const closed = users.close()
      await pass(world, 1000)
      expect(onClosed).not.toHaveBeenCalled()
      resolve()
      await Promise.all([written, closed, users.close()])
      expect(onClosed).toHaveBeenCalledTimes(1)
    }
  })

  it('that cannot delete says so', async () => {
    for (const behind of [false, true]) {
      const users = scene().cache.through<number>({ read: () => 1, write: () => undefined }, { behind })
      await expect(users.delete('a')).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED' })
    }
  })

  it('may be an object with methods that use `this`', async () => {
    const { users, source } = scene()
    await users.set('a', 1)
    await users.delete('a')
    expect(source.rows.size).toBe(0)
  })

  it('that returns something else than versions has failed', async () => {
    const { cache } = scene()
    const wanted = 'source: expected `write` to return nothing, or 1 versions in the order of the entries, got'
    const number = 'source: what `write` returned [0]: expected a version to be a number, got'
    for (const [said, error] of [
      [[1, 2], `${wanted} an array of 2`],
      ['yes', `${wanted} 'yes' (string)`],
      [[Number.NaN], `${number} NaN (number)`],
      // As databases give what is 64 bits wide.
      [['17'], `${number} '17' (string)`],
    ] as const) {
      const users = cache.through<number>({ read: () => 1, write: () => said as never })
      await expect(users.set('a', 1)).rejects.toThrow(error)
      expect(cache.peek('a')).toBeUndefined()
    }
  })
})

describe('writing behind', () => {
  it('acknowledges what the cache and the queue have, and writes it after a while, in batches', async () => {
    const { users, source, cache, world } = behind({ maxBatch: 3 })
    await users.setMany([
      ['a', 1],
      ['b', 2],
    ])
    expect([source.writes, cache.peek('a'), users.queued]).toEqual([[], 1, 2])
    world.advance(5)
    await users.set('a', 3)
    await pass(world, 10)
    expect(source.writes).toEqual([
      [
        ['a', 3],
        ['b', 2],
      ],
    ])
    expect(users.queued).toBe(0)
    // A full batch waits for nothing.
    await users.setMany([
      ['c', 1],
      ['d', 1],
      ['e', 1],
    ])
    await world.settle()
    expect(source.writes).toHaveLength(2)
    expect(world.timers).toBe(0)
  })

  it('reads what is queued, though it is in no level any more', async () => {
    const { users, source, cache, world } = behind()
    source.rows.set('a', 0).set('b', 0)
    await users.getMany(['a', 'b'])
    await Promise.all([users.set('a', 1), users.delete('b')])
    await cache.clear()
    expect([await users.get('a'), await users.get('b')]).toEqual([1, undefined])
    expect(await users.getMany(['b', 'a', 'none'])).toEqual([undefined, 1, undefined])
    await pass(world, 20)
    expect([...source.rows]).toEqual([['a', 1]])
    expect(await users.getMany(['a', 'b'])).toEqual([1, undefined])
  })

  it('tells the cache once more when the source has it: somebody may have brought the old value', async () => {
    const { users, source, cache, world } = behind()
    source.rows.set('a', 0).set('b', 0)
    await Promise.all([users.set('a', 1), users.delete('b')])
    await cache.clear()
    for (const key of ['a', 'b']) {
      expect(await cache.getOrFetch(key, () => source.rows.get(key))).toEqual({ found: true, data: 0 })
    }
    await pass(world, 20)
    expect([cache.peek('a'), cache.peek('b')]).toEqual([1, undefined])
    expect(await users.getMany(['a', 'b'])).toEqual([1, undefined])
  })

  it('does not bring back into the cache what a later write has replaced', async () => {
    const { users, source, cache, world } = behind()
    source.delay = 50
    await users.set('a', 1)
    await pass(world, 20)
    expect(source.writes).toHaveLength(1)
    await users.set('a', 2)
    const seen = new Set<unknown>()
    const stop = cache.on('set', () => seen.add(cache.peek('a')))
    for (let n = 0; n < 30; n++) {
      await pass(world, 10)
      seen.add(cache.peek('a'))
    }
    stop()
    expect([...seen]).toEqual([2])
    expect([source.rows.get('a'), users.queued]).toEqual([2, 0])
  })

  it('tries again what has failed, the later the more often, and forgets no later write for it', async () => {
    const { users, source, world, failed } = behind({ backoff: 100 })
    source.weather = 'fails after'
    await users.setMany([
      ['a', 1],
      ['b', 1],
    ])
    await pass(world, 20)
    await users.set('a', 2)
    await pass(world, 1000)
    const tries = source.writes.length
    expect(tries).toBeGreaterThan(3)
    expect(tries).toBeLessThan(20)
    source.weather = 'fine'
    await pass(world, 5000)
    expect([...source.rows]).toEqual([
      ['a', 2],
      ['b', 1],
    ])
    expect([users.queued, failed]).toEqual([0, []])
  })

  it('gives up what has failed too often, tells of it, and serves it no more', async () => {
    const { users, source, cache, world, failed } = behind({ retries: 3 })
    source.rows.set('bad', 0)
    source.poison.add('bad')
    await users.set('bad', 1)
    await pass(world, 5000)
    expect(source.writes).toHaveLength(4)
    expect(failed).toEqual([
      {
        writes: [{ key: 'bad', value: 1, isRemoval: false }],
        error: expect.objectContaining({ message: 'poison: bad' }),
      },
    ])
    expect([users.queued, cache.peek('bad'), await users.get('bad')]).toEqual([0, undefined, 0])
  })

  it('gives up none for the fault of another', async () => {
    const { users, source, world, failed } = behind({ retries: 1, maxBatch: 100 })
    source.poison.add('k37').add('k73')
    await users.setMany(Array.from({ length: 100 }, (_, n) => [`k${n}`, n]))
    await pass(world, 30_000)
    expect(failed.flatMap(({ writes }) => writes.map(({ key }) => key)).sort()).toEqual(['k37', 'k73'])
    expect([source.rows.size, users.queued]).toEqual([98, 0])
  })

  it('is held up by none that fails', async () => {
    const { users, source, world } = behind({ retries: 1_000_000 })
    source.poison.add('bad')
    await users.set('bad', 1)
    await pass(world, 60_000)
    for (let n = 0; n < 10; n++) {
      await users.set(`good ${n}`, n)
      await pass(world, 31_000)
      expect(source.rows.get(`good ${n}`)).toBe(n)
    }
    expect(users.queued).toBe(1)
  })

  it('spares a source that is down', async () => {
    const { users, source, world } = behind({ backoff: 100, retries: 1_000_000 })
    source.weather = 'fails before'
    for (let n = 0; n < 600; n++) {
      await users.set(`k${n}`, n)
      await pass(world, 100)
    }
    expect(source.writes.length).toBeLessThan(30)
    source.weather = 'fine'
    await pass(world, 31_000)
    expect([source.rows.size, users.queued]).toEqual([600, 0])
  })

  it('lets writes wait when the queue is full, in the order of their calls', async () => {
    const { users, source, world } = behind({ maxQueued: 4, maxWait: '1m' })
    source.delay = 30
    const writes = ['a', 'b', 'c', 'd', 'e', 'a', 'f', 'e'].map((key, n) => users.set(key, n))
    await world.settle()
    expect(await Promise.all(writes.map(settled))).toEqual([true, true, true, true, false, false, false, false])
    expect(users.queued).toBe(4)
    await pass(world, 1000)
    await Promise.all(writes)
    await pass(world, 1000)
    expect(Object.fromEntries(source.rows)).toEqual({ a: 5, b: 1, c: 2, d: 3, e: 7, f: 6 })
  })

  it('refuses a write that has waited for too long, with too many others, or cannot fit', async () => {
    const { users, source, world } = behind({ maxQueued: 2, maxWait: 100 })
    source.weather = 'fails before'
    await users.setMany([
      ['a', 1],
      ['b', 1],
    ])
    const waiting = [users.set('c', 1), users.delete('d')]
    await expect(users.set('e', 1)).rejects.toMatchObject({ code: 'ERR_QUEUE_FULL' })
    const outcomes = Promise.all(waiting.map((each) => expect(each).rejects.toMatchObject({ code: 'ERR_QUEUE_FULL' })))
    await pass(world, 200)
    await outcomes
    const many = ['x', 'y', 'z']
    await expect(users.deleteMany(many)).rejects.toThrow(/2 keys at most \(maxQueued\), got 3/)
    const hasty = behind({ maxQueued: 1, maxWait: 0 }).users
    await hasty.set('a', 1)
    await expect(hasty.set('b', 1)).rejects.toMatchObject({ code: 'ERR_QUEUE_FULL' })
    await hasty.set('a', 2)
    expect(await hasty.get('a')).toBe(2)
  })

  it('flushes at once what was written before', async () => {
    const { users, source, world } = behind({ delay: '1h' })
    await users.set('a', 1)
    const flushed = users.flush()
    await flushed
    expect([source.rows.get('a'), users.queued]).toEqual([1, 0])
    await users.flush()
    source.weather = 'fails before'
    await users.set('b', 1)
    const later = users.flush()
    await pass(world, 1000)
    expect(await settled(later)).toBe(false)
    source.weather = 'fine'
    await pass(world, 10_000)
    await later
    expect(source.rows.get('b')).toBe(1)
  })

  it('flushes when it is closed, and tells what there was no time for', async () => {
    const quick = behind({ delay: '1h' })
    await quick.users.set('a', 1)
    await quick.users.close()
    expect([quick.source.rows.get('a'), quick.failed]).toEqual([1, []])
    await expect(quick.users.set('a', 2)).rejects.toMatchObject({ code: 'ERR_CLOSED' })
    await expect(quick.users.get('a')).rejects.toMatchObject({ code: 'ERR_CLOSED' })

    const { users, source, world, failed, cache } = behind({ maxQueued: 2 })
    source.weather = 'fails before'
    await users.setMany([
      ['a', 1],
      ['b', 2],
    ])
    const waits = users.set('c', 3)
    const refused = expect(waits).rejects.toMatchObject({ code: 'ERR_CLOSED' })
    const closed = users.close({ within: '5s' })
    await refused
    await pass(world, 6000)
    await closed
    expect(failed).toEqual([
      {
        writes: [
          { key: 'a', value: 1, isRemoval: false },
          { key: 'b', value: 2, isRemoval: false },
        ],
        error: expect.objectContaining({ code: 'ERR_CLOSED' }),
      },
    ])
    expect([cache.peek('a'), users.queued, world.timers]).toEqual([undefined, 0, 0])
  })

  it('asks what is under way to end when there is no more time', async () => {
    const { cache, world } = scene()
    const reasons: unknown[] = []
    const onFailed = vi.fn()
    const users = cache.through<number>(
      {
        read: () => 0,
        write: (_, { signal }) =>
          new Promise(() => signal.addEventListener('abort', () => reasons.push(signal.reason))),
      },
      { behind: { onFailed } },
    )
    await users.set('a', 1)
    const closed = users.close({ within: 1000 })
    await pass(world, 1100)
    await closed
    expect(reasons).toEqual([expect.objectContaining({ code: 'ERR_CLOSED' })])
    expect(onFailed).toHaveBeenCalledTimes(1)
  })

  it('reports what is lost where nobody listens, and listeners that throw', async () => {
    for (const onFailed of [undefined, () => Promise.reject(new Error('listener'))]) {
      const { world, cache } = scene()
      const source = new UnsteadySource(world)
      source.poison.add('a')
      const users = cache.through<number>(source, { behind: { retries: 0, delay: 0, onFailed } })
      await users.set('a', 1)
      await pass(world, 100)
      expect(world.failures).toHaveLength(1)
      const cause = world.failures[0]!.cause
      if (onFailed !== undefined) expect(cause).toMatchObject({ message: 'listener' })
      else expect(cause).toMatchObject({ code: 'ERR_WRITE_FAILED', cause: { message: 'poison: a' } })
    }
  })

  it('is flushed before the cache closes, however long it would have waited', async () => {
    const { users, source, world, cache, failed } = behind({ delay: '1h' })
    await users.set('a', 1)
    const closed = cache.close()
    await expect(users.set('b', 1)).rejects.toMatchObject({ code: 'ERR_CLOSED' })
    await pass(world, 50)
    await closed
    expect([source.rows.get('a'), users.queued, failed, world.failures]).toEqual([1, 0, [], []])
    await expect(users.set('b', 1)).rejects.toMatchObject({ code: 'ERR_CLOSED' })
  })

  it('gives up what it has not written when the time of the closing cache is over, and tells what', async () => {
    const { users, source, world, cache, failed } = behind({ delay: '1h' })
    source.weather = 'fails before'
    await users.set('a', 1)
    const closed = cache.close({ within: 1000 })
    await pass(world, 2000)
    await closed
    expect(failed).toHaveLength(1)
    expect(users.queued).toBe(0)
    await expect(cache.set('b', 1)).rejects.toMatchObject({ code: 'ERR_CLOSED' })
  })

  it('can be of a namespace, and disposed of', async () => {
    const { cache, source } = scene()
    {
      await using users = cache.namespace<number>('users').through<number>(source, { behind: true })
      await users.set('1', 5)
      expect(cache.peek('users:1')).toBe(5)
    }
    expect(source.rows.get('1')).toBe(5)
  })
})
