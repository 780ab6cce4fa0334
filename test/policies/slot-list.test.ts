import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Slot } from '../../src/policies/policy.ts'
import { SlotLists } from '../../src/policies/slot-list.ts'

const LISTS = 3
const call = fc.constantFrom('append', 'first', 'behind', 'take', 'to end', 'after', 'resize', 'clear')
const steps = fc.array(fc.record({ call, pick: fc.nat(100), list: fc.nat(LISTS - 1) }), { maxLength: 150, size: 'max' })

/** Arrays beside the lists. */
class Model {
  lists: Slot[][] = Array.from({ length: LISTS }, () => [])
  slots = 10
  readonly #subject = new SlotLists(this.slots, LISTS)

  free(pick: number): Slot | undefined {
    const held = new Set(this.lists.flat())
    const free = Array.from({ length: this.slots }, (_, i) => i + 1).filter((slot) => !held.has(slot))
    return free[pick % free.length]
  }

  #forget(slot: Slot): void {
    this.lists = this.lists.map((list) => list.filter((other) => other !== slot))
  }

  step(call: string, pick: number, list: number): void {
    const subject = this.#subject
    const head = subject.head(list)
    const held = this.lists[list][pick % this.lists[list].length]
    const free = this.free(pick)
    if (call === 'append' && free !== undefined) {
      subject.append(free, head)
      this.lists[list].push(free)
    } else if (call === 'first' && free !== undefined) {
      subject.insertAfter(free, head)
      this.lists[list].unshift(free)
    } else if (call === 'behind' && free !== undefined && held !== undefined) {
      subject.insertAfter(free, held)
      this.lists[list].splice(this.lists[list].indexOf(held) + 1, 0, free)
    } else if (call === 'take' && held !== undefined) {
      subject.take(held)
      this.#forget(held)
    } else if (call === 'to end' && held !== undefined) {
      const to = (list + pick) % LISTS
      subject.moveToEnd(held, subject.head(to))
      this.#forget(held)
      this.lists[to].push(held)
    } else if (call === 'after' && held !== undefined) {
      const to = (list + pick) % LISTS
      const others = this.lists[to].filter((slot) => slot !== held)
      // Behind the head of a list, or behind one of its slots.
      const at = pick % (others.length + 1)
      subject.moveAfter(held, at === 0 ? subject.head(to) : others[at - 1])
      this.#forget(held)
      this.lists[to] = others.toSpliced(at, 0, held)
    } else if (call === 'resize') {
      this.slots = Math.max(1, pick % 40, ...this.lists.flat())
      subject.resize(this.slots)
    } else if (call === 'clear' && pick < 10) {
      subject.clear()
      this.lists = this.lists.map(() => [])
    }
  }

  compare(): void {
    for (const [list, slots] of this.lists.entries()) {
      const head = this.#subject.head(list)
      expect(this.#subject.check(head)).toBe(slots.length)
      expect([...this.#subject.slots(head)]).toEqual(slots)
      expect(this.#subject.next(head)).toBe(slots[0] ?? head)
      expect(this.#subject.previous(head)).toBe(slots.at(-1) ?? head)
    }
  }
}

describe('slot lists', () => {
  it('are what arrays would be, after every step', () => {
    fc.assert(
      fc.property(steps, (steps) => {
        const model = new Model()
        for (const { call, pick, list } of steps) {
          model.step(call, pick, list)
          model.compare()
        }
      }),
    )
  })

  it('may lose the slot just given while they are walked', () => {
    const lists = new SlotLists(4)
    for (const slot of [1, 2, 3, 4]) lists.append(slot)
    const seen: Slot[] = []
    for (const slot of lists.slots()) {
      seen.push(slot)
      lists.take(slot)
    }
    expect(seen).toEqual([1, 2, 3, 4])
    expect(lists.check()).toBe(0)
  })

  it('are found out by check when a slot is put on twice', () => {
    const lists = new SlotLists(4)
    for (const slot of [1, 2, 3, 1]) lists.append(slot)
    expect(() => lists.check()).toThrow(expect.objectContaining({ code: 'ERR_INVARIANT' }))
  })

  it('are found out by check when one runs into another', () => {
    const lists = new SlotLists(4, 2)
    lists.append(1, lists.head(0))
    lists.append(2, lists.head(0))
    lists.append(2, lists.head(1))
    expect(() => lists.check(lists.head(0))).toThrow(expect.objectContaining({ code: 'ERR_INVARIANT' }))
  })
})
