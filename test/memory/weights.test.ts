import { expect, it } from 'vitest'
import { Weights } from '../../src/memory/weights.ts'

it('weights keep what was put, also when there are more slots', () => {
  const weights = new Weights<string, number>(3, (value) => value)
  weights.put(3, weights.weigh(4.2, 'a'))
  weights.extend(8)
  weights.put(8, 2 ** 32 - 1)
  weights.check(8)
  expect([weights.at(3), weights.at(8), weights.at(1)]).toEqual([5, 2 ** 32 - 1, 0])
})

it('weights without a place for each slot say so', () => {
  const weights = new Weights<string, number>(3, (value) => value)
  weights.check(3)
  expect(() => weights.check(4)).toThrow('weights: 3 places for 4 slots')
})
