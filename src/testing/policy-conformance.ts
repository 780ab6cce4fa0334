import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import type { PolicyFactory } from '../policies/policy.ts'
import { FakeWorld } from './fake-world.ts'
import { PolicyDriver, type PolicyDriverOptions } from './policy-driver.ts'

/** The two functions of a test runner that a suite needs: those of vitest, node:test, jest and mocha fit. */
export interface TestRunner {
  describe(name: string, body: () => void): unknown
  it(name: string, body: () => void): unknown
}

/** What a policy claims, and how long it is examined. */
export interface PolicyConformanceOptions {
  /**
   * Whether `order()` is exactly the order in which entries leave if nothing else happens. `true` by
   * default; `false` for a policy that decides by chance or only when asked to evict.
   */
  readonly exactOrder?: boolean
  /** Random sequences a test. 30 by default. */
  readonly seeds?: number
  /** Calls a sequence. 300 by default. */
  readonly steps?: number
}

const plain: PolicyDriverOptions = {
  capacity: 12,
  heaviest: 1,
  deadlines: false,
  resizes: false,
  oneHash: false,
  exactOrder: true,
}

const sequences: readonly (readonly [string, Partial<PolicyDriverOptions>])[] = [
  ['entries of equal weight', {}],
  ['a single entry', { capacity: 1 }],
  ['two entries', { capacity: 2 }],
  ['entries of many weights', { capacity: 60, heaviest: 9 }],
  ['deadlines that move', { capacity: 30, deadlines: true }],
  ['bounds that change', { resizes: true }],
  ['bounds that change, with weights and deadlines', { capacity: 60, heaviest: 5, deadlines: true, resizes: true }],
  ['keys chosen to have one hash', { capacity: 40, oneHash: true }],
  ['more entries', { capacity: 150, deadlines: true }],
]

/**
 * Declares the tests that every eviction policy must pass, under any test runner:
 *
 * ```js
 * import { describe, it } from 'node:test'
 * policyConformance({ describe, it }, 'mine', mine)
 * ```
 *
 * Random sequences of the calls that the engine makes, the same in every run, beside a naive model of
 * what is resident. After each call `check()` must hold and `order()` must list every resident slot
 * once, and so must `queues()` where there is one; `evict()` must return one of them, the first of `order()` where that is exact. What they do
 * not prove is that the policy evicts whom its paper says: test that against an oracle of your own.
 */
export function policyConformance(
  runner: TestRunner,
  name: string,
  factory: PolicyFactory,
  options: PolicyConformanceOptions = {},
): void {
  const { exactOrder = true, seeds = 30, steps = 300 } = options
  const drive = (seed: number, given: Partial<PolicyDriverOptions>): PolicyDriver => {
    const world = new FakeWorld(seed)
    return new PolicyDriver(factory, () => world.random(), { ...plain, ...given, exactOrder })
  }
  runner.describe(`policy conformance: ${name}`, () => {
    for (const [what, given] of sequences) {
      runner.it(`keeps its invariants with ${what}`, () => {
        for (let seed = 1; seed <= seeds; seed++) named(seed, () => survive(drive(seed, given), steps))
      })
    }
    runner.it('does the same again when told the same', () => {
      for (const [, given] of sequences) {
        const once = drive(99, given)
        const again = drive(99, given)
        survive(once, steps)
        survive(again, steps)
        deepStrictEqual(once.evicted, again.evicted)
      }
    })
    runner.it('is empty after clear, and serves on', () => refill(drive(5, {}), plain.capacity))
    runner.it('lets each entry go once, though all were read many times', () => {
      readOften(drive(6, {}), plain.capacity)
    })
  })
}

/** Random calls, and at the end everything is evicted. */
function survive(driver: PolicyDriver, steps: number): void {
  for (let step = 0; step < steps; step++) driver.step()
  driver.drain()
  ok(driver.evicted.length > 0, 'nothing was ever evicted')
}

function refill(driver: PolicyDriver, capacity: number): void {
  for (let round = 0; round < 3; round++) {
    for (let entry = 0; entry < 2 * capacity; entry++) driver.add()
    strictEqual(driver.size, capacity)
    driver.clear()
    strictEqual(driver.size, 0)
  }
}

function readOften(driver: PolicyDriver, capacity: number): void {
  for (let entry = 0; entry < capacity; entry++) driver.add()
  for (let read = 0; read < 500; read++) driver.touch()
  driver.drain()
  strictEqual(new Set(driver.evicted).size, capacity)
}

/** Runs `body`; what it throws says which seed it was. */
function named(seed: number, body: () => void): void {
  try {
    body()
  } catch (error) {
    if (error instanceof Error) error.message = `seed ${seed}: ${error.message}`
    throw error
  }
}
