import { LRUCache } from 'lru-cache'

export const abilities = ['evicts', 'expires']
export const create = (max, { ttl }) => new LRUCache(ttl === undefined ? { max } : { max, ttl })
