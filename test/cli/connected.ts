import { expect, vi } from 'vitest'
import type { MultiLevelCache } from '../../src/index.ts'

/** The cache, once its levels take what is written: on a busy machine the first calls may be too early. */
export async function connected(cache: MultiLevelCache): Promise<MultiLevelCache> {
  await vi.waitFor(async () => expect((await cache.set('connected', 1, { ttl: '1s' })).ok).toBe(true), {
    timeout: 60_000,
    interval: 100,
  })
  await cache.delete('connected')
  return cache
}
