import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FetchPriority } from '../../src/events.ts'
import { Governor } from '../../src/governor/governor.ts'
import type { Permit } from '../../src/governor/permits.ts'
import { sourceCheck } from '../../src/governor/source-options.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'

const LIMIT = 3
const MOST_QUEUED = 4
const QUEUE_TIME = 50
const FETCH_TIME = 40
const PRIORITIES: readonly FetchPriority[] = ['high', 'normal', 'low']

type Step =
  | { readonly do: 'come'; readonly priority: FetchPriority }
  | { readonly do: 'done'; readonly which: number }
  | { readonly do: 'leave'; readonly which: number }
  | { readonly do: 'join'; readonly which: number; readonly priority: FetchPriority }
  | { readonly do: 'pass'; readonly ms: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('come' as const), priority: fc.constantFrom(...PRIORITIES) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('done' as const), which: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), which: fc.nat(20) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('join' as const),
      which: fc.nat(20),
      priority: fc.constantFrom(...PRIORITIES),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 60 }) }) },
)

interface Somebody {
  readonly id: number
  priority: FetchPriority
  readonly came: number
  began: number
}

/** The same rules with arrays, looked through each time. */
class Oracle {
  inFlight: Somebody[] = []
  waiting: Somebody[] = []
  readonly outcomes = new Map<number, string>()
  #gone = 0

  come(somebody: Somebody, now: number): void {
    if (this.inFlight.length >= LIMIT) this.#expire(now)
    const lowest = this.waiting.reduce((a, b) => (rank(b) >= rank(a) ? b : a), somebody)
    if (this.inFlight.length < LIMIT) this.#admit(somebody, now)
    else if (this.waiting.length < MOST_QUEUED) this.waiting.push(somebody)
    else if (rank(lowest) <= rank(somebody)) this.outcomes.set(somebody.id, 'full')
    else {
      this.waiting = [...this.waiting.filter((each) => each !== lowest), somebody]
      this.outcomes.set(lowest.id, 'displaced')
    }
  }

  done(somebody: Somebody, now: number): void {
    this.inFlight = this.inFlight.filter((each) => each !== somebody)
    this.#letIn(now)
  }

  leave(somebody: Somebody): void {
    this.waiting = this.waiting.filter((each) => each !== somebody)
    this.outcomes.set(somebody.id, 'left')
  }

  join(somebody: Somebody, priority: FetchPriority): void {
    if (PRIORITIES.indexOf(priority) >= rank(somebody)) return
    somebody.priority = priority
    this.waiting = this.waiting.filter((each) => each !== somebody)
    const at = this.waiting.findIndex((each) => each.priority === priority && each.came > somebody.came)
    this.waiting.splice(at === -1 ? this.waiting.length : at, 0, somebody)
  }

  /** One millisecond at a time. */
  pass(from: number, ms: number): void {
    for (let now = from + 1; now <= from + ms; now++) {
      if (this.waiting.length === 0) continue
      this.#expire(now)
      for (const each of this.waiting) if (each.came + QUEUE_TIME <= now) this.outcomes.set(each.id, 'late')
      this.waiting = this.waiting.filter(({ came }) => came + QUEUE_TIME > now)
    }
  }

  #expire(now: number): void {
    for (let lost = this.#lost(now); lost !== undefined; lost = this.#lost(now)) this.done(lost, now)
  }

  #lost(now: number): Somebody | undefined {
    return this.inFlight.find(({ began }) => began + FETCH_TIME <= now)
  }

  #letIn(now: number): void {
    while (this.waiting.length > 0 && this.inFlight.length < LIMIT) {
      this.#gone = (this.#gone + 1) % 8
      const next =
        this.#gone === 0
          ? this.waiting.reduce((a, b) => (b.came < a.came || (b.came === a.came && rank(b) < rank(a)) ? b : a))
          : this.waiting.reduce((a, b) => (rank(b) < rank(a) ? b : a))
      this.waiting = this.waiting.filter((each) => each !== next)
      this.#admit(next, now)
    }
  }

  #admit(somebody: Somebody, now: number): void {
    somebody.began = now
    this.inFlight.push(somebody)
    this.outcomes.set(somebody.id, 'in')
  }
}

function rank({ priority }: Somebody): number {
  return PRIORITIES.indexOf(priority)
}

describe('a governor, whatever happens', () => {
  it('lets through, sheds and forgets whom it should, and never too many', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 150, size: 'max' }), async (steps) => {
        const world = new FakeWorld()
        const options = {
          maxConcurrent: LIMIT,
          maxQueued: MOST_QUEUED,
          maxQueueTime: QUEUE_TIME,
          maxFetchTime: FETCH_TIME,
        }
        const reasons = new Map<string, string>()
        const governor = new Governor(world, sourceCheck(options, 'source')!, (event) => {
          if (event.type === 'shed') reasons.set(event.keys[0]!, event.reason)
        })
        const oracle = new Oracle()
        const permits = new Map<number, Permit>()
        const outcomes = new Map<number, string>()
        const signals = new Map<number, AbortController>()
        let ids = 0
        const come = async (id: number, priority: FetchPriority, party: AbortController): Promise<void> => {
          try {
            permits.set(id, await governor.admit({ keys: [String(id)], priority, party }))
            outcomes.set(id, 'in')
          } catch (error) {
            outcomes.set(id, error === 'left' ? 'left' : reasons.get(String(id))!)
          }
        }
        for (const each of steps) {
          const now = world.mono()
          if (each.do === 'come') {
            const id = ids++
            const controller = new AbortController()
            signals.set(id, controller)
            void come(id, each.priority, controller)
            oracle.come({ id, priority: each.priority, came: now, began: 0 }, now)
          } else if (each.do === 'done' && oracle.inFlight.length > 0) {
            const somebody = oracle.inFlight[each.which % oracle.inFlight.length]!
            permits.get(somebody.id)!.done('answered')
            oracle.done(somebody, now)
          } else if (each.do === 'leave' && oracle.waiting.length > 0) {
            const somebody = oracle.waiting[each.which % oracle.waiting.length]!
            signals.get(somebody.id)!.abort('left')
            oracle.leave(somebody)
          } else if (each.do === 'join' && oracle.waiting.length > 0) {
            const somebody = oracle.waiting[each.which % oracle.waiting.length]!
            governor.hasten(signals.get(somebody.id)!, each.priority)
            oracle.join(somebody, each.priority)
          } else if (each.do === 'pass') {
            world.advance(each.ms)
            oracle.pass(now, each.ms)
          }
          await world.settle()
          governor.check()
          expect(governor.inFlight).toBeLessThanOrEqual(LIMIT)
          expect({ inFlight: governor.inFlight, queued: governor.queued }).toEqual({
            inFlight: oracle.inFlight.length,
            queued: oracle.waiting.length,
          })
          expect(outcomes).toEqual(oracle.outcomes)
        }
        // Nobody is lost: whoever still waits is answered when time passes.
        world.advance(QUEUE_TIME)
        await world.settle()
        expect(outcomes.size).toBe(ids)
        expect(governor.queued).toBe(0)
        expect(world.timers).toBe(0)
        const shed = [...outcomes.values()].filter((outcome) => ['full', 'displaced', 'late'].includes(outcome))
        expect(governor.shed).toBe(shed.length)
      }),
      { numRuns: 300 },
    )
  })

  it('lets nobody starve: of n before him, he waits for at most 8 × (n + 1) to go', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 20 }), async (before) => {
        const world = new FakeWorld()
        const settings = sourceCheck({ maxConcurrent: 1, maxQueueTime: '1h', maxFetchTime: '1d' }, 'source')!
        const governor = new Governor(world, settings, () => undefined)
        const { signal } = new AbortController()
        const queue: Permit[] = [governor.admit({ keys: [], priority: 'high', party: { signal } }) as Permit]
        let isIn = false
        const come = (priority: FetchPriority, then = () => {}): void => {
          void Promise.resolve(governor.admit({ keys: [], priority, party: { signal } })).then((permit) => {
            queue.push(permit)
            then()
          })
        }
        for (let n = 0; n < before; n++) come('high')
        world.advance(1)
        come('low', () => (isIn = true))
        world.advance(1)
        let gone = 0
        while (!isIn && gone < 1000) {
          // Two more of the highest priority for each that goes.
          come('high')
          come('high')
          queue.shift()!.done('answered')
          gone++
          await world.settle()
        }
        expect(gone).toBeLessThanOrEqual(8 * (before + 1))
      }),
      { numRuns: 30 },
    )
  })
})
