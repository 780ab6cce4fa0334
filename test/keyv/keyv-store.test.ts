import fc from 'fast-check'
import { Keyv } from 'keyv'
import { Keyv as Keyv6, KeyvMemoryAdapter } from 'keyv6'
import { describe, expect, it } from 'vitest'
import { type KeyvStoreOptions, keyvStore } from '../../src/coherence/keyv-store.ts'
import { UNCHECKED } from '../../src/entry/era.ts'
import { EVERYTHING, keyScope, type Scope } from '../../src/entry/scope.ts'
import type { KeyvStorage } from '../../src/stores/keyv/keyv-adapter.ts'
import type { Sealed, Store } from '../../src/stores/store.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { idleFollower } from '../coherence/idle-follower.ts'
import { Keyv5Adapter } from './adapters.ts'

const STALENESS = 1000
const TAG: Scope = { kind: 'tag', tag: 't' }

function sealed(key: string, text: string, more: Partial<Sealed> = {}): Sealed {
  const payload = Buffer.from(text)
  return {
    key,
    found: true,
    codec: 2,
    payload,
    born: UNCHECKED,
    deadline: Infinity,
    tags: [],
    version: undefined,
    upkeep: undefined,
    ...more,
  }
}

async function textsOf(store: Store, keys: readonly string[]): Promise<(string | undefined)[]> {
  const { entries } = await store.read(keys)
  return entries.map((entry) => entry && Buffer.from(entry.payload).toString())
}

/** Processes over one adapter, in one world. */
function fleet(storage: KeyvStorage, world: FakeWorld, options: KeyvStoreOptions = {}): [Store, Store] {
  const join = () => keyvStore(storage, { maxStaleness: STALENESS, ...options }, { world })
  return [join(), join()]
}

describe('a level over Keyv, in several processes', () => {
  for (const [what, scope] of [
    ['a cleared cache', EVERYTHING],
    ['a prefix', { kind: 'prefix', prefix: 'k' }],
    ['a tag', TAG],
  ] as const) {
    it(`follows ${what} of another within maxStaleness, and tells the levels above`, async () => {
      const world = new FakeWorld()
      const [a, b] = fleet(new Map(), world)
      const told: Scope[] = []
      b.traits.shares!.follow(idleFollower({ invalidated: (scopes) => told.push(...scopes) }))
      await a.replace([sealed('k', '1', { tags: ['t'] })])
      expect(await textsOf(b, ['k'])).toEqual(['1'])
      await a.raise([scope])
      expect(await textsOf(a, ['k'])).toEqual([undefined])
      world.advance(b.traits.shares!.maxStaleness)
      expect(await textsOf(b, ['k'])).toEqual([undefined])
      expect(told).toEqual([scope])
    })
  }

  it('judges by what is young enough, not by a question under way that was asked too long ago', async () => {
    const world = new FakeWorld()
    const items = new Map()
    let late = 0
    const [a] = fleet(items, world)
    // Of the record of floors an answer may be on its way for long; it is what was there when it was asked for.
    const slow = {
      get: async (name: string) => {
        const there = items.get(name)
        if (name.endsWith('!floors') && late > 0) await new Promise<void>((resolve) => world.after(late, resolve))
        return there
      },
      set: async (name: string, value: unknown) => items.set(name, value),
      delete: async (name: string) => items.delete(name),
    }
    const [b] = fleet(slow as KeyvStorage, world)
    await a.replace([sealed('k', '1', { tags: ['t'] })])
    expect(await textsOf(b, ['k'])).toEqual(['1'])
    world.advance(STALENESS / 5)
    late = STALENESS - 100
    const early = textsOf(b, ['other'])
    await world.settle()
    await a.raise([TAG])
    world.advance(late - 10)
    late = 0
    const read = textsOf(b, ['k'])
    await world.settle()
    world.advance(10)
    await early
    expect(await read).toEqual([undefined])
  })

  it('asks with each read where it is told that what is read goes up to another store', async () => {
    const [a, b] = fleet(new Map(), new FakeWorld())
    b.traits.shares!.follow(idleFollower({ carriesOn: true }))
    await a.replace([sealed('k', '1', { tags: ['t'] })])
    expect(await textsOf(b, ['k'])).toEqual(['1'])
    await a.raise([TAG])
    expect(await textsOf(b, ['k'])).toEqual([undefined])
  })

  it('sees at once what another writes and deletes', async () => {
    const [a, b] = fleet(new Map(), new FakeWorld())
    await a.replace([sealed('k', '1')])
    await b.replace([sealed('k', '2')])
    expect(await textsOf(a, ['k'])).toEqual(['2'])
    await b.raise([keyScope('k')])
    expect(await textsOf(a, ['k'])).toEqual([undefined])
  })

  it('asks at once where it is told to', async () => {
    const [a, b] = fleet(new Map(), new FakeWorld())
    await a.replace([sealed('k', '1')])
    expect(await b.traits.shares!.prove('k')).toBe(true)
    await a.raise([EVERYTHING])
    expect(await b.traits.shares!.prove('k')).toBe(true)
    expect(await textsOf(b, ['k'])).toEqual([undefined])
  })

  it('keeps what was invalidated where the record is lost', async () => {
    const world = new FakeWorld()
    const items = new Map<string, string>()
    const [a, b] = fleet(items, world)
    await a.replace([sealed('k', '1')])
    await a.raise([EVERYTHING])
    for (const name of items.keys()) if (name.includes('!')) items.delete(name)
    world.advance(STALENESS)
    await a.read(['k'])
    expect(await textsOf(b, ['k'])).toEqual([undefined])
  })

  it('begins anew, empty, where the record is lost and nobody remembers it', async () => {
    const items = new Map<string, string>()
    const [a] = fleet(items, new FakeWorld(1))
    await a.replace([sealed('k', '1')])
    for (const name of items.keys()) if (name.includes('!')) items.delete(name)
    const [later] = fleet(items, new FakeWorld(2))
    expect(await textsOf(later, ['k'])).toEqual([undefined])
  })
})

describe('a level over Keyv', () => {
  it('gives Keyv 5 adapters a length of time, and those of Keyv 6 a moment', async () => {
    const world = new FakeWorld()
    const old = new Keyv5Adapter(() => world.mono())
    const [five] = fleet(old, world)
    await five.replace([sealed('k', '1', { deadline: world.mono() + 1000.5 })])
    expect(old.sets.map(({ ttl }) => ttl)).toEqual([undefined, 1001])
    const sets: unknown[] = []
    const now = new KeyvMemoryAdapter({
      get: () => undefined,
      set: (_: string, item: { readonly expires?: number }) => sets.push(item.expires),
      delete: () => true,
      clear() {},
      has: () => false,
    } as never)
    const [six] = fleet(now as KeyvStorage, world)
    await six.replace([sealed('k', '1', { deadline: world.mono() + 1000 })])
    expect(sets).toEqual([undefined, world.wall() + 1000])
  })

  it('holds what Keyv itself would', async () => {
    const items = new Map<string, string>()
    const [store] = fleet(items, new FakeWorld())
    await store.replace([sealed('k', 'text')])
    expect(Object.keys(JSON.parse(items.get('terrace:k')!))).toEqual(['value'])
    const parsed = new Map<string, unknown>([...items].map(([name, text]) => [name, JSON.parse(text)]))
    expect(await textsOf(fleet(parsed as never, new FakeWorld())[0], ['k'])).toEqual(['text'])
  })

  it('takes what emits errors, as much as what rejects, for failed', async () => {
    for (const failure of ['emits', 'rejects'] as const) {
      const adapter = new Keyv5Adapter()
      const [store] = fleet(adapter, new FakeWorld())
      await store.replace([sealed('k', '1')])
      adapter.failure = failure
      await expect(store.read(['k'])).rejects.toThrow()
      await expect(store.raise([keyScope('k')])).rejects.toThrow()
      await expect(store.raise([TAG])).rejects.toThrow()
      expect(await store.traits.shares!.prove('k')).toBe(false)
      // Outside any call, too, it must not end the process.
      adapter.emit('error', new Error('connection lost'))
      adapter.failure = 'none'
      expect(await textsOf(store, ['other'])).toEqual([undefined])
    }
  })

  it('fails where an adapter refuses a value, or answers nonsense', async () => {
    const refusing = { get: () => undefined, set: () => false, delete: () => true }
    await expect(fleet(refusing, new FakeWorld())[0].replace([sealed('k', '1')])).rejects.toThrow('did not take')
    const items = new Map<string, string>()
    const short = { get: (k: string) => items.get(k), set: () => true, delete: () => true, getMany: () => [undefined] }
    await expect(fleet(short, new FakeWorld())[0].read(['a', 'b'])).rejects.toThrow('getMany')
  })

  it('comes back after a call that never ended', async () => {
    const world = new FakeWorld()
    const items = new Map<string, string>()
    let hangs = true
    const get = (key: string) => (hangs ? new Promise<string>(() => {}) : items.get(key))
    const adapter = { get, set: (k: string, v: string) => items.set(k, v), delete: (k: string) => items.delete(k) }
    const [store] = fleet(adapter, world)
    const first = expect(store.read(['k'])).rejects.toThrow('did not answer')
    world.advance(STALENESS)
    await first
    hangs = false
    expect(await store.replace([sealed('k', '1')])).toEqual(['kept'])
    expect(await textsOf(store, ['k'])).toEqual(['1'])
  })

  it('leaves what is not its own where it is told to clear, unless all is its own', async () => {
    const items = new Map<string, string>([['theirs', 'x']])
    const [store] = fleet(items, new FakeWorld())
    await store.replace([sealed('k', '1')])
    await store.raise([EVERYTHING])
    expect(items.has('theirs')).toBe(true)
    const [alone] = fleet(items, new FakeWorld(), { exclusive: true })
    await alone.replace([sealed('k', '1')])
    await alone.raise([EVERYTHING])
    expect([...items.keys()]).toEqual(['terrace!floors'])
    expect(await textsOf(alone, ['k'])).toEqual([undefined])
  })

  it('keeps prefixes apart', async () => {
    const items = new Map<string, string>()
    const world = new FakeWorld()
    const [a] = fleet(items, world, { prefix: 'a' })
    const [b] = fleet(items, world, { prefix: 'a:b' })
    await a.replace([sealed('b:k', 'a')])
    await b.replace([sealed('x', 'b')])
    await a.raise([EVERYTHING])
    expect(await textsOf(b, ['x', 'k'])).toEqual(['b', undefined])
  })

  it('serves no longer than was written, wherever the clocks go', async () => {
    const world = new FakeWorld()
    const [store] = fleet(new Map(), world)
    await store.replace([sealed('k', '1', { deadline: world.mono() + 1000 })])
    world.jumpWall(-86_400_000)
    const [entry] = (await store.read(['k'])).entries
    expect(entry!.deadline - world.mono()).toBeLessThanOrEqual(1000)
  })

  it('disconnects the adapter only where it is told to', async () => {
    const adapter = new Keyv5Adapter()
    await fleet(adapter, new FakeWorld())[0].close()
    expect(adapter.disconnected).toBe(false)
    await fleet(adapter, new FakeWorld(), { disconnect: true })[0].close()
    expect(adapter.disconnected).toBe(true)
  })

  it('leaves no timer behind', async () => {
    const world = new FakeWorld()
    const [store] = fleet(new Map(), world)
    await store.raise([TAG])
    await store.close()
    expect(world.timers).toBe(0)
  })

  it('refuses what is no adapter, and wrong options', () => {
    const world = new FakeWorld()
    const make = (storage: unknown, options?: unknown) => () => keyvStore(storage as never, options as never, { world })
    for (const storage of [undefined, null, 'redis://', {}, { get() {} }])
      expect(make(storage)).toThrow('Keyv storage adapter')
    for (const keyv of [new Keyv(), new Keyv6()]) expect(make(keyv)).toThrow('give its store')
    expect(make(new Map(), { prefx: 'a' })).toThrow("Did you mean 'prefix'?")
    expect(make(new Map(), { prefix: 'a b' })).toThrow('printable ASCII')
    expect(make(new Map(), { maxStaleness: 10 })).toThrow('at least 100 ms')
    expect(make(new Map(), { maxStaleness: Infinity })).toThrow('finite')
    expect(make(new Map(), { exclusive: 'yes' })).toThrow('true or false')
  })
})

describe('what somebody else left under our names', () => {
  const envelope = fc
    .uint8Array({ maxLength: 200 })
    .map((bytes) => `{"value":"${Buffer.from(bytes).toString('base64')}"}`)
  const record = fc
    .record({
      terrace: fc.constant(1),
      reign: fc.string(),
      era: fc.anything(),
      all: fc.anything(),
      tags: fc.anything(),
    })
    .map((value) => JSON.stringify({ value: Buffer.from(JSON.stringify(value) ?? '').toString('base64') }))
  const content = fc.oneof(fc.string(), fc.json(), envelope, record, fc.anything(), fc.constant('{"value":"'))

  it('is not there, and heals', async () => {
    await fc.assert(
      fc.asyncProperty(content, content, async (state, data) => {
        const items = new Map<string, unknown>([
          ['terrace!floors', state],
          ['terrace:k', data],
        ])
        const [store] = fleet(items as never, new FakeWorld())
        expect(await textsOf(store, ['k'])).toEqual([undefined])
        expect(await store.replace([sealed('k', '1')])).toEqual(['kept'])
        expect(await textsOf(store, ['k'])).toEqual(['1'])
        await store.raise([TAG, EVERYTHING])
        expect(await textsOf(store, ['k'])).toEqual([undefined])
      }),
      { numRuns: 500 },
    )
  })

  it('is not believed where it is the frame of another key, or a flipped bit', async () => {
    const world = new FakeWorld()
    const items = new Map<string, string>()
    const [store] = fleet(items, world)
    await store.replace([sealed('k', 'value')])
    const whole = items.get('terrace:k')!
    items.set('terrace:other', whole)
    expect(await textsOf(store, ['other'])).toEqual([undefined])
    const bytes = Buffer.from(JSON.parse(whole).value, 'base64')
    bytes[bytes.length - 1]! ^= 1
    items.set('terrace:k', JSON.stringify({ value: bytes.toString('base64') }))
    expect(await textsOf(store, ['k'])).toEqual([undefined])
  })
})
