import { lru } from 'tiny-lru'

export const abilities = ['evicts', 'expires']
export const create = (max, { ttl = 0 }) => lru(max, ttl)
