import type { CacheEvent } from '../events.ts'
import type { Parts } from './parts.ts'

/**
 * Tells the observers of a synchronous hit of level 1, which that level has counted itself. Where it is
 * the whole answer of `method`, tracers that want hits are told as well.
 */
export function tellHit(parts: Parts, key: string, method?: 'get' | 'getOrFetch'): void {
  const { observers, levels } = parts
  observers.sampleNear(key, levels[0]!.name)
  // What follows would make this too large to become part of the hit itself.
  if (observers.hearsEachHit) tellEachHit(parts, key, method)
}

/** Counts a synchronous hit of level 1 on another way than the shortest, and tells of it where somebody wants that. */
export function noteHit(parts: Parts, key: string): void {
  parts.spaces.count(key, 'near')
  if (parts.observers.hearsHits) tellHit(parts, key)
}

function tellEachHit(parts: Parts, key: string, method: 'get' | 'getOrFetch' | undefined): void {
  const { observers, levels } = parts
  const event: CacheEvent = { type: 'hit', key, level: levels[0]!.name }
  if (method === undefined || !observers.tracesHits) observers.tell(event)
  else {
    const traced = observers.traceHit({ kind: 'call', method, keys: [key] }, async () => observers.tell(event))
    parts.world.background(traced, 'tracing a hit')
  }
}
