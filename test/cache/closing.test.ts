import { describe, expect, it } from 'vitest'
import { createCache, fromAsync } from '../../src/index.ts'
import { faulty } from '../../src/testing/index.ts'

describe('closing a cache', () => {
  it('ends a level that is not asked any more for it does not answer', async () => {
    let closed = 0
    const make = faulty(fromAsync(new Map()), () => ({ fault: 'reject' }))
    const cache = createCache({
      levels: [
        (context) => {
          const level = make(context)
          level.close = async () => void closed++
          return level
        },
      ],
    })
    for (let n = 0; n < 5; n++) await cache.get(`k${n}`)
    expect(cache.stats().levels[0]!.breaker).toBe('open')
    const events: string[] = []
    cache.on(({ type }) => events.push(type))
    await cache.close()
    expect(closed).toBe(1)
    expect(events).toEqual(['levelCalled', 'closed'])
  })
})
