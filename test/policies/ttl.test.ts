import { expect, it } from 'vitest'
import type { PolicyContext, Slot } from '../../src/policies/policy.ts'
import { ttl } from '../../src/policies/ttl.ts'
import { agree, least, type Oracle } from './oracle.ts'
import { context } from './replay.ts'

/** The deadline of each slot, and since when it has it. */
function oracle({ deadline }: PolicyContext): Oracle {
  const held = new Map<Slot, { slot: Slot; deadline: number; since: number }>()
  let now = 0
  const write = (slot: Slot): void => {
    held.set(slot, { slot, deadline: deadline(slot), since: now++ })
  }
  return {
    added: write,
    touched: (slot) => {
      if (deadline(slot) !== held.get(slot)!.deadline) write(slot)
    },
    updated: write,
    removed: (slot) => {
      held.delete(slot)
    },
    evict: () => {
      const { slot } = least([...held.values()], ({ deadline, since }) => [deadline, since])
      held.delete(slot)
      return slot
    },
    clear: () => held.clear(),
    resize: () => {},
  }
}

it('evicts whom the oracle evicts', () => agree(ttl, oracle))

it('evicts the soonest to expire, then the first written, and last what never expires', () => {
  const deadlines = [0, Number.POSITIVE_INFINITY, 700, 300, 700, Number.POSITIVE_INFINITY]
  const policy = ttl({ ...context(5), deadline: (slot) => deadlines[slot] })
  for (const slot of [5, 4, 3, 2, 1]) policy.added(slot, 0, 1)
  expect([...policy.order()]).toEqual([3, 4, 2, 5, 1])
  policy.updated(4, 1)
  expect([...policy.order()]).toEqual([3, 2, 4, 5, 1])
})
