import { expect, it } from 'vitest'
import type { Slot } from '../../src/policies/policy.ts'
import { sieve } from '../../src/policies/sieve.ts'
import { agree, type Oracle } from './oracle.ts'
import { context } from './replay.ts'

/** The slots, oldest first; those used; and the slot under the hand, which is undefined at the end. */
function oracle(): Oracle {
  let slots: Slot[] = []
  const used = new Set<Slot>()
  let hand: Slot | undefined
  const forget = (slot: Slot): void => {
    if (hand === slot) hand = slots[slots.indexOf(slot) + 1]
    slots = slots.filter((other) => other !== slot)
    used.delete(slot)
  }
  return {
    added: (slot) => {
      slots.push(slot)
    },
    touched: (slot) => {
      used.add(slot)
    },
    updated: (slot) => {
      used.add(slot)
    },
    removed: forget,
    evict: () => {
      for (;;) {
        const slot = hand ?? slots[0]
        if (!used.delete(slot)) {
          hand = slot
          forget(slot)
          return slot
        }
        hand = slots[slots.indexOf(slot) + 1]
      }
    },
    clear: () => {
      slots = []
      used.clear()
      hand = undefined
    },
    resize: () => {},
  }
}

it('evicts whom the oracle evicts', () => agree(sieve, oracle))

it('spares what was used, and goes on from there', () => {
  const policy = sieve(context(4))
  for (const slot of [1, 2, 3, 4]) policy.added(slot, 0, 1)
  policy.touched(1)
  policy.touched(3)
  expect(policy.evict()).toBe(2)
  policy.added(2, 0, 1)
  expect(policy.evict()).toBe(4)
  expect(policy.evict()).toBe(2)
  expect(policy.evict()).toBe(1)
  expect(policy.evict()).toBe(3)
})
