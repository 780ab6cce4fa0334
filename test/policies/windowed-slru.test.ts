import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MARKED } from '../../src/policies/segments.ts'
import { WindowedSlru } from '../../src/policies/windowed-slru.ts'
import { chances } from './follow-traffic.ts'
import { WindowedSlruOracle } from './windowed-slru-oracle.ts'

/** A full cache of slots 1 to `size` with a window of `share`, each asked for once. */
function full(size: number, share: number, random = () => 0.5): WindowedSlru {
  const cache = new WindowedSlru(size + 1, share, random)
  for (let slot = 1; slot <= size; slot++) cache.insert(slot, 1, false)
  return cache
}

interface Step {
  readonly call: 'insert' | 'hit' | 'reweigh' | 'remove' | 'leave' | 'age' | 'remark' | 'share' | 'resize' | 'clear'
  readonly pick: number
  readonly frequency: number
  readonly weight: number
}

const often: Record<Step['call'], number> = {
  insert: 40,
  hit: 60,
  reweigh: 6,
  remove: 6,
  leave: 10,
  age: 1,
  remark: 1,
  share: 3,
  resize: 2,
  clear: 1,
}
const calls = Object.entries(often).map(([call, weight]) => ({
  weight,
  arbitrary: fc.constant(call as Step['call']),
}))
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    call: fc.oneof(...calls),
    pick: fc.nat(1000),
    frequency: fc.integer({ min: 1, max: 15 }),
    weight: fc.integer({ min: 1, max: 9 }),
  }),
  { maxLength: 300, size: 'max' },
)

/** One of these beside its oracle, both told the same. */
class Twins {
  readonly #own: WindowedSlru
  readonly #oracle: WindowedSlruOracle
  readonly #most: number

  constructor(most: number, share: number) {
    this.#most = most
    this.#own = new WindowedSlru(most, share, chances(1))
    this.#oracle = new WindowedSlruOracle(share, chances(1))
  }

  take({ call, pick, frequency, weight }: Step): void {
    const held = [...this.#oracle.kept.keys()]
    const slot = held[pick % held.length]
    if (call === 'insert') this.#insert(pick, frequency, weight)
    else if (call === 'share') this.#own.share = this.#oracle.share = (1 + (pick % 100)) / 100
    else if (call === 'resize') this.#own.resize(this.#most + (pick % 10))
    else if (call === 'clear' || call === 'age') for (const each of [this.#own, this.#oracle]) each[call]()
    else if (call === 'remark')
      for (const each of [this.#own, this.#oracle]) each.remark((slot) => slot % 2 === pick % 2)
    else if (slot === undefined) return
    else if (call === 'hit') expect(this.#own.hit(slot) !== 0).toBe(this.#oracle.hit(slot))
    else if (call === 'reweigh') for (const each of [this.#own, this.#oracle]) each.reweigh(slot, weight)
    else if (call === 'remove') expect(this.#own.remove(slot)).toBe(this.#oracle.remove(slot))
    else this.#leave()
  }

  verify(): void {
    this.#own.check()
    expect([this.#own.size, this.#own.marked, this.#own.counted]).toEqual([
      this.#oracle.kept.size,
      this.#oracle.marked,
      this.#oracle.counted,
    ])
    for (const { name, slots, counts } of this.#own.queues()) {
      const theirs = [...this.#oracle.segments[name as keyof WindowedSlruOracle['segments']]]
      expect([...slots]).toEqual(theirs)
      expect(theirs.map((slot) => counts!.of(slot))).toEqual(
        theirs.map((slot) => this.#oracle.kept.get(slot)!.frequency),
      )
    }
  }

  #insert(pick: number, frequency: number, weight: number): void {
    while (this.#oracle.kept.size >= this.#most) this.#leave()
    let slot = 1 + (pick % this.#most)
    while (this.#oracle.kept.has(slot)) slot = (slot % this.#most) + 1
    for (const each of [this.#own, this.#oracle]) each.insert(slot, frequency, pick % 3 === 0, weight)
  }

  #leave(): void {
    const slot = this.#own.victim()
    expect(slot).toBe(this.#oracle.victim())
    for (const each of [this.#own, this.#oracle]) each.remove(slot)
  }
}

describe('windowed slru', () => {
  it('holds and gives up what the oracle does, after every step', () => {
    const share = fc.constantFrom(0.01, 0.05, 0.2, 0.5, 1)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 24 }), share, steps, (most, share, steps) => {
        const twins = new Twins(most, share)
        for (const step of steps) {
          twins.take(step)
          twins.verify()
        }
      }),
      { numRuns: 300 },
    )
  })

  it('is an LRU when the window is everything', () => {
    const cache = full(5, 1)
    cache.hit(1)
    cache.hit(3)
    const left: number[] = []
    while (cache.size > 0) {
      left.push(cache.victim())
      cache.remove(left.at(-1)!)
      cache.check()
    }
    expect(left).toEqual([2, 4, 5, 1, 3])
  })

  it('refuses a candidate that was not asked for more often than the victim', () => {
    const cache = full(10, 0.1)
    expect(cache.victim()).toBe(10)
  })

  it('admits one asked for more often, and gives up the least recently used of the probation', () => {
    const cache = full(10, 0.1)
    cache.hit(10)
    expect(cache.frequency(10)).toBe(2)
    expect(cache.victim()).toBe(1)
  })

  it('admits against a frequent victim only one that is two ahead', () => {
    const cache = new WindowedSlru(3, 0.1, () => 0.5)
    cache.insert(1, 3, false)
    cache.insert(2, 4, false)
    expect(cache.victim()).toBe(2)
    const other = new WindowedSlru(3, 0.1, () => 0.5)
    other.insert(1, 3, false)
    other.insert(2, 5, false)
    expect(other.victim()).toBe(1)
  })

  it('lets a warm candidate in by chance, so that nothing is pinned', () => {
    const duel = (random: () => number) => {
      const cache = new WindowedSlru(3, 0.1, random)
      cache.insert(1, 15, false)
      cache.insert(2, 6, false)
      return cache.victim()
    }
    expect(duel(() => 0.5)).toBe(2)
    expect(duel(() => 0)).toBe(1)
  })

  it('counts one hit in the window, and every hit in the main space up to 15', () => {
    const cache = full(10, 0.1)
    for (let hit = 0; hit < 20; hit++) {
      cache.hit(10)
      cache.hit(1)
    }
    expect(cache.frequency(10)).toBe(2)
    expect(cache.frequency(1)).toBe(15)
  })

  it('protects what was hit in the main space, at most four fifths of it', () => {
    const cache = full(11, 0.09)
    for (let slot = 1; slot <= 10; slot++) cache.hit(slot)
    cache.check()
    // Window 11; of the ten others the two hit first fell back to probation.
    expect([...cache.order()]).toEqual([11, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    expect(cache.victim()).toBe(11)
  })

  it('makes a heavy candidate prove itself against each victim', () => {
    const cache = new WindowedSlru(10, 0.1, () => 0.5)
    for (let slot = 1; slot <= 4; slot++) cache.insert(slot, slot === 2 ? 9 : 1, false, 10)
    cache.insert(5, 3, false, 40)
    // Candidate 5 beats 1, then meets 2, which is more frequent.
    expect(cache.victim()).toBe(1)
    cache.remove(1)
    expect(cache.victim()).toBe(5)
    cache.remove(5)
    cache.check()
  })

  it('moves between window and main space when the share changes, a few entries at a time', () => {
    const cache = new WindowedSlru(101, 1, () => 0.5)
    for (let slot = 1; slot <= 100; slot++) cache.insert(slot, 1, false)
    cache.share = 0.1
    for (let turn = 0; turn < 20; turn++) {
      const slot = cache.victim()
      cache.remove(slot)
      cache.insert(slot, 1, false)
      cache.check()
    }
    // A window of ten; the next candidate is refused by the probation, so it is the victim.
    const order = [...cache.order()]
    expect(cache.victim()).toBe(order[0])
    expect(order).toHaveLength(100)
  })

  it('ages, marks, forgets and clears', () => {
    const cache = full(10, 0.1)
    for (let hit = 0; hit < 20; hit++) cache.hit(1)
    cache.age()
    expect(cache.frequency(1)).toBe(7)
    expect(cache.counted).toBe(0)
    cache.remark((slot) => slot % 2 === 0)
    expect(cache.marked).toBe(5)
    expect(cache.hit(2) & MARKED).toBe(MARKED)
    expect(cache.hit(3) & MARKED).toBe(0)
    // Ageing left 0 of 1, the hit above made it 1 again.
    expect(cache.remove(2)).toBe(1)
    expect(cache.hit(2)).toBe(0)
    expect(cache.marked).toBe(4)
    cache.check()
    cache.clear()
    cache.check()
    expect(cache.size).toBe(0)
  })
})
