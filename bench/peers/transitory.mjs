import { newCache } from 'transitory'

export const abilities = ['evicts', 'expires']

/** Its synchronous read has another name, and answers null when there is nothing. */
class Transitory {
  #cache

  constructor(cache) {
    this.#cache = cache
  }

  get(key) {
    return this.#cache.getIfPresent(key) ?? undefined
  }

  set(key, value) {
    this.#cache.set(key, value)
  }
}

export function create(max, { ttl }) {
  const builder = newCache().maxSize(max)
  return new Transitory((ttl === undefined ? builder : builder.expireAfterWrite(ttl)).build())
}
