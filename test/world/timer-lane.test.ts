import fc from 'fast-check'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { TimerLane } from '../../src/world/timer-lane.ts'
import type { Cancel } from '../../src/world/world.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})

afterEach(() => {
  vi.useRealTimers()
})

const DELAY = 20

type Step = { kind: 'set' } | { kind: 'cancel'; nth: number } | { kind: 'pass'; ms: number } | { kind: 'rest' }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.constant<Step>({ kind: 'set' }),
  fc.record({ kind: fc.constant('cancel' as const), nth: fc.nat(20) }),
  fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 30 }) }),
  fc.constant<Step>({ kind: 'rest' }),
)

it('fires what a timer each would fire, in that order, at that time', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const told: string[] = []
      const expected: string[] = []
      const lane = new TimerLane(DELAY, () => undefined)
      const cancels: Cancel[] = []
      let set = 0
      for (const each of steps) {
        if (each.kind === 'set') {
          const n = set++
          const cancel = lane.set(() => told.push(`${n} at ${performance.now()}`))
          const timer = setTimeout(() => expected.push(`${n} at ${performance.now()}`), DELAY)
          cancels.push(() => {
            cancel()
            clearTimeout(timer)
          })
        } else if (each.kind === 'cancel') cancels[each.nth]?.()
        else if (each.kind === 'rest') lane.rest()
        else vi.advanceTimersByTime(each.ms)
      }
      vi.advanceTimersByTime(2 * DELAY)
      expect(told).toEqual(expected)
      vi.advanceTimersByTime(2 * DELAY)
      expect(lane.isEmpty).toBe(true)
      expect(vi.getTimerCount()).toBe(0)
    }),
  )
})

it('tells when nothing waits any more', () => {
  let idle = 0
  const lane = new TimerLane(DELAY, () => idle++)
  const cancels = [lane.set(() => undefined), lane.set(() => undefined)]
  cancels[0]!()
  expect(idle).toBe(0)
  cancels[1]!()
  cancels[1]!()
  expect(idle).toBe(1)
  lane.set(() => undefined)
  vi.advanceTimersByTime(DELAY)
  expect(idle).toBe(2)
})

it('sets anew from within, and runs the others where one throws', () => {
  const told: number[] = []
  const lane = new TimerLane(DELAY, () => undefined)
  lane.set(() => {
    told.push(1)
    lane.set(() => told.push(3))
    throw new Error('of whoever set it')
  })
  lane.set(() => told.push(2))
  expect(() => vi.advanceTimersByTime(DELAY)).toThrow('of whoever set it')
  vi.advanceTimersByTime(1)
  expect(told).toEqual([1, 2])
  vi.advanceTimersByTime(DELAY)
  expect(told).toEqual([1, 2, 3])
})

it('gives what is due as much time more as the process was too busy for, and for ever to nobody', () => {
  const told: number[] = []
  const lane = new TimerLane(DELAY, () => undefined)
  const began = performance.now()
  lane.set(() => told.push(performance.now() - began))
  /** The timers that are due come so many milliseconds late. */
  const hold = (ms: number): void => {
    vi.advanceTimersByTime(DELAY - 1)
    const now = performance.now()
    const held = vi.spyOn(performance, 'now').mockImplementation(() => now + 1 + ms)
    vi.advanceTimersByTime(1)
    held.mockRestore()
  }
  hold(1000)
  expect(told).toEqual([])
  hold(1000)
  hold(1000)
  hold(1000)
  expect(told).toEqual([])
  hold(1000)
  expect(told).toHaveLength(1)
  expect(vi.getTimerCount()).toBe(0)
})

it('is cancelled by an answer that came while the process was busy', async () => {
  vi.useRealTimers()
  const run = vi.fn()
  const lane = new TimerLane(DELAY, () => undefined)
  // From here on timers come first, as they do behind what a socket has brought.
  await new Promise<void>((resolve) => setImmediate(resolve))
  const cancel = lane.set(run)
  const until = performance.now() + 5 * DELAY
  const answered = new Promise<void>((resolve) => {
    setImmediate(() => {
      cancel()
      resolve()
    })
  })
  while (performance.now() < until);
  await answered
  let isOver = false
  lane.set(() => {
    isOver = true
  })
  await vi.waitFor(() => expect(isOver).toBe(true))
  expect(run).not.toHaveBeenCalled()
})
