import { MemoryCache } from '../../dist/memory.js'

export const abilities = ['evicts', 'expires']

export const withPolicy =
  (policy) =>
  (maxEntries, { ttl }) =>
    new MemoryCache(ttl === undefined ? { maxEntries, policy } : { maxEntries, policy, ttl })

/** As it comes: the policy is wTinyLfu. */
export const create = (maxEntries, { ttl }) => new MemoryCache(ttl === undefined ? { maxEntries } : { maxEntries, ttl })
