import { describe, expect, it } from 'vitest'
import { sourceCheck } from '../../src/governor/source-options.ts'
import { createCache, type SourceOptions } from '../../src/index.ts'

const read = (options: unknown) => sourceCheck(options, 'createCache: source')

describe('how a source is spared', () => {
  it('is not, unless something is asked for', () => {
    expect(read({})).toBeUndefined()
    expect(createCache().stats().source).toBeUndefined()
  })

  it('has defaults', () => {
    expect(read({ maxConcurrent: 10 })).toEqual({
      maxConcurrent: 10,
      maxQueued: 1000,
      maxQueueTime: 5000,
      maxFetchTime: 60_000,
      retries: undefined,
    })
    expect(read({ maxConcurrent: 'adaptive' })?.maxConcurrent).toEqual({ min: 3, max: 200, initial: 20 })
    expect(read({ retries: {} })).toMatchObject({
      maxConcurrent: Number.POSITIVE_INFINITY,
      retries: { attempts: 2, budget: 0.1, backoff: 50 },
    })
  })

  it('has bounds that fit together', () => {
    const bounds = (maxConcurrent: SourceOptions['maxConcurrent']) => read({ maxConcurrent })?.maxConcurrent
    expect(bounds({})).toEqual({ min: 3, max: 200, initial: 20 })
    expect(bounds({ max: 2 })).toEqual({ min: 2, max: 2, initial: 2 })
    expect(bounds({ min: 500 })).toEqual({ min: 500, max: 500, initial: 500 })
    expect(bounds({ min: 5, max: 8, initial: 6 })).toEqual({ min: 5, max: 8, initial: 6 })
  })

  it.each([
    [
      { maxConcurrent: 0 },
      "source: maxConcurrent: expected a whole number from 1 to 100000, 'adaptive', or its bounds",
    ],
    [{ maxConcurrent: 'adaptve' }, "got 'adaptve' (string)"],
    [{ maxConcurrent: 1.5 }, 'got 1.5 (number)'],
    [{ maxConcurrent: null }, 'got null'],
    [{ maxConcurrent: { min: 9, max: 8 } }, 'maxConcurrent: max: expected at least min, 9, got 8'],
    [{ maxConcurrent: { max: 8, initial: 9 } }, 'maxConcurrent: initial: expected a number from 3 to 8, got 9'],
    [{ maxConcurrent: { most: 8 } }, "there is no option 'most'"],
    [{ maxConcurent: 5 }, "Did you mean 'maxConcurrent'?"],
    [
      { maxQueued: 5 },
      'maxQueued: expected maxConcurrent beside it, for without a limit nothing waits, got 5 (number)',
    ],
    [{ maxConcurrent: 1, maxQueued: -1 }, 'expected a whole number from 0 to 1000000'],
    [{ maxConcurrent: 1, maxQueueTime: 0 }, 'expected a duration from 1 ms to one hour'],
    [{ maxConcurrent: 1, maxQueueTime: Number.POSITIVE_INFINITY }, 'expected a duration from 1 ms to one hour'],
    [{ maxConcurrent: 1, maxFetchTime: '2d' }, 'expected a duration from 1 ms to one day'],
    [{ retries: 3 }, 'retries: expected an object of options, such as { attempts: 3 }, got 3 (number)'],
    [{ retries: { attempts: 11 } }, 'attempts: expected a whole number from 1 to 10'],
    [{ retries: { budget: 2 } }, 'budget: expected a number from 0 to 1'],
    [{ retries: { backoff: '11s' } }, 'backoff: expected a duration of up to 10 seconds'],
    [{ retries: { on: 'ECONNRESET' } }, 'on: expected a function'],
  ])('refuses %j', (source, text) => {
    expect(() => createCache({ source: source as SourceOptions })).toThrow(text)
  })
})
