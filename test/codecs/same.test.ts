import { expect, it } from 'vitest'
import { isSame } from './same.ts'
import { KINDS } from './values.ts'

it('tells each kind of value from every other', () => {
  for (const [i, a] of KINDS.entries()) {
    for (const [j, b] of KINDS.entries()) expect(isSame(a.make(), b.make()), `${a.name} and ${b.name}`).toBe(i === j)
  }
})

it('tells shared from equal, holes from undefined, and all that errors have', () => {
  const shared = {}
  expect(isSame([shared, shared], [{}, {}])).toBe(false)
  expect(isSame(new Array(1), [undefined])).toBe(false)
  expect(isSame([0], [-0])).toBe(false)
  expect(isSame({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(false)
  expect(isSame(Buffer.from('a'), new Uint8Array([97]))).toBe(false)
  const error = new Error('m')
  expect(isSame(error, Object.assign(new Error('m'), { stack: error.stack }))).toBe(true)
  expect(isSame(error, Object.assign(new Error('m'), { stack: error.stack, code: 'X' }))).toBe(false)
})
