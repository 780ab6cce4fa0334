import { expect, it } from 'vitest'
import type { PolicyContext, Slot } from '../../src/policies/policy.ts'
import { s3Fifo } from '../../src/policies/s3-fifo.ts'
import { agree, type Oracle } from './oracle.ts'
import { context } from './replay.ts'

interface Entry {
  slot: Slot
  weight: number
  hits: number
}

/** Two queues of objects, and the hashes that left, with `undefined` where one came back. */
function oracle({ capacity, slots, hashOf }: PolicyContext): Oracle {
  let small: Entry[] = []
  let main: Entry[] = []
  let ghosts: (number | undefined)[] = []
  let target = capacity - Math.max(1, Math.floor(capacity * 0.1))
  let most = Math.floor(slots * 0.9)
  const find = (slot: Slot): Entry => [...small, ...main].find((entry) => entry.slot === slot)!
  const live = (): number => ghosts.filter((hash) => hash !== undefined).length
  const haunt = (hash: number, limit: number): void => {
    if (limit === 0 || ghosts.includes(hash)) return
    while (live() >= limit || ghosts.length === 2 * most) ghosts.shift()
    ghosts.push(hash)
  }
  const fromMain = (): Slot => {
    for (;;) {
      const oldest = main.shift()!
      if (oldest.hits === 0) return oldest.slot
      main.push({ ...oldest, hits: oldest.hits - 1 })
    }
  }
  const touched = (slot: Slot): void => {
    const entry = find(slot)
    entry.hits = Math.min(3, entry.hits + 1)
  }
  return {
    added: (slot, hash, weight) => {
      const at = ghosts.indexOf(hash)
      if (at >= 0) ghosts[at] = undefined
      ;(at >= 0 ? main : small).push({ slot, weight, hits: 0 })
    },
    touched,
    updated: (slot, weight) => {
      find(slot).weight = weight
      touched(slot)
    },
    removed: (slot) => {
      small = small.filter((entry) => entry.slot !== slot)
      main = main.filter((entry) => entry.slot !== slot)
    },
    evict: () => {
      if (main.reduce((sum, { weight }) => sum + weight, 0) > target) return fromMain()
      while (small.length > 0) {
        const resident = small.length + main.length
        const oldest = small.shift()!
        if (oldest.hits < 2) {
          haunt(hashOf(oldest.slot), Math.floor(resident * 0.9))
          return oldest.slot
        }
        main.push({ ...oldest, hits: 0 })
      }
      return fromMain()
    },
    clear: () => {
      small = []
      main = []
      ghosts = []
    },
    resize: (capacity, slots) => {
      target = capacity - Math.max(1, Math.floor(capacity * 0.1))
      if (Math.floor(slots * 0.9) === most) return
      most = Math.floor(slots * 0.9)
      const former = ghosts.filter((hash) => hash !== undefined)
      ghosts = []
      for (const hash of former) haunt(hash, most)
    },
  }
}

it('evicts whom the oracle evicts', () => agree(s3Fifo, oracle))

it('evicts whom the oracle evicts when entries weigh differently', () => agree(s3Fifo, oracle, 7))

it('takes to the main queue what was hit twice, and what comes back soon', () => {
  const policy = s3Fifo({ ...context(10), hashOf: (slot) => slot })
  for (let slot = 1; slot <= 10; slot++) policy.added(slot, slot, 1)
  for (const slot of [1, 1, 2]) policy.touched(slot)
  expect(policy.evict()).toBe(2)
  policy.added(2, 2, 1)
  const order = [...policy.order()]
  expect(order.slice(0, 8)).toEqual([3, 4, 5, 6, 7, 8, 9, 10])
  expect(order.slice(8)).toEqual([1, 2])
})
