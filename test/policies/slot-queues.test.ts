import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Slot } from '../../src/policies/policy.ts'
import { SlotQueues } from '../../src/policies/slot-queues.ts'

const call = fc.constantFrom('append', 'append', 'append', 'take', 'take', 'release', 'grow', 'resize')
const steps = fc.array(fc.record({ call, pick: fc.nat(100) }), { maxLength: 150, size: 'max' })

it('queues of slots are what arrays would be, after every step', () => {
  fc.assert(
    fc.property(steps, (steps) => {
      let slots = 10
      const queues = new SlotQueues(slots, 3)
      let model: Slot[][] = [[], [], []]
      for (const { call, pick } of steps) {
        const queue = pick % model.length
        const held = model.flat()
        const slot = 1 + (pick % slots)
        if (call === 'append' && !held.includes(slot)) {
          queues.append(slot, queue)
          model[queue].push(slot)
        } else if (call === 'take' && held.includes(slot)) {
          expect(model[queues.queueOf(slot)]).toContain(slot)
          queues.take(slot)
          model = model.map((list) => list.filter((other) => other !== slot))
        } else if (call === 'release') {
          expect(queues.release(queue)).toBe(model[queue][0] ?? 0)
          model[queue] = []
        } else if (call === 'grow' && model.length < 12) {
          model.push([])
          queues.grow(model.length)
        } else if (call === 'resize') {
          slots = Math.max(1, pick % 30, ...held)
          queues.resize(slots)
        }
        for (const [number, list] of model.entries()) {
          expect([...queues.slots(number)]).toEqual(list)
          expect(queues.check(number)).toBe(list.length)
          expect(queues.count(number)).toBe(list.length)
        }
      }
    }),
  )
})

it('a slot put in two queues is found out by check', () => {
  const queues = new SlotQueues(4, 2)
  for (const slot of [1, 2, 3]) queues.append(slot, 0)
  queues.append(2, 1)
  expect(() => queues.check(0)).toThrow(expect.objectContaining({ code: 'ERR_INVARIANT' }))
})
