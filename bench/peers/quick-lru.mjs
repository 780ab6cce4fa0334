// Holds up to twice maxSize: two Maps, of which the older is dropped when the newer is full.
import QuickLRU from 'quick-lru'

export const abilities = ['evicts', 'expires']
export const create = (maxSize, { ttl }) => new QuickLRU(ttl === undefined ? { maxSize } : { maxSize, maxAge: ttl })
