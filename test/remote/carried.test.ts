import { expect, it } from 'vitest'
import { keyScope } from '../../src/entry/scope.ts'
import { Carried } from '../../src/remote/carried.ts'

const named = (first: number, last: number): string[] =>
  Array.from({ length: last - first + 1 }, (_, n) => `k${first + n}`)

it('remembers what was brought up of late, each key once, until it is taken', () => {
  const carried = new Carried()
  carried.note(['a', 'b'], 0)
  carried.note(['c'], 40_000)
  carried.note(['a'], 59_999)
  expect(carried.take(60_000)).toEqual([keyScope('c'), keyScope('a')])
  expect(carried.take(60_000)).toEqual([])
})

it('remembers the latest thousand', () => {
  const carried = new Carried()
  carried.note(named(1, 700), 0)
  carried.note(named(701, 1500), 1)
  expect(carried.take(2)).toEqual(named(501, 1500).map(keyScope))
})
