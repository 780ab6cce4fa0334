import { describe, expect, it } from 'vitest'
import { createCache, type LevelFactory, memory } from '../../src/index.ts'
import { Turnstile } from '../../src/remote/turnstile.ts'
import { FakeWorld } from '../../src/testing/index.ts'

const TIMEOUT = 250
/** Entries that the server takes in a millisecond: what follows needs three times as long as one call may take. */
const RATE = 4
const MANY = 3000

/** Resolves as the promise does, with time passing while it waits. */
async function withTime<T>(world: FakeWorld, work: Promise<T>): Promise<T> {
  let done = false
  const end = () => {
    done = true
  }
  work.then(end, end)
  while (!done) {
    await world.settle()
    if (!done) world.advance(5)
  }
  return work
}

/** A server that does one thing after the other, and nothing while it is frozen. */
function slowly(world: FakeWorld, server: { isFrozen: boolean }): LevelFactory {
  let freeAt = 0
  return (context) => {
    const inner = memory()(context)
    const inTurn = async <T>(count: number, work: () => Promise<T>): Promise<T> => {
      if (server.isFrozen) return new Promise(() => undefined)
      freeAt = Math.max(freeAt, world.mono()) + count / RATE
      await new Promise<void>((go) => world.after(freeAt - world.mono(), go))
      return work()
    }
    return {
      name: 'slow',
      timeout: TIMEOUT,
      traits: { ...inner.traits, near: undefined },
      read: (keys) => inner.read(keys),
      write: (entries) => inTurn(entries.length, () => inner.write(entries)),
      replace: (entries) => inTurn(entries.length, () => inner.replace(entries)),
      raise: (scopes) => inTurn(scopes.length, () => inner.raise(scopes)),
      close: () => inner.close(),
    }
  }
}

function setUp() {
  const world = new FakeWorld()
  const server = { isFrozen: false }
  const cache = createCache<number>({ levels: [memory({ maxEntries: 10 }), slowly(world, server)], world })
  const told: string[] = []
  cache.on(['levelFailed', 'breaker'], ({ type }) => told.push(type))
  return { world, server, cache, told }
}

describe('more changes at once than a server can make in the time of one call', () => {
  const keys = Array.from({ length: MANY }, (_, n) => `k${n}`)

  it('are made all the same, and the server is not taken for one that is silent', async () => {
    const { world, cache, told } = setUp()
    const sets = await withTime(world, Promise.all(keys.map((key, n) => cache.set(key, n))))
    expect(sets.filter(({ ok }) => !ok)).toEqual([])
    await withTime(world, Promise.all(keys.map((key, n) => cache.getOrFetch(`${key}!`, () => n))))
    await withTime(world, cache.settled())
    expect(cache.stats().levels[1]).toMatchObject({ sets: 2 * MANY, failures: 0, breaker: 'closed' })
    const deletes = await withTime(world, Promise.all(keys.map((key) => cache.delete(key))))
    expect(deletes.filter(({ ok }) => !ok)).toEqual([])
    expect(told).toEqual([])
    await withTime(world, cache.close())
  })

  it('are made in the order in which they were wanted', async () => {
    const { world, cache } = setUp()
    const work = keys.map((key, n) => cache.set(key, n))
    const last = [cache.delete('k1'), cache.set('k2', -1), cache.set('k2999', -2), cache.delete('k2998')]
    await withTime(world, Promise.all<unknown>([...work, ...last]))
    const read = cache.getMany(['k1', 'k2', 'k3', 'k2998', 'k2999'])
    expect(await withTime(world, read)).toEqual([undefined, -1, 3, undefined, -2])
    await withTime(world, cache.close())
  })

  it('are given up together where the server is frozen, when one call would be', async () => {
    const { world, server, cache } = setUp()
    server.isFrozen = true
    const began = world.mono()
    const sets = await withTime(world, Promise.all(keys.map((key, n) => cache.set(key, n))))
    expect(world.mono() - began).toBeLessThanOrEqual(TIMEOUT + 5)
    expect(sets.every(({ ok }) => !ok)).toBe(true)
    expect(cache.stats().levels[1]).toMatchObject({ breaker: 'open', pending: MANY })
    await withTime(world, cache.close({ within: 0 }))
  })
})

describe('a turnstile', () => {
  const setUp = () => {
    const world = new FakeWorld()
    const turnstile = new Turnstile(world, TIMEOUT, false)
    const said: string[] = []
    const wait = (name: string, load: number, patience = Number.POSITIVE_INFINITY) =>
      void turnstile.wait(load, patience).then((isIn) => said.push(`${name} ${isIn ? 'in' : 'left'}`))
    return { world, turnstile, said, wait }
  }

  it('lets 512 in at once, and the next in their order as those leave', async () => {
    const { world, turnstile, said, wait } = setUp()
    expect(turnstile.enter(506)).toBe(true)
    expect(turnstile.enter(7)).toBe(false)
    wait('large', 7)
    expect(turnstile.enter(1)).toBe(false)
    wait('small', 1)
    await world.settle()
    expect(said).toEqual([])
    turnstile.leave(1)
    await world.settle()
    expect(said).toEqual(['large in'])
    turnstile.leave(505)
    await world.settle()
    expect(said).toEqual(['large in', 'small in'])
    expect(turnstile.enter(504)).toBe(true)
    expect(turnstile.enter(1)).toBe(false)
  })

  it('has more room where calls are fast, and less where they are slow for their number', async () => {
    const { world, turnstile, wait } = setUp()
    const roomAfter = (...times: readonly number[]): number => {
      for (const ms of times) {
        turnstile.enter(1)
        wait('another', 5000)
        const sent = world.mono()
        world.advance(ms)
        turnstile.leave(1, sent)
        turnstile.leave(5000)
      }
      let room = 0
      while (turnstile.enter(1)) room++
      turnstile.leave(room)
      return room
    }
    expect(roomAfter(1, 1, 1)).toBe(515)
    expect(roomAfter(100)).toBe(128)
    expect(roomAfter(100, 100, 100)).toBe(32)
    // What each single one takes is the way there.
    expect(roomAfter(...Array.from({ length: 200 }, () => 10))).toBe(232)
    expect(roomAfter(...Array.from({ length: 200 }, () => 80))).toBe(32)
    expect(roomAfter(10, ...Array.from({ length: 900 }, () => 15))).toBe(933)
  })

  it('lets what is more than all its room in alone', async () => {
    const { world, turnstile, said, wait } = setUp()
    expect(turnstile.enter(1)).toBe(true)
    wait('huge', 1024)
    await world.settle()
    expect(said).toEqual([])
    turnstile.leave(1)
    await world.settle()
    expect(said).toEqual(['huge in'])
    expect(turnstile.enter(1)).toBe(false)
  })

  it('is left by who has waited long enough, and is no room less for it', async () => {
    const { world, turnstile, said, wait } = setUp()
    turnstile.enter(512)
    wait('impatient', 512, 100)
    wait('patient', 1)
    world.advance(100)
    await world.settle()
    expect(said).toEqual(['impatient left'])
    turnstile.leave(512)
    await world.settle()
    expect(said).toEqual(['impatient left', 'patient in'])
    expect(turnstile.enter(511)).toBe(true)
  })

  it('opens where too many wait', async () => {
    const { world, turnstile, said, wait } = setUp()
    turnstile.enter(512)
    for (let n = 0; n < 30_000; n++) wait(`${n}`, 1)
    await world.settle()
    expect(said).toEqual([])
    wait('one more', 1)
    await world.settle()
    expect(said).toHaveLength(30_001)
  })
})
