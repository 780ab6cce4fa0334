import { invariant } from '../errors.ts'

/** A key, and how often it was counted. */
export interface CountedKey {
  readonly key: string
  /** At least the true count. */
  readonly count: number
  /** At most so much of it is too much. */
  readonly error: number
}

/**
 * The keys that occur most often in a stream, in bounded memory: Space-Saving (Metwally, Agrawal and
 * El Abbadi, "Efficient computation of frequent and top-k elements in data streams", ICDT 2005), with
 * weights.
 *
 * `capacity` counters. A key without one takes over the least, with its count as the possible error. So
 * counts are never too low; they are too high by at most total / capacity; and every key that makes up
 * more than that of the stream has a counter. Nothing here is random: who chooses keys at will can fill
 * the counters, and that is what was asked for. Counts fade when they are told to, so that old favourites leave.
 *
 * Cost: O(log capacity) a count. Invariants (`check`): the counters are a heap, the least first; each
 * knows its place; no error is above its count; no count is above the total.
 */
export class TopKeys {
  readonly #capacity: number
  readonly #places = new Map<string, number>()
  readonly #keys: string[] = []
  readonly #counts: Float64Array
  readonly #errors: Float64Array
  #total = 0

  constructor(capacity: number) {
    this.#capacity = capacity
    this.#counts = new Float64Array(capacity)
    this.#errors = new Float64Array(capacity)
  }

  /** The sum of all weights, faded like the counts. */
  get total(): number {
    return this.#total
  }

  /** Counts a key `weight` (above 0) times. */
  add(key: string, weight = 1): void {
    this.#total += weight
    const place = this.#places.get(key)
    if (place !== undefined) {
      this.#counts[place]! += weight
      this.#sink(place)
    } else if (this.#keys.length < this.#capacity) {
      const last = this.#keys.length
      this.#put(last, key, weight, 0)
      this.#rise(last)
    } else {
      const least = this.#counts[0]!
      this.#places.delete(this.#keys[0]!)
      this.#put(0, key, least + weight, least)
      this.#sink(0)
    }
  }

  /** The `most` greatest, the greatest first; equal ones by key. */
  top(most: number): CountedKey[] {
    return this.#keys
      .map((key, n) => ({ key, count: this.#counts[n]!, error: this.#errors[n]! }))
      .sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1))
      .slice(0, most)
  }

  /** Multiplies all counts by a factor from 0 to 1. What was counted long ago matters less then. */
  fade(factor: number): void {
    this.#total *= factor
    for (let n = 0; n < this.#keys.length; n++) {
      this.#counts[n]! *= factor
      this.#errors[n]! *= factor
    }
  }

  /** Proves the invariants. @throws TerraceError `ERR_INVARIANT` */
  check(): void {
    invariant(this.#keys.length <= this.#capacity, () => `${this.#keys.length} counters of ${this.#capacity}`)
    invariant(
      this.#places.size === this.#keys.length,
      () => `${this.#places.size} places for ${this.#keys.length} keys`,
    )
    for (const [n, key] of this.#keys.entries()) {
      const count = this.#counts[n]!
      invariant(this.#places.get(key) === n, () => `counter ${n} does not know its place`)
      invariant(n === 0 || this.#counts[(n - 1) >> 1]! <= count, () => `counter ${n} is less than the one above it`)
      invariant(this.#errors[n]! <= count, () => `counter ${n} has an error above its count`)
      invariant(count <= this.#total * (1 + 1e-9), () => `counter ${n} counts ${count} of ${this.#total}`)
    }
  }

  #put(place: number, key: string, count: number, error: number): void {
    this.#keys[place] = key
    this.#counts[place] = count
    this.#errors[place] = error
    this.#places.set(key, place)
  }

  #rise(place: number): void {
    for (let at = place; at > 0; ) {
      const parent = (at - 1) >> 1
      if (this.#counts[parent]! <= this.#counts[at]!) return
      this.#swap(at, parent)
      at = parent
    }
  }

  #sink(place: number): void {
    const { length } = this.#keys
    for (let at = place; ; ) {
      const left = 2 * at + 1
      if (left >= length) return
      const child = left + 1 < length && this.#counts[left + 1]! < this.#counts[left]! ? left + 1 : left
      if (this.#counts[child]! >= this.#counts[at]!) return
      this.#swap(at, child)
      at = child
    }
  }

  #swap(a: number, b: number): void {
    const key = this.#keys[a]!
    const count = this.#counts[a]!
    const error = this.#errors[a]!
    this.#put(a, this.#keys[b]!, this.#counts[b]!, this.#errors[b]!)
    this.#put(b, key, count, error)
  }
}
