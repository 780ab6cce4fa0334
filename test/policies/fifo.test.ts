import { it } from 'vitest'
import { fifo } from '../../src/policies/fifo.ts'
import type { Slot } from '../../src/policies/policy.ts'
import { agree, type Oracle } from './oracle.ts'

/** The slots, first in first. */
function oracle(): Oracle {
  let slots: Slot[] = []
  return {
    added: (slot) => {
      slots.push(slot)
    },
    touched: () => {},
    updated: () => {},
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

it('evicts whom the oracle evicts, whatever is read or written meanwhile', () => agree(fifo, oracle))
