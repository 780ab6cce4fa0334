// Without clones, as the others: a hit gives the object that was stored.
import { CacheableMemory } from '@cacheable/memory'

export const abilities = ['evicts', 'expires']
export const create = (lruSize, { ttl }) => new CacheableMemory({ lruSize, ttl, useClone: false })
