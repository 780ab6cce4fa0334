import type { WriteResult } from '../../src/cache/write.ts'
import type { FleetNode } from './fleet-node.ts'
import { KEYS } from './scene.ts'

/** Takes away many keys at once, those around `key`, or only their freshness. */
export function invalidation(
  cache: FleetNode['cache'],
  wide: 'tag' | 'prefix' | 'all',
  key: string,
  keepStale: boolean,
): { readonly keys: readonly string[]; readonly call: () => Promise<WriteResult> } {
  const tags = [`t${key}`]
  if (wide === 'tag')
    return { keys: [key], call: () => (keepStale ? cache.expireTags(tags) : cache.invalidateTags(tags)) }
  if (wide === 'all') return { keys: KEYS, call: () => cache.clear({ keepStale }) }
  return { keys: KEYS.filter((other) => other.startsWith(key)), call: () => cache.clearPrefix(key, { keepStale }) }
}
