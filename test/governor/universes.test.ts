import { describe, expect, it } from 'vitest'
import type { SourceOptions } from '../../src/index.ts'
import { Universe } from '../cache/universe.ts'

const SOURCES: readonly SourceOptions[] = [
  // Most fetches wait, and many are shed.
  { maxConcurrent: 1, maxQueued: 4, maxQueueTime: 100, maxFetchTime: 100 },
  { maxConcurrent: 2, retries: { attempts: 3, budget: 1, backoff: 50 } },
  { maxConcurrent: { min: 1, max: 4, initial: 2 }, maxQueueTime: 300, retries: { backoff: 200 } },
]

describe('universes in which the source is spared', () => {
  for (const [n, source] of SOURCES.entries()) {
    it(`keep the promises, and answer everybody: ${n + 1}`, async () => {
      for (let seed = 1; seed <= 60; seed++) {
        expect(await new Universe(seed, undefined, source).run(), `seed ${seed}`).toBeUndefined()
      }
    })
  }
})
