// The reference: a Map, made to forget its oldest key where the workload has more keys than room.
export const abilities = ['evicts']

class OldestOut {
  #map = new Map()
  #max
  // One iterator for good: a new one would have to pass over all the holes that deletions left.
  #oldest = this.#map.keys()

  constructor(max) {
    this.#max = max
  }

  get(key) {
    return this.#map.get(key)
  }

  set(key, value) {
    if (this.#map.size >= this.#max && !this.#map.has(key)) this.#map.delete(this.#oldest.next().value)
    this.#map.set(key, value)
  }
}

export const create = (maxEntries, { evicts = false }) => (evicts ? new OldestOut(maxEntries) : new Map())
