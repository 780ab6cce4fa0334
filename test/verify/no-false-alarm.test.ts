import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type EventOf, found, type MultiLevelCache, memory } from '../../src/index.ts'
import type { SimulatedConnection } from '../../src/testing/simulated-ledger.ts'
import { Fleet, stubborn } from './fleet.ts'

const KEYS = ['a', 'b', 'ab', 'c']

interface Universe {
  readonly seed: number
  /** The longest way of a call, and of a notice, in milliseconds. */
  readonly latency: number
  readonly noticing: number
  readonly losing: boolean
  readonly maxEntries: number
  readonly isBroken: boolean
  /** Calls of the server out of a hundred that fail, half of them after they took effect. */
  readonly failing?: number
}

/** While calls fail, what was missed is told again for some seconds. */
const PATIENT = 8000

/** Several processes read and write at random, and each checks what it reads. */
async function run({ seed, latency, noticing, losing, maxEntries, isBroken, failing = 0 }: Universe) {
  const fleet = new Fleet(seed)
  const { world } = fleet
  const die = (sides: number): number => Math.floor(world.random() * sides)
  const connection: SimulatedConnection = {
    fate: () => {
      const effect = die(latency)
      if (die(100) < failing) return { effect: die(2) === 0 ? effect : Number.POSITIVE_INFINITY, fails: true }
      return { effect, answer: effect + die(latency) }
    },
    arrivals: () => (losing && die(2) === 0 ? [] : [die(noticing), ...(die(5) === 0 ? [die(3 * noticing)] : [])]),
  }
  const told: EventOf<'inconsistent'>[] = []
  const caches = [0, 1, 2].map((n): MultiLevelCache<unknown> => {
    const level = memory({ maxEntries })
    const first = isBroken && n === 0 ? stubborn(level) : level
    // Everything is heard of within half a second, or asked for.
    const cache = fleet.join({ first, connection, maxStaleness: 500 })
    cache.on('inconsistent', (event) => told.push(event))
    return cache
  })
  const verifications = caches.map((cache) =>
    cache.verify({ perSecond: 1000, concurrency: 50, within: [failing > 0 ? PATIENT : 1000] }),
  )
  let last = 0
  const source = new Map<string, number>()
  const failures: unknown[] = []
  const act = (): void => {
    const cache = caches[die(3)]!
    const key = KEYS[die(KEYS.length)]!
    const kind = die(1000)
    const ttl = die(2) === 0 ? Number.POSITIVE_INFINITY : 50 + die(3000)
    const fetcher = () => found(source.get(key) ?? 0, { ttl, tags: [`t${key}`] })
    const change = (keys: readonly string[]): number => {
      last++
      for (const each of keys) source.set(each, last)
      return last
    }
    const work = (): Promise<unknown> => {
      if (kind < 900) return cache.getOrFetch(key, fetcher)
      if (kind < 930) return cache.set(key, change([key]), { ttl, tags: [`t${key}`] })
      if (kind < 950) {
        change([key])
        return cache.delete(key)
      }
      if (kind < 970) {
        change([key])
        return cache.invalidateTags([`t${key}`])
      }
      if (kind < 980) {
        change(KEYS.filter((each) => each.startsWith(key)))
        return cache.clearPrefix(key)
      }
      if (kind < 984) {
        change(KEYS)
        return cache.clear()
      }
      if (kind < 990) return cache.expire(key, ttl)
      // The server makes room.
      fleet.server.evict(key)
      return cache.get(key)
    }
    work().catch((error: unknown) => failures.push(error))
  }
  await fleet.pass(4000, () => {
    act()
    act()
  })
  // Whatever is still under suspicion is looked at again.
  await fleet.pass(failing > 0 ? 2 * PATIENT : 3000)
  const stats = verifications.map((each) => each.stats().against[0]!)
  await fleet.close()
  // What is on its way to the server arrives.
  await fleet.pass(1000)
  expect(failures).toEqual([])
  expect(world.failures).toEqual([])
  expect(world.timers).toBe(0)
  return { stats, told }
}

const universes = fc.record({
  seed: fc.integer(),
  latency: fc.integer({ min: 1, max: 40 }),
  noticing: fc.integer({ min: 1, max: 60 }),
  losing: fc.boolean(),
  maxEntries: fc.constantFrom(2, 100),
})

describe('a verification', () => {
  it('raises no alarm where everything is right, whatever crosses what', async () => {
    let checked = 0
    let suspected = 0
    await fc.assert(
      fc.asyncProperty(universes, async (universe) => {
        const { stats, told } = await run({ ...universe, isBroken: false })
        expect(told).toEqual([])
        for (const { disagreed, within, offenders } of stats) {
          expect({ disagreed, offenders, late: within[0]!.late }).toEqual({ disagreed: 0, offenders: [], late: 0 })
        }
        for (const each of stats) {
          checked += each.checked
          suspected += each.checked - each.agreed
        }
      }),
      { numRuns: 25 },
    )
    // Otherwise this would prove nothing: races were met, and found to be none.
    expect(checked).toBeGreaterThan(1000)
    expect(suspected).toBeGreaterThan(0)
  }, 120_000)

  it('raises none either while calls of the server fail', async () => {
    let unanswered = 0
    await fc.assert(
      fc.asyncProperty(universes, fc.integer({ min: 5, max: 30 }), async (universe, failing) => {
        const { stats, told } = await run({ ...universe, failing, isBroken: false })
        expect(told).toEqual([])
        for (const { unknown } of stats) unanswered += unknown.unanswered
      }),
      { numRuns: 10 },
    )
    expect(unanswered).toBeGreaterThan(0)
  }, 120_000)

  it('raises alarm where a level does not forget', async () => {
    let caught = 0
    for (let seed = 1; seed <= 5; seed++) {
      const { told } = await run({
        seed,
        latency: 5,
        noticing: 5,
        losing: false,
        maxEntries: 100,
        isBroken: true,
      })
      if (told.length > 0) caught++
    }
    expect(caught).toBe(5)
  }, 60_000)
})
