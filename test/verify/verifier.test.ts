import { describe, expect, it } from 'vitest'
import { createCache, type EventOf, found, memory } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { Fleet, stubborn } from './fleet.ts'

type Told = EventOf<'inconsistent'>

function listening(cache: ReturnType<typeof createCache>): Told[] {
  const told: Told[] = []
  cache.on('inconsistent', (event) => told.push(event))
  return told
}

describe('verify', () => {
  it('finds that all is well where all is well', async () => {
    const fleet = new Fleet()
    const [a, b] = [fleet.join(), fleet.join()]
    const told = listening(a)
    await fleet.wait(b.setMany([1, 2, 3].map((n) => [`k${n}`, { n }])))
    const verification = a.verify({ perSecond: 100 })
    let n = 0
    await fleet.pass(3000, () => a.get(`k${(n++ % 3) + 1}`))
    await fleet.wait(b.set('k1', { n: 'new' }))
    await fleet.pass(500, () => a.get('k1'))
    const [against] = verification.stats().against
    expect(against!.against).toBe('ledger')
    expect(against!.agreed).toBeGreaterThan(50)
    expect(against).toMatchObject({ disagreed: 0, open: 0, offenders: [] })
    expect(against!.checked).toBe(against!.agreed)
    expect(against!.within.map(({ ratio }) => ratio)).toEqual([1, 1, 1])
    expect(against!.summary).toMatch(/^\d+ reads checked against ledger: agreed 100 % within 1 s \(at least 9\d/)
    expect(a.stats().verified).toEqual(verification.stats())
    expect(told).toEqual([])
    const { requests } = a.stats()
    await fleet.pass(100)
    expect(a.stats().requests).toBe(requests)
    await fleet.close()
    expect(fleet.world.failures).toEqual([])
  })

  it('catches a level that does not forget what another process changed, and counts for how long', async () => {
    const fleet = new Fleet()
    const [a, b] = [fleet.join({ first: stubborn(memory()) }), fleet.join()]
    const told = listening(a)
    await fleet.wait(b.set('k', 'old', { version: 1 }))
    await fleet.wait(a.get('k'))
    const verification = a.verify({ perSecond: 10 })
    await fleet.pass(1000, () => a.get('k'))
    const before = verification.stats().against[0]!.agreed
    expect(before).toBeGreaterThan(0)
    await fleet.wait(b.set('k', 'new', { version: 2 }))
    // Read once a second from now on: each read is looked at.
    for (let second = 0; second < 63; second++)
      await fleet.pass(1000, second === 0 ? () => a.get('k') : () => undefined)
    expect(told.map(({ duration }) => Math.round(duration / 100) * 100)).toEqual([1000, 10_000, 60_000])
    expect(told[0]).toMatchObject({
      key: 'k',
      level: 'L1',
      against: 'ledger',
      because: 'value',
      served: { found: true, version: 1 },
      held: { found: true, version: 2 },
    })
    expect(told[0]!.served).not.toHaveProperty('value')
    const { against } = verification.stats()
    const late = against[0]!.checked - before
    expect(late).toBeGreaterThan(0)
    expect(against[0]).toMatchObject({ disagreed: late, open: 0, agreed: before })
    expect(against[0]!.within.map((bound) => [bound.within, bound.agreed, bound.late])).toEqual([
      [1000, before, late],
      [10_000, before, late],
      [60_000, before, late],
    ])
    expect(against[0]!.offenders).toMatchObject([{ key: 'k', isOpen: true, reads: late }])
    // The same key again once it is right.
    await fleet.wait(a.set('k', 'newest'))
    await fleet.pass(1000)
    expect(verification.stats().against[0]!.offenders).toMatchObject([{ isOpen: false }])
    await fleet.close()
  })

  it.each(['delete', 'tag', 'prefix'] as const)(
    'catches a level that does not forget what was removed by %s',
    async (how) => {
      const fleet = new Fleet()
      const [a, b] = [fleet.join({ first: stubborn(memory()) }), fleet.join()]
      const told = listening(a)
      await fleet.wait(b.set('k', 'old', { tags: ['t'] }))
      await fleet.wait(a.get('k'))
      a.verify({ perSecond: 10, within: ['1s', '5s'] })
      await fleet.pass(1000, () => a.get('k'))
      await fleet.wait(how === 'delete' ? b.delete('k') : how === 'tag' ? b.invalidateTags(['t']) : b.clearPrefix('k'))
      await fleet.pass(7000, () => a.peek('k') !== undefined && a.get('k'))
      // A memory level asks for tags when it serves: that floor it has not raised either.
      expect(told.map(({ because }) => because)).toEqual(['invalidated', 'invalidated'])
      expect(told.map(({ held }) => held)).toEqual([undefined, undefined])
      await fleet.close()
    },
  )

  it('finds what a process does not hear of, by key and by tag, and that it ends when it is asked for', async () => {
    const fleet = new Fleet()
    // No notice arrives; what was missed is asked for every 20 seconds or so.
    const a = fleet.join({ connection: { arrivals: () => [] }, maxStaleness: 100_000 })
    const b = fleet.join()
    await fleet.wait(
      b.setMany(
        [
          ['changed', 1],
          ['tagged', 1],
        ],
        { tags: ['t'] },
      ),
    )
    const told = listening(a)
    const verification = a.verify({ perSecond: 50 })
    const read = () => [a.get('changed'), a.get('tagged')]
    await fleet.pass(1000, read)
    await fleet.wait(b.set('changed', 2))
    await fleet.wait(b.invalidateTags(['t']))
    await fleet.pass(65_000, read)
    const first = told.filter(({ duration }) => duration < 5000)
    expect(first.map(({ key, because }) => [key, because]).sort()).toEqual([
      ['changed', 'value'],
      ['tagged', 'invalidated'],
    ])
    const offenders = verification.stats().against[0]!.offenders
    expect(offenders.map(({ isOpen }) => isOpen)).toEqual([false, false])
    for (const { duration } of offenders) {
      expect(duration).toBeGreaterThan(10_000)
      expect(duration).toBeLessThan(41_000)
    }
    const [second, , minute] = verification.stats().against[0]!.within
    expect(second!.late).toBeGreaterThan(0)
    expect(second!.ratio).toBeLessThan(1)
    expect(minute!.late).toBe(0)
    expect(await fleet.wait(a.get('changed'))).toBe(2)
    await fleet.close()
  })

  it('holds nothing against keys that are put, evicted below, or out of reach', async () => {
    const fleet = new Fleet()
    let isDown = false
    const fate = () => (isDown ? { fails: true, effect: Number.POSITIVE_INFINITY } : {})
    const [a, b] = [fleet.join({ connection: { fate } }), fleet.join()]
    const told = listening(a)
    await fleet.wait(
      b.setMany([
        ['put', 1],
        ['evicted', 1],
        ['far', 1],
      ]),
    )
    await fleet.wait(a.getMany(['put', 'evicted', 'far']))
    await fleet.wait(a.put('put', 2))
    const verification = a.verify({ perSecond: 50 })
    await fleet.pass(200, () => a.get('evicted'))
    // Nobody invalidated it: the server has made room.
    fleet.server.core(fleet.server.shardOf('evicted'))
    fleet.server.evict('evicted')
    await fleet.pass(2000, () => [a.get('put'), a.get('evicted')])
    isDown = true
    await fleet.pass(2000, () => a.get('far'))
    const [against] = verification.stats().against
    expect(against!.unknown.put).toBeGreaterThan(0)
    expect(against!.unknown.gone).toBeGreaterThan(0)
    expect(against!.unknown.unanswered).toBeGreaterThan(0)
    expect(against!.checked).toBe(against!.agreed)
    expect(told).toEqual([])
    isDown = false
    await fleet.close()
  })

  it('compares with the source where it is given one', async () => {
    const world = new FakeWorld()
    const cache = createCache<unknown>({ world })
    const source = new Map<string, unknown>([
      ['same', { n: 1 }],
      ['changed', 1],
      ['gone', 1],
    ])
    await cache.setMany([...source])
    const told = listening(cache)
    let asked = 0
    const verification = cache.verify({
      source: (key) => {
        asked++
        if (key === 'broken') throw new Error('the source is down')
        return key === 'same' ? found({ n: 1 }) : source.get(key)
      },
      sourcePerSecond: 4,
      perSecond: 4,
      within: ['1s', '2s'],
      values: true,
    })
    source.set('changed', 2)
    source.delete('gone')
    await cache.set('broken', 1)
    const keys = ['same', 'changed', 'gone', 'broken']
    for (let ms = 0; ms < 5000; ms += 10) {
      for (const key of keys) await cache.get(key)
      await world.settle()
      world.advance(10)
      await world.settle()
    }
    const [against, ...others] = verification.stats().against
    expect(others).toEqual([])
    expect(against!.against).toBe('source')
    expect(new Set(against!.offenders.map(({ key }) => key))).toEqual(new Set(['changed', 'gone']))
    expect(told.find(({ key }) => key === 'changed')).toMatchObject({
      against: 'source',
      served: { value: 1 },
      held: { found: true, value: 2 },
    })
    expect(told.find(({ key }) => key === 'gone')!.held).toMatchObject({ found: false })
    expect(against!.unknown.unanswered).toBeGreaterThan(0)
    expect(asked).toBeLessThanOrEqual(4 * 5 + 2 * 2 * 2)
    await cache.close()
    expect(world.timers).toBe(0)
  })

  it('gives a comparison that throws for unknown, and a hanging source never more than a few calls', async () => {
    const world = new FakeWorld()
    const cache = createCache<unknown>({ world, levels: [memory(), memory()] })
    await cache.set('k', { n: 1 })
    await cache.get('k')
    let asked = 0
    const verification = cache.verify({
      perSecond: 100,
      concurrency: 100,
      sourcePerSecond: 100,
      equals: () => {
        throw new Error('no')
      },
      source: () => {
        asked++
        return new Promise(() => undefined)
      },
    })
    await cache.namespace('n').put('x', 1)
    await cache.set('k', [1])
    for (let ms = 0; ms < 30_000; ms += 100) {
      await cache.get('k')
      await world.settle()
      world.advance(100)
      await world.settle()
    }
    const [, source] = verification.stats().against
    expect(asked).toBe(10)
    expect(source!.unknown.unanswered).toBeGreaterThan(10)
    expect(source!.checked).toBe(0)
    await cache.close()
    expect(world.failures).toEqual([])
  })

  it('costs nothing before and after, and ends with the cache', async () => {
    const fleet = new Fleet()
    const a = fleet.join()
    await fleet.wait(a.set('k', 1))
    expect(a.stats().verified).toBeUndefined()
    const verification = a.verify()
    const { timers } = fleet.world
    verification.close()
    verification.close()
    expect(fleet.world.timers).toBe(timers - 2)
    expect(a.stats().verified).toBeUndefined()
    using other = a.verify({ within: ['2s'] })
    expect(a.stats().verified).toEqual(other.stats())
    await fleet.close()
    expect(fleet.world.timers).toBe(0)
    expect(() => a.verify()).toThrow(expect.objectContaining({ code: 'ERR_CLOSED' }))
  })

  it('refuses what it cannot do', async () => {
    const world = new FakeWorld()
    const single = createCache({ world })
    expect(() => single.verify()).toThrow('nothing to compare with: give a source, or a second level')
    const cache = createCache({ world, levels: [memory(), memory()] })
    const refused = (options: object) => {
      try {
        cache.verify(options)
      } catch (error) {
        return (error as Error).message
      }
      return undefined
    }
    expect(refused({ persecond: 1 })).toContain("Did you mean 'perSecond'?")
    expect(refused({ perSecond: 0 })).toContain('from 1 to 1000')
    expect(refused({ within: [] })).toContain('durations from 1 s to 1 h, ascending')
    expect(refused({ within: ['500ms'] })).toContain('durations from 1 s to 1 h, ascending')
    expect(refused({ within: ['10s', '1s'] })).toContain('durations from 1 s to 1 h, ascending')
    expect(refused({ source: 1 })).toContain('a function')
    expect(world.timers).toBe(0)
    await Promise.all([single.close(), cache.close()])
  })
})
