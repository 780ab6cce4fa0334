import { channel, tracingChannel } from 'node:diagnostics_channel'
import { afterEach, describe, expect, expectTypeOf, it } from 'vitest'
import {
  type CacheEvent,
  createCache,
  EVENT_TYPES,
  fromAsync,
  memory,
  type PublishedEvent,
  type PublishedWork,
  type Work,
} from '../../src/index.ts'
import { FakeWorld, faulty } from '../../src/testing/index.ts'

const cleanUp: (() => void)[] = []
afterEach(() => {
  for (const each of cleanUp.splice(0)) each()
})

describe('on', () => {
  it('tells the types asked for, and knows them', async () => {
    const cache = createCache()
    const durations: number[] = []
    cache.on('fetched', (event) => {
      expectTypeOf(event.duration).toEqualTypeOf<number>()
      durations.push(event.duration)
    })
    const keys: string[] = []
    const stop = cache.on(['hit', 'miss', 'hit'], (event) => {
      expectTypeOf(event.type).toEqualTypeOf<'hit' | 'miss'>()
      keys.push(`${event.type} ${event.key}`)
    })
    await cache.getOrFetch('a', () => 1)
    await cache.get('a')
    expect(durations).toHaveLength(1)
    expect(keys).toEqual(['miss a', 'hit a'])
    stop()
    await cache.get('a')
    expect(keys).toHaveLength(2)
  })

  it('refuses types that do not exist, and what is no observer', () => {
    const cache = createCache()
    const on = cache.on.bind(cache) as (...args: unknown[]) => unknown
    expect(() => on('invaldated', () => 0)).toThrow("Did you mean 'invalidated'?")
    expect(() => on(['hit', 5], () => 0)).toThrow('expected a type of event, got 5')
    expect(() => on('hit', 'x')).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT_INVALID' }))
    expect(() => on('toString', () => 0)).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT_INVALID' }))
    expect(() => on(undefined)).toThrow('expected an observer')
    expect(EVENT_TYPES).toContain('fetched')
  })

  it('reports what an observer throws at once or later, which goes no further', async () => {
    const world = new FakeWorld()
    const cache = createCache({ world })
    cache.on('fetched', () => {
      throw new Error('at once')
    })
    cache.on('fetched', async () => {
      await Promise.resolve()
      throw new Error('later')
    })
    const waiting = cache.on('fetched', () => new Promise<void>(() => {}))
    expect(await cache.getOrFetch('a', () => 1)).toEqual({ found: true, data: 1 })
    await world.settle()
    expect(world.failures).toEqual([
      { why: "an observer threw at 'fetched'", cause: new Error('at once') },
      { why: "an observer failed at 'fetched'", cause: new Error('later') },
    ])
    waiting()
    // What an observer does is no work of the cache's: nobody waits for it.
    expect(await cache.settled()).toMatchObject({ ok: true })
  })

  it('tells how long calls of levels took, and who joined whom', async () => {
    const world = new FakeWorld()
    const cache = createCache({ levels: [memory(), faulty(memory(), () => ({ before: 7 }))], world })
    const events: CacheEvent[] = []
    cache.on(['levelCalled', 'joined'], (event) => events.push(event))
    const both = Promise.all([cache.get('k'), cache.get('k')])
    await world.settle()
    world.advance(7)
    await both
    expect(events).toEqual([
      { type: 'joined', key: 'k' },
      { type: 'levelCalled', level: 'L2', operation: 'read', keys: 1, duration: 7, failed: false, error: undefined },
    ])
  })
})

describe('trace', () => {
  it('stands around calls, levels, fetches and background work, hits where they are wanted', async () => {
    const cache = createCache({ levels: [memory(), fromAsync(new Map())] })
    const seen: string[] = []
    const nameOf = (work: Work) =>
      work.kind === 'call' ? work.method : work.kind === 'level' ? `${work.operation} ${work.level}` : work.kind
    const stop = cache.trace(async (work, run) => {
      seen.push(`${nameOf(work)} {`)
      await run()
      seen.push(`} ${nameOf(work)}`)
    })
    await cache.getOrFetch('k', () => 1)
    await cache.get('k')
    expect(seen.filter((each) => each.endsWith('{'))).toEqual([
      'getOrFetch {',
      'read L2 {',
      'fetch {',
      'write L2 {',
      'write L1 {',
    ])
    stop()
    const hits: Work[] = []
    cache.trace((work, run) => run().then(() => hits.push(work)), { hits: true })
    await cache.get('k')
    await Promise.resolve()
    expect(hits).toEqual([{ kind: 'call', method: 'get', keys: ['k'] }])
  })

  it('cannot be misused: the work is done once, and its outcome is its own', async () => {
    const world = new FakeWorld()
    const cache = createCache({ world })
    let fetches = 0
    cache.trace(() => undefined)
    cache.trace(() => {
      throw new Error('a bad tracer')
    })
    cache.trace(async (_, run) => {
      await Promise.all([run(), run()])
      throw new Error('a late one')
    })
    cache.trace((_, run) => run().then(() => 'something else'))
    cache.trace((_, run) => Promise.resolve().then(run))
    const { data } = await cache.getOrFetch('k', () => ++fetches)
    expect([data, fetches]).toEqual([1, 1])
    await expect(cache.getOrFetch('bad', () => Promise.reject(new Error('mine')))).rejects.toThrow('mine')
    await world.settle()
    const causes = world.failures.map(({ cause }) => (cause as Error).message)
    expect(new Set(causes)).toEqual(new Set(['a bad tracer', 'a late one']))
  })

  it('refuses what is no tracer', async () => {
    const cache = createCache()
    expect(() => cache.trace(1 as never)).toThrow('expected a tracer (function)')
    expect(() => cache.trace(() => 0, { hit: true } as never)).toThrow("Did you mean 'hits'?")
    await cache.close()
    expect(() => cache.trace(() => 0)).toThrow(expect.objectContaining({ code: 'ERR_CLOSED' }))
  })
})

describe('the diagnostics channels', () => {
  function listen(): PublishedEvent[] {
    const events: PublishedEvent[] = []
    const listener = (message: unknown) => void events.push(message as PublishedEvent)
    channel('terrace:event').subscribe(listener)
    cleanUp.push(() => channel('terrace:event').unsubscribe(listener))
    return events
  }

  it('tell the events of all caches, by name', async () => {
    const events = listen()
    const [a, b] = [createCache({ name: 'a' }), createCache()]
    await a.get('k')
    await b.set('k', 1)
    await b.get('k')
    const told = events.filter(({ event }) => event.type !== 'levelCalled')
    expect(told).toEqual([
      { cache: 'a', event: { type: 'miss', key: 'k' } },
      { cache: 'cache', event: { type: 'set', keys: ['k'] } },
      { cache: 'cache', event: { type: 'hit', key: 'k', level: 'L1' } },
    ])
  })

  it('tell a late subscriber hits as well from the first slower event on, and nobody who has left', async () => {
    const cache = createCache()
    await cache.set('k', 1)
    const events = listen()
    await cache.get('none')
    await cache.get('k')
    const types = () => events.map(({ event }) => event.type).filter((type) => type !== 'levelCalled')
    expect(types()).toEqual(['miss', 'hit'])
    for (const each of cleanUp.splice(0)) each()
    await cache.get('k')
    await cache.get('none')
    expect(types()).toEqual(['miss', 'hit'])
  })

  it('trace work in the way of Node, with its context', async () => {
    const work: { step: string; context: PublishedWork }[] = []
    const note = (step: string) => (context: object) => void work.push({ step, context: context as PublishedWork })
    const steps = {
      start: note('start'),
      end: note('end'),
      asyncStart: note('asyncStart'),
      asyncEnd: note('asyncEnd'),
      error: note('error'),
    }
    tracingChannel('terrace:work').subscribe(steps)
    cleanUp.push(() => tracingChannel('terrace:work').unsubscribe(steps))
    const cache = createCache({ name: 'shop' })
    await expect(cache.getOrFetch('k', () => Promise.reject(new Error('mine')))).rejects.toThrow('mine')
    await new Promise((resolve) => setImmediate(resolve))
    const calls = work.filter(({ context }) => context.kind === 'call')
    expect(calls.map(({ step }) => step)).toEqual(['start', 'end', 'error', 'asyncStart', 'asyncEnd'])
    expect(new Set(calls.map(({ context }) => context)).size).toBe(1)
    expect(calls[0]!.context).toMatchObject({
      cache: 'shop',
      method: 'getOrFetch',
      keys: ['k'],
      error: { message: 'mine' },
    })
    expect(work.some(({ context }) => context.kind === 'fetch')).toBe(true)
  })
})
