import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Wheel } from '../../src/memory/wheel.ts'
import { runs } from './runs.ts'

const NEVER = Number.POSITIVE_INFINITY
const YEAR = 365.25 * 86_400_000

type Step =
  | readonly ['schedule', slot: number, delay: number]
  | readonly ['cancel', slot: number]
  | readonly ['wait', ms: number]
  | readonly ['pop', times: number]
  | readonly ['extend' | 'clear']

/** Delays of every magnitude, those that differ in one digit of the wheel more often. */
const delay = fc.oneof(
  fc.integer({ min: 1, max: 130 }),
  fc.double({ min: 0.001, max: 200, noNaN: true }),
  fc
    .tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 1, max: 64 }))
    .map(([level, turns]) => 64 ** level * turns),
  fc.integer({ min: 1, max: 100 * YEAR }),
  fc.constant(NEVER),
)
const wait = fc.oneof(
  fc.double({ min: 0, max: 3, noNaN: true }),
  fc.integer({ min: 0, max: 5000 }),
  fc
    .tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 1, max: 64 }))
    .map(([level, turns]) => 64 ** level * turns),
  fc.integer({ min: 0, max: 30 * YEAR }),
)

function steps(slots: number): fc.Arbitrary<Step[]> {
  const slot = fc.integer({ min: 1, max: slots })
  return fc.array(
    fc.oneof(
      { weight: 12, arbitrary: fc.tuple(fc.constant('schedule' as const), slot, delay) },
      { weight: 2, arbitrary: fc.tuple(fc.constant('cancel' as const), slot) },
      { weight: 4, arbitrary: fc.tuple(fc.constant('wait' as const), wait) },
      { weight: 6, arbitrary: fc.tuple(fc.constant('pop' as const), fc.integer({ min: 1, max: 12 })) },
      { weight: 1, arbitrary: fc.constantFrom(['extend'] as const, ['clear'] as const) },
    ),
    { maxLength: 150 },
  )
}

/** The wheel beside a naive list of deadlines. */
class Twin {
  readonly wheel: Wheel
  readonly deadlines = new Map<number, number>()
  #slots: number
  #now: number

  constructor(slots: number, now: number) {
    this.wheel = new Wheel(slots, now)
    this.#slots = slots
    this.#now = now
  }

  run(step: Step): void {
    if (step[0] === 'schedule') this.schedule(step[1], this.#now + step[2])
    else if (step[0] === 'cancel') this.cancel(step[1])
    else if (step[0] === 'wait') this.#now += step[1]
    else if (step[0] === 'pop') for (let times = 0; times < step[1]; times++) this.pop()
    else if (step[0] === 'extend') this.extend()
    else this.clear()
    this.compare()
  }

  schedule(slot: number, at: number): void {
    this.wheel.schedule(slot, at)
    if (at === NEVER) this.deadlines.delete(slot)
    else this.deadlines.set(slot, Math.ceil(at))
  }

  cancel(slot: number): void {
    this.wheel.cancel(slot)
    this.deadlines.delete(slot)
  }

  extend(): void {
    this.#slots += 5
    this.wheel.extend(this.#slots)
  }

  clear(): void {
    this.wheel.clear()
    this.deadlines.clear()
  }

  pop(): number {
    const slot = this.wheel.pop(this.#now)
    if (slot > 0) {
      if (!(this.deadlines.get(slot)! <= this.#now)) expect.fail(`slot ${slot} was popped early`)
      this.deadlines.delete(slot)
    }
    if (slot === 0) for (const at of this.deadlines.values()) if (at <= this.#now) expect.fail(`${at} was not popped`)
    return slot
  }

  compare(): void {
    this.wheel.check()
    expect(this.wheel.waiting).toBe(this.deadlines.size)
    for (let slot = 1; slot <= this.#slots; slot++) {
      const at = this.deadlines.get(slot) ?? NEVER
      const { wheel } = this
      if ((wheel.deadline(slot) !== NEVER) !== (at !== NEVER)) expect.fail(`slot ${slot} should have a deadline: ${at}`)
      if (wheel.deadline(slot) !== at) expect.fail(`slot ${slot} is due at ${at}, said ${wheel.deadline(slot)}`)
      if (wheel.isDue(slot, this.#now) !== at <= this.#now) expect.fail(`slot ${slot} is due at ${at}`)
    }
  }

  /** Pops until nothing is due; the work of each call is bounded, so is how often it must be asked. */
  drain(): void {
    const most = this.deadlines.size * 9 + 1
    let asked = 0
    while (this.pop() !== 0) if (++asked > most) expect.fail(`asked ${asked} times`)
    this.compare()
  }
}

describe('Wheel', () => {
  it('pops what is due, all of it and nothing early, as a naive list of deadlines does', () => {
    const origins = fc.constantFrom(0, 0.25, 1234.7, 64 ** 3 - 1, 1e9 + 0.999)
    fc.assert(
      fc.property(steps(12), origins, (steps, now) => {
        const twin = new Twin(12, now)
        for (const step of steps) twin.run(step)
        twin.drain()
        twin.run(['wait', 200 * YEAR])
        twin.drain()
        expect(twin.wheel.waiting).toBe(0)
      }),
      runs(400),
    )
  })

  it('does a bounded share of work a call where many slots fall, and loses none', () => {
    const slots = 3000
    const waits = fc.array(fc.integer({ min: 0, max: 90_000 }), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), waits, (base, waits) => {
        const twin = new Twin(slots, 0)
        for (let slot = 1; slot <= slots; slot++) twin.schedule(slot, base + 60_000 + ((slot * 7919) % 4000))
        for (const ms of waits) {
          twin.run(['wait', ms])
          twin.run(['pop', 3])
          twin.run(['schedule', 1 + (ms % slots), 1 + (ms % 70)])
          twin.drain()
        }
        twin.run(['wait', 200_000])
        twin.drain()
        expect(twin.wheel.waiting).toBe(0)
      }),
      runs(8),
    )
  })

  it('answers -1 after 256 falls, and comes to an end', () => {
    const wheel = new Wheel(1000, 0)
    for (let slot = 1; slot <= 1000; slot++) wheel.schedule(slot, 4096 + 63 + slot)
    const answers: number[] = []
    do answers.push(wheel.pop(4096 + 64))
    while (answers.at(-1) !== 0)
    expect(answers.filter((slot) => slot > 0)).toEqual([1])
    expect(answers.filter((slot) => slot === -1).length).toBeGreaterThanOrEqual(3)
    expect(answers.length).toBeLessThan(12)
    wheel.check()
  })

  it('never loses a deadline that is already past: it is due in the next millisecond', () => {
    const wheel = new Wheel(3, 0)
    wheel.schedule(1, 500)
    expect(wheel.pop(1000)).toBe(1)
    expect(wheel.pop(1000)).toBe(0)
    wheel.schedule(2, 300)
    wheel.check()
    expect(wheel.pop(1001)).toBe(2)
  })

  it('lets a deadline that keeps moving later wait, and one that moves earlier leave early', () => {
    const wheel = new Wheel(2, 0)
    for (let now = 0; now < 100_000; now += 10) {
      wheel.schedule(1, now + 50)
      expect(wheel.pop(now)).toBe(0)
      wheel.check()
    }
    wheel.schedule(2, 10 * YEAR)
    wheel.schedule(2, 100_001)
    expect(wheel.pop(100_000)).toBe(0)
    expect(new Set([wheel.pop(100_100), wheel.pop(100_100)])).toEqual(new Set([1, 2]))
  })
})
