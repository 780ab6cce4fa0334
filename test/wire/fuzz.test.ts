import { expect, it } from 'vitest'
import { FrameFuzz } from './frame-fuzz.ts'

it('reads 100,000 random and mutated frames without harm', () => {
  const fuzz = new FrameFuzz(1)
  // What is thrown is caught at once: where it came from is not worth half of the time.
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 0
  try {
    for (let i = 0; i < 100_000; i++) fuzz.step()
  } finally {
    Error.stackTraceLimit = limit
  }
  // It is of no use unless many get past the checks, and many do not.
  expect(fuzz.opened).toBeGreaterThan(10_000)
  expect(fuzz.upkept).toBeGreaterThan(1000)
  expect(fuzz.frames - fuzz.opened).toBeGreaterThan(10_000)
  expect(fuzz.decoded).toBeGreaterThan(5_000)
  expect(fuzz.payloads - fuzz.decoded).toBeGreaterThan(10_000)
})
