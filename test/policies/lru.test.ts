import { expect, it } from 'vitest'
import { lru } from '../../src/policies/lru.ts'
import type { Slot } from '../../src/policies/policy.ts'
import { agree, type Oracle } from './oracle.ts'
import { context } from './replay.ts'

/** The slots, least recently used first. */
function oracle(): Oracle {
  let slots: Slot[] = []
  const use = (slot: Slot): void => {
    slots = [...slots.filter((other) => other !== slot), slot]
  }
  return {
    added: use,
    touched: use,
    updated: use,
    removed: (slot) => {
      slots = slots.filter((other) => other !== slot)
    },
    evict: () => slots.shift()!,
    clear: () => {
      slots = []
    },
    resize: () => {},
  }
}

it('evicts whom the oracle evicts', () => agree(lru, oracle))

it('keeps what was used last', () => {
  const policy = lru(context(3))
  for (const slot of [1, 2, 3]) policy.added(slot, 0, 1)
  policy.touched(1)
  policy.touched(1)
  expect([...policy.order()]).toEqual([2, 3, 1])
  expect(policy.evict()).toBe(2)
})
