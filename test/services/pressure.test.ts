import { describe, expect, it } from 'vitest'
import { evictionPressure } from './experiments/pressure.ts'
import { reclaimed } from './experiments/reclaimed.ts'
import { Fleet } from './fleet.ts'

describe('too much for the memory', () => {
  it('keeps no stale value where Redis evicts what it likes', async () => {
    await using fleet = new Fleet()
    const server = await fleet.redis({ args: ['--maxmemory', '8mb', '--maxmemory-policy', 'allkeys-lru'] })
    const { stale, evicted, warnings } = await evictionPressure(fleet, server, 3000, 4000)
    expect(stale).toEqual([])
    expect(evicted).toBeGreaterThan(0)
    expect(warnings).toEqual([])
  })

  it('bounds level 1 by default, and gives back what has expired', async () => {
    await using fleet = new Fleet()
    const { held, full, after } = await reclaimed(fleet, 300_000)
    expect(held).toBeGreaterThan(0)
    expect(full).toBeLessThan(50)
    expect(after).toBeLessThan(full / 2 + 1)
  })
})
