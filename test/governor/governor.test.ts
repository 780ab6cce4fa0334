import { describe, expect, it } from 'vitest'
import type { CacheEvent, FetchPriority } from '../../src/events.ts'
import { type Applicant, Governor } from '../../src/governor/governor.ts'
import type { Permit } from '../../src/governor/permits.ts'
import { type SourceOptions, sourceCheck } from '../../src/governor/source-options.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'

function setUp(options: SourceOptions) {
  const world = new FakeWorld()
  const events: CacheEvent[] = []
  const governor = new Governor(world, sourceCheck(options, 'source')!, (event) => events.push(event))
  return { world, governor, events }
}

const NOBODY = new AbortController().signal

function fetchOf(key: string, priority: FetchPriority = 'normal', signal = NOBODY): Applicant {
  return { keys: [key], priority, party: { signal } }
}

function atOnce(admitted: Permit | Promise<Permit>): Permit {
  expect(admitted).not.toBeInstanceOf(Promise)
  return admitted as Permit
}

describe('a governor', () => {
  it('lets fetches through at once while there is room, without looking at their signals', () => {
    const { governor } = setUp({ maxConcurrent: 2 })
    const shy: Applicant = {
      keys: ['k'],
      priority: 'low',
      party: {
        get signal(): AbortSignal {
          throw new Error('nobody may look')
        },
      },
    }
    const permits = [atOnce(governor.admit(shy)), atOnce(governor.admit(shy))]
    expect(permits.map(({ among }) => among)).toEqual([1, 2])
    expect(governor).toMatchObject({ inFlight: 2, queued: 0, limit: 2, waited: 0 })
    for (const permit of permits) permit.done('answered')
    expect(governor.inFlight).toBe(0)
    governor.check()
  })

  it('lets the next one through when one is done, first come, first served', async () => {
    const { world, governor } = setUp({ maxConcurrent: 1 })
    const first = atOnce(governor.admit(fetchOf('a')))
    const order: string[] = []
    const come = async (key: string) => {
      const permit = await governor.admit(fetchOf(key))
      order.push(key)
      permit.done('answered')
    }
    const all = ['b', 'c', 'd'].map(come)
    world.advance(7)
    expect(order).toEqual([])
    first.done('failed')
    await Promise.all(all)
    expect(order).toEqual(['b', 'c', 'd'])
    expect(governor).toMatchObject({ inFlight: 0, queued: 0, waited: 21 })
    expect(world.timers).toBe(0)
  })

  it('takes a permit back once', () => {
    const { governor } = setUp({ maxConcurrent: 2 })
    const permit = atOnce(governor.admit(fetchOf('a')))
    governor.admit(fetchOf('b'))
    permit.done('answered')
    permit.done('answered')
    expect(governor.inFlight).toBe(1)
    governor.check()
  })

  it('lets high priorities go first, and one in eight be whoever has waited longest', async () => {
    const { world, governor } = setUp({ maxConcurrent: 1 })
    const first = atOnce(governor.admit(fetchOf('first')))
    const order: FetchPriority[] = []
    const come = async (priority: FetchPriority) => {
      const permit = await governor.admit(fetchOf('k', priority))
      order.push(priority)
      permit.done('answered')
    }
    const low = come('low')
    world.advance(1)
    const normal = come('normal')
    world.advance(1)
    const all = [low, normal, ...Array.from({ length: 10 }, () => come('high'))]
    first.done('answered')
    await Promise.all(all)
    expect(order).toEqual([
      ...Array.from({ length: 7 }, () => 'high'),
      'low',
      ...Array.from({ length: 3 }, () => 'high'),
      'normal',
    ])
  })

  it('sheds what comes when the line is full, and tells', async () => {
    const { governor, events } = setUp({ maxConcurrent: 1, maxQueued: 1 })
    governor.admit(fetchOf('a'))
    const waiting = governor.admit(fetchOf('b')) as Promise<Permit>
    await expect(governor.admit(fetchOf('c'))).rejects.toMatchObject({
      code: 'ERR_FETCH_SHED',
      message: 'a fetch was not let through to the source: the line is full (maxQueued: 1)',
    })
    expect(events).toEqual([{ type: 'shed', keys: ['c'], priority: 'normal', reason: 'full', waited: 0 }])
    expect(governor).toMatchObject({ shed: 1, queued: 1 })
    waiting.catch(() => undefined)
  })

  it('sheds whoever came last of the lowest priority when a higher one comes to a full line', async () => {
    const { world, governor, events } = setUp({ maxConcurrent: 1, maxQueued: 3 })
    const first = atOnce(governor.admit(fetchOf('first')))
    const got: string[] = []
    const come = async (key: string, priority: FetchPriority) => {
      try {
        const permit = await governor.admit(fetchOf(key, priority))
        got.push(key)
        permit.done('answered')
      } catch (error) {
        got.push(`${key} ${(error as { code: string }).code}`)
      }
    }
    const all = [come('low 1', 'low'), come('low 2', 'low'), come('normal', 'normal')]
    world.advance(5)
    all.push(come('high', 'high'), come('low 3', 'low'))
    await world.settle()
    expect([...got].sort()).toEqual(['low 2 ERR_FETCH_SHED', 'low 3 ERR_FETCH_SHED'])
    expect(events).toEqual([
      { type: 'shed', keys: ['low 2'], priority: 'low', reason: 'displaced', waited: 5 },
      { type: 'shed', keys: ['low 3'], priority: 'low', reason: 'full', waited: 0 },
    ])
    governor.check()
    first.done('answered')
    await Promise.all(all)
    expect(got.slice(2)).toEqual(['high', 'normal', 'low 1'])
  })

  it('sheds what has waited too long', async () => {
    const { world, governor, events } = setUp({ maxConcurrent: 1, maxQueueTime: 100 })
    governor.admit(fetchOf('a'))
    const outcomes: unknown[] = []
    const come = (key: string) =>
      (governor.admit(fetchOf(key)) as Promise<Permit>).catch(({ code }) => outcomes.push(`${key} ${code}`))
    come('b')
    world.advance(60)
    come('c')
    world.advance(39)
    await world.settle()
    expect(outcomes).toEqual([])
    world.advance(1)
    await world.settle()
    expect(outcomes).toEqual(['b ERR_FETCH_SHED'])
    world.advance(60)
    await world.settle()
    expect(outcomes).toEqual(['b ERR_FETCH_SHED', 'c ERR_FETCH_SHED'])
    expect(events.map((event) => event.type === 'shed' && event.reason)).toEqual(['late', 'late'])
    expect(governor).toMatchObject({ queued: 0, shed: 2, waited: 200 })
    expect(world.timers).toBe(0)
  })

  it('lets go of whoever leaves, with his own reason', async () => {
    const { world, governor } = setUp({ maxConcurrent: 1 })
    governor.admit(fetchOf('a'))
    const leaving = new AbortController()
    const left = governor.admit(fetchOf('b', 'normal', leaving.signal)) as Promise<Permit>
    leaving.abort('gone')
    await expect(left).rejects.toBe('gone')
    await expect(governor.admit(fetchOf('c', 'high', leaving.signal))).rejects.toBe('gone')
    expect(governor).toMatchObject({ queued: 0, shed: 0, inFlight: 1 })
    expect(world.timers).toBe(0)
    governor.check()
  })

  it('counts fetches that never end no longer than maxFetchTime', async () => {
    const { world, governor } = setUp({ maxConcurrent: 2, maxFetchTime: '10s', maxQueueTime: '1m' })
    const hanging = atOnce(governor.admit(fetchOf('a')))
    world.advance(4000)
    governor.admit(fetchOf('b'))
    let came = 0
    for (const key of ['c', 'd']) Promise.resolve(governor.admit(fetchOf(key))).then(() => came++)
    world.advance(5999)
    await world.settle()
    expect(came).toBe(0)
    world.advance(1)
    await world.settle()
    expect(came).toBe(1)
    hanging.done('answered')
    expect(governor.inFlight).toBe(2)
    world.advance(4000)
    await world.settle()
    expect(came).toBe(2)
    governor.check()
  })

  it('finds lost places also when somebody comes', () => {
    const { world, governor } = setUp({ maxConcurrent: 1, maxFetchTime: '10s' })
    governor.admit(fetchOf('a'))
    world.advance(10_000)
    atOnce(governor.admit(fetchOf('b')))
    expect(governor.inFlight).toBe(1)
  })
})
