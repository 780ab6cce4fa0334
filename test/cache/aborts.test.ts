import { describe, expect, it } from 'vitest'
import { type BatchContext, createCache, type MultiLevelCache, memory } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { faulty } from '../../src/testing/faulty-level.ts'
import { SimulatedLedgerServer } from '../../src/testing/simulated-ledger-server.ts'
import { ledgerLevel } from '../fleet/ledger-level.ts'
import { virtualTime } from '../fleet/virtual-time.ts'
import { gated } from './gated-source.ts'

function twoLevels(world = new FakeWorld()): MultiLevelCache<unknown> {
  return createCache({ levels: [memory(), memory()], world })
}

describe('a caller that aborts', () => {
  it('is answered at once with the reason of its signal, and leaves the flight to the others', async () => {
    const cache = twoLevels()
    const source = gated()
    const controller = new AbortController()
    const leaves = cache.getOrFetch('k', source.fetch, { signal: controller.signal })
    const stays = cache.getOrFetch('k', source.fetch)
    const reason = new Error('gone')
    controller.abort(reason)
    await expect(leaves).rejects.toBe(reason)
    expect(source.signals[0]!.aborted).toBe(false)
    source.open()
    expect(await stays).toEqual({ found: true, data: 'fetched' })
    expect(await cache.get('k')).toBe('fetched')
  })

  it('aborts the fetcher when it was the last, and the next caller starts anew', async () => {
    const cache = twoLevels()
    const old = gated()
    const controllers = [new AbortController(), new AbortController()]
    const asked = controllers.map(({ signal }) => cache.getOrFetch('k', old.fetch, { signal }))
    await cache.get('other')
    controllers[0]!.abort()
    expect(old.signals[0]!.aborted).toBe(false)
    controllers[1]!.abort()
    expect(old.signals[0]!.aborted).toBe(true)
    for (const one of asked) await expect(one).rejects.toMatchObject({ name: 'AbortError' })
    const fresh = gated('fresh')
    const later = cache.getOrFetch('k', fresh.fetch)
    old.open()
    fresh.open()
    expect(await later).toEqual({ found: true, data: 'fresh' })
    expect(await cache.get('k')).toBe('fresh')
    expect(cache.stats().flights).toBe(0)
  })

  it('never calls the fetcher if all have left before it was needed', async () => {
    const world = new FakeWorld()
    const cache = createCache({ levels: [memory(), faulty(memory(), () => ({ before: 10 }))], world })
    const controller = new AbortController()
    const source = gated()
    const asked = cache.getOrFetch('k', source.fetch, { signal: controller.signal })
    controller.abort()
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' })
    world.advance(10)
    await world.settle()
    expect(source.calls).toEqual([])
  })

  it('is refused at once if its signal has aborted already, hit or not', async () => {
    const cache = twoLevels()
    await cache.set('hot', 1)
    const signal = AbortSignal.abort()
    await expect(cache.getOrFetch('cold', () => 1, { signal })).rejects.toMatchObject({ name: 'AbortError' })
    await expect(cache.getOrFetch('hot', () => 1, { signal })).rejects.toMatchObject({ name: 'AbortError' })
    await expect(cache.getOrFetchMany(['hot'], () => [1], { signal })).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('was the last of a batch, though one of its keys was found meanwhile', async () => {
    const cache = createCache({ levels: [memory({ maxEntries: 1 }), memory()], world: new FakeWorld() })
    await cache.set('found', 1)
    await cache.put('other', 2)
    const source = gated(['fetched'])
    const [batch, single] = [new AbortController(), new AbortController()]
    const fetch = (keys: readonly string[], context: BatchContext) =>
      source.fetch(keys.join(), context) as Promise<string[]>
    const left = cache.getOrFetchMany(['found', 'missing'], fetch, { signal: batch.signal })
    const joined = cache.getOrFetch('missing', () => 'not asked', { signal: single.signal })
    await new FakeWorld().settle()
    expect(source.calls).toEqual(['missing'])
    batch.abort('enough')
    await expect(left).rejects.toBe('enough')
    expect(source.signals[0]!.aborted).toBe(false)
    single.abort('me too')
    await expect(joined).rejects.toBe('me too')
    expect(source.signals[0]!.aborted).toBe(true)
    expect(await cache.getOrFetch('missing', () => 'anew')).toEqual({ found: true, data: 'anew' })
  })

  it('does not abort the signal of a fetcher that has answered', async () => {
    const cache = twoLevels()
    const source = gated()
    const impatient = new AbortController()
    const left = cache.getOrFetch('k', source.fetch, { signal: impatient.signal })
    const stayed = cache.getOrFetch('k', source.fetch)
    await new FakeWorld().settle()
    impatient.abort('enough')
    await expect(left).rejects.toBe('enough')
    source.open()
    await stayed
    expect(source.signals[0]!.aborted).toBe(false)
  })

  it('leaves a whole batch', async () => {
    const cache = twoLevels()
    const controller = new AbortController()
    const signals: AbortSignal[] = []
    const asked = cache.getOrFetchMany(
      ['a', 'b'],
      (_, { signal }) => {
        signals.push(signal)
        return new Promise<never>(() => undefined)
      },
      { signal: controller.signal },
    )
    await cache.get('other')
    controller.abort()
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' })
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
    expect(cache.stats().flights).toBe(0)
  })

  it('is answered at once also where a level is asked whether what it has may be believed', async () => {
    const world = new FakeWorld()
    const server = new SimulatedLedgerServer(world)
    let isSlow = false
    const far = ledgerLevel(() => server.connect({ fate: () => (isSlow ? { effect: 200 } : {}) }))
    const cache = createCache<string>({ levels: [memory(), far], world })
    await virtualTime(world).during(cache.getOrFetch('k', () => 'v'))
    isSlow = true
    for (const options of [{ maxStaleness: 0 }, { maxStaleness: 0, onlyIfCached: true }]) {
      const controller = new AbortController()
      const { signal } = controller
      const all = [
        cache.getOrFetch('k', () => 'w', { ...options, signal }),
        cache.getOrFetchMany(['k'], () => ['w'], { ...options, signal }),
      ].map((asked) => asked.then(String, (error: unknown) => error))
      const reason = new Error('gone')
      controller.abort(reason)
      let answers: unknown
      Promise.all(all).then((told) => {
        answers = told
      })
      await world.settle()
      expect(answers).toEqual([reason, reason])
    }
  })
})
