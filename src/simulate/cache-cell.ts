import { MemoryCache } from '../memory/index.ts'
import type { Cell, Tally } from './cell.ts'
import type { CachePolicy } from './contender.ts'
import { ReplayWorld } from './replay-world.ts'
import type { Bound } from './size.ts'
import type { Batch } from './trace.ts'

/**
 * A real `MemoryCache` under replay: `get(key)`, and on a miss `set(key, size)`.
 *
 * Where it is bounded by bytes an entry weighs the size its request carried when it was stored, at
 * least 1.
 */
export class CacheCell implements Cell {
  readonly #cache: MemoryCache<number | string, number>
  #hits = 0
  #hitBytes = 0

  constructor(bound: Bound, policy: CachePolicy, seed: number) {
    const world = new ReplayWorld(seed)
    const { entries, bytes } = bound
    this.#cache = new MemoryCache(
      bytes === undefined
        ? { maxEntries: entries, policy, world }
        : { maxEntries: entries, maxBytes: bytes, sizeOf: (size) => Math.max(1, size), policy, world },
    )
  }

  replay(batch: Batch): void {
    const { keys, sizes } = batch
    const cache = this.#cache
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!
      if (cache.get(key) === undefined) {
        cache.set(key, sizes === undefined ? 1 : sizes[i]!)
      } else {
        this.#hits++
        if (sizes !== undefined) this.#hitBytes += sizes[i]!
      }
    }
  }

  tally(): Tally {
    return { hits: this.#hits, evictions: this.#cache.stats().evictions, hitBytes: this.#hitBytes }
  }

  close(): void {
    this.#cache.close()
  }
}
