import { describe, expect, it } from 'vitest'
import { createCache, found, memory } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import type { SimulatedConnection } from '../../src/testing/simulated-ledger.ts'
import { SimulatedLedgerServer } from '../../src/testing/simulated-ledger-server.ts'
import { ledgerLevel } from '../fleet/ledger-level.ts'
import { virtualTime } from '../fleet/virtual-time.ts'

function fleet(first: SimulatedConnection = {}) {
  const world = new FakeWorld()
  const server = new SimulatedLedgerServer(world, {})
  const connections = [first]
  const far = ledgerLevel(() => server.connect(connections.shift()), { name: 'far' })
  const [a, b] = [1, 2].map(() => createCache<string>({ levels: [memory(), far], world }))
  const { within } = virtualTime(world)
  const during = <T>(work: Promise<T>, ms = 100): Promise<T> => within(ms, work)
  return { world, a: a!, b: b!, during }
}

describe('what a batch fetcher tells of keys it was not asked for', () => {
  it('is kept in every level, as it says', async () => {
    const { a, b, during, world } = fleet()
    // Until all shards have been asked, level 1 is not believed.
    await during(b.get('any'), 2000)
    const users = a.namespace<string>('users')
    const [one] = await during(
      users.getOrFetchMany(
        ['1'],
        (keys) =>
          new Map<string, string | ReturnType<typeof found<string>>>([
            ...keys.map((key): [string, string] => [key, `user ${key}`]),
            ['2', found('user 2', { ttl: 1000, tags: ['t'] })],
          ]),
      ),
    )
    expect(one).toEqual({ found: true, data: 'user 1' })
    expect(users.peek('2')).toBe('user 2')
    expect(await during(b.namespace<string>('users').get('2'))).toBe('user 2')
    world.advance(1000)
    expect(users.peek('2')).toBeUndefined()
    expect(a.stats()).toMatchObject({ requests: 1, fetches: 1 })
  })

  it('is kept nowhere if it was invalidated since the source was asked, by this process or another', async () => {
    const { a, b, during } = fleet()
    await during(a.getMany(['x', 'y', 'z']))
    const gate = Promise.withResolvers<void>()
    const called = Promise.withResolvers<void>()
    const asked = a.getOrFetchMany(['x'], async () => {
      called.resolve()
      await gate.promise
      return new Map([
        ['x', 'asked'],
        ['y', 'deleted here'],
        ['z', 'deleted there'],
        ['free', 'kept'],
      ])
    })
    await during(called.promise)
    await during(a.delete('y'))
    await during(b.delete('z'))
    gate.resolve()
    await during(asked)
    expect(await during(a.getMany(['x', 'y', 'z', 'free']))).toEqual(['asked', undefined, undefined, 'kept'])
    expect(await during(b.getMany(['x', 'y', 'z', 'free']))).toEqual(['asked', undefined, undefined, 'kept'])
  })

  it('has keys like all others, and is not kept where the answers are an array', async () => {
    const { a, during } = fleet()
    const wrong = during(a.getOrFetchMany(['x'], () => new Map<string, string>([[7 as never, 'seven']])))
    await expect(wrong).rejects.toMatchObject({ code: 'ERR_KEY_INVALID' })
    await expect(during(a.getOrFetchMany(['x'], () => ['one', 'more']))).rejects.toThrow(/an array of 1 answers/)
  })

  it('is not kept by a closing cache that keeps nothing any more, and waits for a write', async () => {
    let isSlow = false
    const fate = (call: string) => (isSlow && call === 'replace' ? { answer: 200 } : {})
    const { a, b, during } = fleet({ fate })
    const gate = Promise.withResolvers<Map<string, string>>()
    const asked = a.getOrFetchMany(['k'], () => gate.promise)
    await during(b.get('any'))
    isSlow = true
    const write = a.set('other', 'x')
    const closed = a.close({ within: 0 })
    await during(b.get('any'), 50)
    gate.resolve(
      new Map([
        ['k', 'asked for'],
        ['more', 'not asked for'],
      ]),
    )
    await during(Promise.all([asked, write, closed]), 400)
    expect(await during(b.getMany(['k', 'more', 'other']))).toEqual([undefined, undefined, 'x'])
  })
})
