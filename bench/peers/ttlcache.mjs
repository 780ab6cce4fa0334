// It needs a ttl, and with an infinite one it never returns from a set once it is full.
import { TTLCache } from '@isaacs/ttlcache'

const HOUR_MS = 3_600_000

export const abilities = ['evicts', 'expires']
export const create = (max, { ttl = HOUR_MS }) => new TTLCache({ max, ttl })
