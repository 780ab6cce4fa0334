import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DeadlineTrie } from '../../src/policies/deadline-trie.ts'
import type { Slot } from '../../src/policies/policy.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'

interface Held {
  slot: Slot
  deadline: number
  since: number
}

/** Deadlines that coincide, that share most digits, and that share none. */
const deadline = fc.oneof(
  fc.constantFrom(0, 1, 5_000, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY),
  fc.nat(40),
  fc.nat(200).map((n) => 3_600_000 + n),
  fc.nat(10).map((n) => n * 2 ** 30 - 1 + (n === 0 ? 1 : 0)),
  fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
)
const call = fc.constantFrom('add', 'add', 'add', 'remove', 'soonest', 'soonest', 'leave', 'leave', 'resize')
const burst = fc.record({ call, pick: fc.nat(1000), deadline, times: fc.integer({ min: 1, max: 90 }), step: fc.nat(3) })

/** A sorted array beside the trie. */
class Pair {
  readonly trie = new DeadlineTrie(200)
  #held: Held[] = []
  #slots = 200
  #now = 0

  take(burst: { call: string; pick: number; deadline: number; times: number; step: number }): void {
    const { call, pick, deadline, times, step } = burst
    if (call === 'resize') {
      this.#slots = Math.max(1, pick % 300, ...this.#held.map(({ slot }) => slot))
      this.trie.resize(this.#slots)
    } else if (call === 'soonest') {
      expect(this.trie.soonest()).toBe(this.#held[0]?.slot ?? 0)
    } else {
      for (let i = 0; i < times; i++) this.#once(call, pick + i, deadline + i * step)
    }
    expect(this.trie.check()).toBe(this.#held.length)
  }

  #once(call: string, pick: number, deadline: number): void {
    if (call === 'add') {
      this.#add(pick, deadline > Number.MAX_SAFE_INTEGER ? Number.POSITIVE_INFINITY : deadline)
      return
    }
    const held = call === 'leave' ? this.#held[0] : this.#held[pick % this.#held.length]
    if (held === undefined) return
    if (call === 'leave') expect(this.trie.soonest()).toBe(held.slot)
    expect(this.trie.deadline(held.slot)).toBe(held.deadline)
    this.trie.remove(held.slot)
    this.#held = this.#held.filter((other) => other !== held)
  }

  #add(pick: number, deadline: number): void {
    const taken = new Set(this.#held.map(({ slot }) => slot))
    if (taken.size >= this.#slots) return
    let slot = 1 + (pick % this.#slots)
    while (taken.has(slot)) slot = (slot % this.#slots) + 1
    this.trie.add(slot, deadline)
    this.#held.push({ slot, deadline, since: this.#now++ })
    this.#held.sort((a, b) => (a.deadline === b.deadline ? a.since - b.since : a.deadline < b.deadline ? -1 : 1))
  }

  compareOrder(): void {
    expect([...this.trie.slots()]).toEqual(this.#held.map(({ slot }) => slot))
  }
}

describe('deadline trie', () => {
  it('is what a sorted array would be, after every burst of calls', () => {
    fc.assert(
      fc.property(fc.array(burst, { maxLength: 60, size: 'max' }), (bursts) => {
        const pair = new Pair()
        for (const each of bursts) {
          pair.take(each)
          pair.compareOrder()
        }
      }),
      { numRuns: 150 },
    )
  })

  it('gives 20,000 deadlines of one hour back in order', () => {
    const size = 20_000
    const world = new FakeWorld(3)
    const trie = new DeadlineTrie(size)
    for (let slot = 1; slot <= size; slot++) trie.add(slot, 86_400_000 + Math.floor(world.random() * 3_600_000))
    expect(trie.check()).toBe(size)
    let before = 0
    for (let left = size; left > 0; left--) {
      const slot = trie.soonest()
      expect(trie.deadline(slot)).toBeGreaterThanOrEqual(before)
      before = trie.deadline(slot)
      trie.remove(slot)
    }
    expect(trie.check()).toBe(0)
    expect(trie.soonest()).toBe(0)
  })

  it('is first in, first out where all deadlines are one', () => {
    const trie = new DeadlineTrie(500)
    for (let slot = 500; slot >= 1; slot--) trie.add(slot, 12_345_678_901)
    trie.check()
    for (let slot = 500; slot >= 1; slot--) {
      expect(trie.soonest()).toBe(slot)
      trie.remove(slot)
    }
    expect(trie.check()).toBe(0)
  })

  it('is empty after clear and serves on', () => {
    const trie = new DeadlineTrie(100)
    for (let slot = 1; slot <= 100; slot++) trie.add(slot, slot * 1000)
    trie.soonest()
    trie.clear()
    expect(trie.check()).toBe(0)
    expect([...trie.slots()]).toEqual([])
    trie.add(7, 5)
    expect(trie.soonest()).toBe(7)
    expect(trie.check()).toBe(1)
  })
})
