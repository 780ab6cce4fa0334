import { invariant } from '../errors.ts'
import { SampledKeys } from '../policies/sampled-keys.ts'

/**
 * Keys by when they were last used, and how heavy those are together that were used since: the LRU
 * stack of R. Mattson, J. Gecsei, D. Slutz, I. Traiger, "Evaluation techniques for storage hierarchies",
 * IBM Systems Journal 9 (2), 1970.
 *
 * Each use takes the next place of an array, and a Fenwick tree over the places (P. Fenwick, "A New Data
 * Structure for Cumulative Frequency Tables", Software: Practice and Experience 24 (3), 1994) adds up the
 * weights behind any of them. When the places are used up, the keys move together; there are twice as many
 * places as keys.
 *
 * Cost: O(log n) a use, amortised; nothing is allocated after the start; about 62 bytes a key.
 *
 * Invariants: every key has one place, and the place has the key; the tree adds up the weights.
 */
export class RecencyOrder {
  readonly #keys: SampledKeys
  readonly #most: number
  readonly #places: number
  /** By the number of a key. */
  readonly #placeOf: Uint32Array
  readonly #weights: Float64Array
  readonly #deadlines: Float64Array
  /** By place, from 1: the number of the key there, 0 for none. */
  readonly #numberAt: Uint32Array
  readonly #tree: Float64Array
  #total = 0
  #last = 0
  /** No key has a place before this one. */
  #first = 1

  constructor(most: number) {
    this.#keys = new SampledKeys(most)
    this.#most = most
    this.#places = 2 * most
    this.#placeOf = new Uint32Array(most + 1)
    this.#weights = new Float64Array(most + 1)
    this.#deadlines = new Float64Array(most + 1)
    this.#numberAt = new Uint32Array(this.#places + 1)
    this.#tree = new Float64Array(this.#places + 1)
  }

  /** The bytes of the arrays, a key. */
  static readonly bytesPerKey: number = 16 + 4 + 8 + 8 + 8 + 16 + 4

  get size(): number {
    return this.#keys.size
  }

  get isFull(): boolean {
    return this.#keys.size === this.#most
  }

  /** The number of the key with this hash, 0 if it is not kept. */
  find(hash: number): number {
    return this.#keys.find(hash)
  }

  weight(number: number): number {
    return this.#weights[number]
  }

  deadline(number: number): number {
    return this.#deadlines[number]
  }

  setDeadline(number: number, deadline: number): void {
    this.#deadlines[number] = deadline
  }

  /** What a key weighs, those that weigh more counting more; 1 where none is kept. */
  get weightOfKey(): number {
    let squares = 0
    for (let place = this.#first; place <= this.#last; place++) {
      const number = this.#numberAt[place]!
      if (number !== 0) squares += this.#weights[number]! ** 2
    }
    return this.size === 0 ? 1 : squares / this.#total
  }

  /** How heavy those are together that were used after this key. */
  above(number: number): number {
    let before = 0
    for (let at = this.#placeOf[number]; at > 0; at &= at - 1) before += this.#tree[at]
    return Math.max(0, this.#total - before)
  }

  /** Keeps a key that is not kept, as the one used last. There must be room. */
  add(hash: number, weight: number): void {
    const number = this.#keys.add(hash)
    this.#weights[number] = weight
    this.#deadlines[number] = Number.POSITIVE_INFINITY
    this.#take(number)
  }

  /** The key was used now. */
  use(number: number): void {
    this.#leave(number)
    this.#take(number)
  }

  reweigh(number: number, weight: number): void {
    const more = weight - this.#weights[number]
    this.#weights[number] = weight
    if (more !== 0) this.#raise(this.#placeOf[number], more)
  }

  remove(number: number): void {
    this.#leave(number)
    this.#keys.remove(number)
  }

  /** Forgets the key that was not used for longest. There must be one. */
  removeOldest(): void {
    while (this.#numberAt[this.#first] === 0) this.#first++
    this.remove(this.#numberAt[this.#first])
  }

  /** Forgets the keys whose hashes are not below `limit`. */
  removeFrom(limit: number): void {
    for (let place = this.#first; place <= this.#last; place++) {
      const number = this.#numberAt[place]
      if (number !== 0 && this.#keys.hashOf(number) >= limit) this.remove(number)
    }
  }

  clear(): void {
    this.#keys.clear()
    this.#numberAt.fill(0)
    this.#tree.fill(0)
    this.#total = 0
    this.#last = 0
    this.#first = 1
  }

  /** @throws TerraceError `ERR_INVARIANT` */
  check(): void {
    this.#keys.check()
    let kept = 0
    let weight = 0
    for (let place = this.#places; place > 0; place--) {
      const number = this.#numberAt[place]
      if (number === 0) continue
      kept++
      invariant(place >= this.#first && place <= this.#last, () => `recency order: a key at ${place}, outside`)
      invariant(this.#placeOf[number] === place, () => `recency order: ${number} is not at ${place}`)
      const above = this.above(number)
      const near = Math.abs(above - weight) <= 1e-9 * Math.max(1, this.#total)
      invariant(near, () => `recency order: ${above} above ${number}, ${weight} in the places`)
      weight += this.#weights[number]
    }
    invariant(kept === this.size, () => `recency order: ${kept} keys have places, ${this.size} are kept`)
  }

  #take(number: number): void {
    if (this.#last === this.#places) this.#moveTogether()
    const place = ++this.#last
    this.#numberAt[place] = number
    this.#placeOf[number] = place
    this.#raise(place, this.#weights[number])
  }

  #leave(number: number): void {
    const place = this.#placeOf[number]
    this.#numberAt[place] = 0
    this.#raise(place, -this.#weights[number])
  }

  #raise(place: number, weight: number): void {
    this.#total += weight
    for (let at = place; at <= this.#places; at += at & -at) this.#tree[at] += weight
  }

  /** Takes the empty places out. The tree is built anew, which also forgets what rounding has added. */
  #moveTogether(): void {
    const numberAt = this.#numberAt
    const tree = this.#tree
    let to = 0
    tree.fill(0)
    this.#total = 0
    for (let from = this.#first; from <= this.#last; from++) {
      const number = numberAt[from]
      if (number === 0) continue
      numberAt[from] = 0
      numberAt[++to] = number
      this.#placeOf[number] = to
      tree[to] = this.#weights[number]
      this.#total += tree[to]
    }
    for (let at = 1; at <= this.#places; at++) {
      const parent = at + (at & -at)
      if (parent <= this.#places) tree[parent] += tree[at]
    }
    this.#last = to
    this.#first = 1
  }
}
