import { together, type WriteResult } from '../../cache/write.ts'
import { coversOf, invalidateAsked } from '../../dashboard/asked-scope.ts'
import type { AskedScope } from '../../dashboard/protocol.ts'
import type { Flags } from '../flags.ts'
import { openStoreCache } from '../store-cache.ts'
import type { StoreTarget } from '../store-flags.ts'
import type { Invalidator } from './invalidator.ts'

/** How long it is waited for memory to be given back, in milliseconds. */
const SWEEPING = 60_000

const SPREADS: Readonly<Record<StoreTarget['kind'], string>> = {
  redis: 'Every process hears of it at once.',
  memcached: 'Every process follows within its maxStaleness (5 s unless the application says otherwise).',
  disk: 'The other processes of this machine follow with their next pulse (1 s unless the application says otherwise).',
}

/** A cache of its own over the store: what it invalidates is told to all others as if one of them had done it. */
export async function throughStore(target: StoreTarget, flags: Flags): Promise<Invalidator> {
  const { cache, settled } = await openStoreCache(target, flags)
  const work = async (scopes: readonly AskedScope[]): Promise<WriteResult[]> => {
    const keys = scopes.flatMap((scope) => (scope.kind === 'key' ? [scope.key] : []))
    const tags = scopes.flatMap((scope) => (scope.kind === 'tag' ? [scope.tag] : []))
    const results: WriteResult[] = []
    if (keys.length > 0) results.push(await cache.deleteMany(keys))
    for (let n = 0; n < tags.length; n += MOST_TAGS) {
      results.push(await cache.invalidateTags(tags.slice(n, n + MOST_TAGS)))
    }
    for (const scope of scopes) {
      if (scope.kind !== 'key' && scope.kind !== 'tag') results.push(await invalidateAsked(cache, scope))
    }
    return results
  }
  return {
    spreads: SPREADS[target.kind],
    covers: (scope) => coversOf(cache, scope),
    invalidate: async (scopes) => {
      const results = await work(scopes)
      // Nothing depends on it: what is not served any more ends by its ttl as well.
      await settled(SWEEPING)
      return together(results).levels
    },
    close: () => cache.close(),
  }
}

const MOST_TAGS = 100
