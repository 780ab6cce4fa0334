import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TerraceError } from '../../src/errors.ts'
import type { CacheEvent } from '../../src/events.ts'
import { governed } from '../../src/governor/governed.ts'
import { Governor } from '../../src/governor/governor.ts'
import { RetryBudget } from '../../src/governor/retry-budget.ts'
import { type RetryOptions, type SourceOptions, sourceCheck } from '../../src/governor/source-options.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'

/** A fetch whose attempts end as they are told to: with an error, or an answer. */
function setUp(retries: RetryOptions | undefined, more: SourceOptions = {}) {
  const world = new FakeWorld(7)
  const events: CacheEvent[] = []
  const governor = new Governor(world, sourceCheck({ ...more, retries }, 'source')!, (event) => events.push(event))
  const controller = new AbortController()
  let calls = 0
  const fetch = (run: (call: number) => Promise<unknown>, priority: 'normal' | 'low' = 'normal') =>
    governed(governor, { keys: ['k'], priority, party: controller }, () => run(++calls))
  return { world, events, governor, controller, fetch, calls: () => calls }
}

const failing = async (call: number): Promise<never> => {
  throw new Error(`failure ${call}`)
}

describe('a governed fetch', () => {
  it('is tried again when it fails, and answers', async () => {
    const { world, events, governor, fetch } = setUp({ attempts: 2, backoff: 100 })
    const answer = fetch(async (call) => (call === 3 ? 'value' : failing(call)))
    await world.settle()
    world.advance(100)
    await world.settle()
    world.advance(200)
    await expect(answer).resolves.toBe('value')
    expect(governor.retried).toBe(2)
    expect(events).toMatchObject([
      { type: 'retried', keys: ['k'], attempt: 1, error: { message: 'failure 1' } },
      { type: 'retried', keys: ['k'], attempt: 2, error: { message: 'failure 2' } },
    ])
    expect(world.timers).toBe(0)
  })

  it('is tried no more often than it may be, and fails with what the last attempt failed with', async () => {
    const { world, fetch, calls } = setUp({ attempts: 2 })
    const answer = fetch(failing)
    const rejected = expect(answer).rejects.toThrow('failure 3')
    for (let n = 0; n < 5; n++) {
      await world.settle()
      world.advance(10_000)
    }
    await rejected
    expect(calls()).toBe(3)
  })

  it('pauses for a time between 0 and one that doubles, 10 seconds at most', async () => {
    const pauses: number[][] = Array.from({ length: 10 }, () => [])
    for (let seed = 1; seed <= 300; seed++) {
      const world = new FakeWorld(seed)
      const settings = sourceCheck({ retries: { attempts: 10, backoff: 100, budget: 1 } }, 'source')!
      const governor = new Governor(world, settings, (event) => {
        if (event.type === 'retried') pauses[event.attempt - 1]!.push(event.delay)
      })
      // There has been enough to pay for all of it.
      for (let n = 0; n < 20; n++) governor.budget!.deposit()
      const { signal } = new AbortController()
      const answer = governed(governor, { keys: [], priority: 'normal', party: { signal } }, () => failing(0))
      const rejected = expect(answer).rejects.toThrow('failure 0')
      while (governor.retried < 10) {
        await world.settle()
        const last = world.mono()
        if (!world.next(last + 10_000)) break
        // In ten seconds all is forgotten that was paid in.
        for (let n = 0; n < 20; n++) governor.budget!.deposit()
      }
      await world.settle()
      world.advance(10_000)
      await rejected
    }
    for (const [n, drawn] of pauses.entries()) {
      const longest = Math.min(10_000, 100 * 2 ** n)
      expect(drawn).toHaveLength(300)
      expect(Math.max(...drawn)).toBeLessThan(longest)
      expect(Math.max(...drawn)).toBeGreaterThan(longest * 0.9)
      expect(Math.min(...drawn)).toBeLessThan(longest * 0.1)
    }
  })

  it('is not tried again for errors of this library, nor where the predicate says no', async () => {
    const misuse = new TerraceError('ERR_ARGUMENT_INVALID', 'three answers for two keys')
    const library = setUp({})
    await expect(library.fetch(() => Promise.reject(misuse))).rejects.toBe(misuse)
    const { fetch, calls } = setUp({ on: (error) => !(error instanceof RangeError) })
    await expect(fetch(() => Promise.reject(new RangeError('final')))).rejects.toThrow('final')
    expect([library.calls(), calls()]).toEqual([1, 1])
  })

  it('is not tried again where the predicate throws, which is reported', async () => {
    const boom = new Error('the predicate is broken')
    const { world, fetch } = setUp({
      on: () => {
        throw boom
      },
    })
    await expect(fetch(failing)).rejects.toThrow('failure 1')
    await world.settle()
    expect(world.failures).toEqual([{ why: 'source.retries.on threw', cause: boom }])
  })

  it('is not tried again when nobody waits any more', async () => {
    const { world, controller, fetch, calls } = setUp({})
    const answer = fetch(async (call) => {
      controller.abort('gone')
      return failing(call)
    })
    await expect(answer).rejects.toThrow('failure 1')
    expect([calls(), world.timers]).toEqual([1, 0])
  })

  it('ends its pause at once when the last one leaves', async () => {
    const { world, controller, fetch, calls } = setUp({ backoff: '10s' })
    const answer = fetch(failing)
    await world.settle()
    expect(world.timers).toBe(1)
    controller.abort('gone')
    await expect(answer).rejects.toThrow('failure 1')
    expect([calls(), world.timers]).toEqual([1, 0])
  })

  it('has no place while it pauses, and tells what the source said when it gets none again', async () => {
    const { world, governor, fetch } = setUp({ backoff: 1 }, { maxConcurrent: 1, maxQueued: 0 })
    const answer = fetch(failing)
    const rejected = expect(answer).rejects.toThrow('failure 1')
    await world.settle()
    expect(governor.inFlight).toBe(0)
    const other = fetch(() => new Promise(() => undefined))
    other.catch(() => undefined)
    expect(governor.inFlight).toBe(1)
    world.advance(1)
    await rejected
    expect(governor.shed).toBe(1)
  })

  it('is shed without having been made', async () => {
    const { fetch, calls } = setUp({}, { maxConcurrent: 1, maxQueued: 0 })
    void fetch(() => new Promise(() => undefined))
    await expect(fetch(failing)).rejects.toMatchObject({ code: 'ERR_FETCH_SHED' })
    expect(calls()).toBe(1)
  })
})

describe('the budget of retries', () => {
  it('is a fraction of the fetches of the last ten seconds, and three', () => {
    const slice = 1000
    const step = fc.record({ fetches: fc.nat(60), retries: fc.nat(30), pause: fc.nat(4000) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.constantFrom(0, 0.1, 0.5, 1), (steps, fraction) => {
        const world = new FakeWorld()
        const budget = new RetryBudget(world, fraction)
        const fetched: number[] = []
        const retried: number[] = []
        for (const { fetches, retries, pause } of steps) {
          const present = Math.floor(world.tick() / slice)
          const count = (slices: number[]) => slices.filter((each) => each > present - 10).length
          for (let n = 0; n < fetches; n++) {
            budget.deposit()
            fetched.push(present)
          }
          for (let n = 0; n < retries; n++) {
            const mayBe = count(retried) + 1 <= count(fetched) * fraction + 3
            expect(budget.withdraw()).toBe(mayBe)
            if (mayBe) retried.push(present)
          }
          world.advance(pause)
        }
      }),
    )
  })

  it('keeps a source that fails from being asked much more than without retries', async () => {
    const world = new FakeWorld()
    const settings = sourceCheck({ retries: { attempts: 10, budget: 0.2, backoff: 10 } }, 'source')!
    const governor = new Governor(world, settings, () => undefined)
    const { signal } = new AbortController()
    let asked = 0
    const fetches = 2000
    for (let n = 0; n < fetches; n++) {
      governed(governor, { keys: [], priority: 'normal', party: { signal } }, async () => {
        asked++
        throw new Error('down')
      }).catch(() => undefined)
      await world.settle()
      world.advance(10)
    }
    expect(asked).toBeGreaterThan(fetches * 1.15)
    // Three more in ten seconds, of which there were two.
    expect(asked).toBeLessThanOrEqual(fetches * 1.2 + 3 * 3)
  })
})
