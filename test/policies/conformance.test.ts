import { describe, expect, it } from 'vitest'
import { fifo } from '../../src/policies/fifo.ts'
import { lfu } from '../../src/policies/lfu.ts'
import { lru } from '../../src/policies/lru.ts'
import type { Policy, PolicyContext, PolicyFactory, PolicyQueue } from '../../src/policies/policy.ts'
import { random } from '../../src/policies/random.ts'
import { Ranked } from '../../src/policies/ranked.ts'
import { s3Fifo } from '../../src/policies/s3-fifo.ts'
import { sieve } from '../../src/policies/sieve.ts'
import { ttl } from '../../src/policies/ttl.ts'
import { type PolicyConformanceOptions, policyConformance } from '../../src/testing/policy-conformance.ts'

policyConformance({ describe, it }, 'lru', lru)
policyConformance({ describe, it }, 'fifo', fifo)
policyConformance({ describe, it }, 'sieve', sieve)
policyConformance({ describe, it }, 'lfu', lfu)
policyConformance({ describe, it }, 'ttl', ttl)
policyConformance({ describe, it }, 's3Fifo', s3Fifo)
policyConformance({ describe, it }, 'random', random, { exactOrder: false })

/** A policy of which every other entry is given a rank as it comes, or when it is written again. */
function rankedAtRandom(inner: PolicyFactory): PolicyFactory {
  return (context) => {
    const policy = new Ranked(inner(context), context)
    const rank = (slot: number, weight: number): void => {
      const kind = Math.floor(context.random() * 6)
      if (kind < 3) policy.rank(slot, (['low', 'normal', 'pinned'] as const)[kind]!, weight)
    }
    return {
      hashes: policy.hashes,
      added: (slot, hash, weight) => {
        policy.added(slot, hash, weight)
        rank(slot, weight)
      },
      updated: (slot, weight) => {
        policy.updated(slot, weight)
        rank(slot, weight)
      },
      touched: (slot) => policy.touched(slot),
      removed: (slot) => policy.removed(slot),
      evict: () => policy.evict(),
      clear: () => policy.clear(),
      resize: (capacity, slots) => policy.resize(capacity, slots),
      order: () => policy.order(),
      queues: () => policy.queues(),
      check: () => policy.check(),
    }
  }
}

policyConformance({ describe, it }, 'lru with ranks', rankedAtRandom(lru))
policyConformance({ describe, it }, 's3Fifo with ranks', rankedAtRandom(s3Fifo))
policyConformance({ describe, it }, 'sieve with ranks', rankedAtRandom(sieve))

/** Runs the suite with a runner that only counts the tests which fail. */
function failures(factory: PolicyFactory, options: PolicyConformanceOptions = {}): number {
  let failed = 0
  const runner = {
    describe: (_: string, body: () => void) => body(),
    it: (_: string, body: () => void) => {
      try {
        body()
      } catch {
        failed++
      }
    },
  }
  policyConformance(runner, 'broken', factory, { seeds: 3, ...options })
  return failed
}

/** A first-in-first-out policy with some calls replaced. */
function broken(change: (sound: Policy, context: PolicyContext) => Partial<Policy>): PolicyFactory {
  return (context) => {
    const sound = fifo(context)
    return {
      hashes: false,
      added: (slot, hash, weight) => sound.added(slot, hash, weight),
      touched: (slot) => sound.touched(slot),
      updated: (slot, weight) => sound.updated(slot, weight),
      removed: (slot) => sound.removed(slot),
      evict: () => sound.evict(),
      clear: () => sound.clear(),
      resize: (capacity, slots) => sound.resize(capacity, slots),
      order: () => sound.order(),
      check: () => sound.check(),
      ...change(sound, context),
    }
  }
}

describe('policy conformance finds out a policy that', () => {
  it('is sound: nothing', () => {
    expect(failures(broken(() => ({})))).toBe(0)
  })

  it('forgets what was removed too late', () => {
    expect(failures(broken(() => ({ removed: () => {} })))).toBeGreaterThan(0)
  })

  it('evicts what it does not forget', () => {
    expect(failures(broken((sound) => ({ evict: () => [...sound.order()][0] })))).toBeGreaterThan(0)
  })

  it('evicts another than it announced', () => {
    const last = broken((sound) => ({
      evict: () => {
        const slot = [...sound.order()].at(-1)!
        sound.removed(slot)
        return slot
      },
    }))
    expect(failures(last)).toBeGreaterThan(0)
    expect(failures(last, { exactOrder: false })).toBe(0)
  })

  it('keeps entries over clear', () => {
    expect(failures(broken(() => ({ clear: () => {} })))).toBeGreaterThan(0)
  })

  it('does not make room for more slots', () => {
    expect(failures(broken(() => ({ resize: () => {} })))).toBeGreaterThan(0)
  })

  it('asks about slots that are not resident', () => {
    const nosy = broken((_, { deadline }) => ({ check: () => void deadline(1) }))
    expect(failures(nosy)).toBeGreaterThan(0)
  })

  it('does not tell its queues right', () => {
    const whole = broken((sound) => ({ queues: () => [{ name: 'all', slots: sound.order() }] }))
    expect(failures(whole)).toBe(0)
    const wrong: Record<string, (sound: Policy) => readonly PolicyQueue[]> = {
      'leaves one out': (sound) => [{ name: 'all', slots: [...sound.order()].slice(1) }],
      'lists one twice': (sound) => ['a', 'b'].map((name) => ({ name, slots: sound.order() })),
      'gives two one name': (sound) => ['a', 'a'].map((name, n) => ({ name, slots: n === 0 ? sound.order() : [] })),
      'weighs wrong': (sound) => [{ name: 'all', slots: sound.order(), weight: [...sound.order()].length + 1 }],
      'points nowhere': (sound) => [{ name: 'all', slots: sound.order(), hand: 1e9 }],
      'counts nothing': (sound) => [
        { name: 'all', slots: sound.order(), counts: { what: 'uses', of: () => Number.NaN } },
      ],
    }
    for (const [what, queues] of Object.entries(wrong)) {
      expect(failures(broken((sound) => ({ queues: () => queues(sound) }))), what).toBeGreaterThan(0)
    }
  })

  it('does not do the same again', () => {
    let calls = 0
    const moody = broken((sound) => ({
      evict: () => {
        const order = [...sound.order()]
        const slot = order[calls++ % order.length]
        sound.removed(slot)
        return slot
      },
    }))
    expect(failures(moody, { exactOrder: false })).toBe(1)
  })
})

describe("a policy's check() finds out", () => {
  const quiet: PolicyContext = { slots: 5, capacity: 5, random: () => 0, deadline: () => 1, hashOf: () => 0 }
  const policies = { lru, fifo, sieve, lfu, ttl, s3Fifo, random }

  it.each(Object.entries(policies))('a slot added twice: %s', (_, factory) => {
    const policy = factory(quiet)
    for (const slot of [1, 2, 3]) policy.added(slot, slot, 1)
    policy.check()
    expect(() => {
      policy.added(2, 2, 1)
      policy.check()
    }).toThrow(expect.objectContaining({ code: 'ERR_INVARIANT' }))
  })

  it('a deadline that changed without a word: ttl', () => {
    let deadline = 10
    const policy = ttl({ ...quiet, deadline: () => deadline })
    policy.added(1, 0, 1)
    policy.check()
    deadline = 20
    expect(() => policy.check()).toThrow(expect.objectContaining({ code: 'ERR_INVARIANT' }))
  })
})
