import { expect, it } from 'vitest'
import { lfu } from '../../src/policies/lfu.ts'
import type { Slot } from '../../src/policies/policy.ts'
import { agree, least, type Oracle } from './oracle.ts'
import { context } from './replay.ts'

/** How often each slot was used, and when it was last. */
function oracle(): Oracle {
  const uses = new Map<Slot, { slot: Slot; frequency: number; since: number }>()
  let now = 0
  const use = (slot: Slot): void => {
    uses.set(slot, { slot, frequency: (uses.get(slot)?.frequency ?? 0) + 1, since: now++ })
  }
  return {
    added: use,
    touched: use,
    updated: use,
    removed: (slot) => {
      uses.delete(slot)
    },
    evict: () => {
      const { slot } = least([...uses.values()], ({ frequency, since }) => [frequency, since])
      uses.delete(slot)
      return slot
    },
    clear: () => uses.clear(),
    resize: () => {},
  }
}

it('evicts whom the oracle evicts', () => agree(lfu, oracle))

it('evicts, of equal frequency, what reached it first', () => {
  const policy = lfu(context(3))
  for (const slot of [1, 2, 3]) policy.added(slot, 0, 1)
  for (const slot of [2, 1, 3, 3]) policy.touched(slot)
  expect([...policy.order()]).toEqual([2, 1, 3])
})
