import { invariant } from '../errors.ts'
import { SampledKeys } from './sampled-keys.ts'
import { WindowedSlru } from './windowed-slru.ts'

/**
 * Small caches of metadata that live the life the real one would have lived with another window: each
 * sees the requests of the same sample of keys, and counts its hits.
 *
 * Paper: C. Waldspurger, T. Saemundsson, I. Ahmad, N. Park, "Cache Modeling and Optimization using
 * Miniature Simulations", USENIX ATC 2017.
 *
 * Cost: a request for a sampled key is a look-up and one step in each shadow; nothing is allocated
 * after the start. About 12 bytes an entry of a shadow, and the index of their keys.
 *
 * Invariants: a key has a number exactly while a shadow holds it; no shadow is too full.
 */
export class ShadowCaches {
  /** Hits of each shadow, in the order of the shares, since they were last taken. */
  readonly hits: Float64Array
  /** Requests since then. */
  requests = 0
  /** Entries of a shadow at most. */
  readonly #most: number
  readonly #shadows: readonly WindowedSlru[]
  readonly #keys: SampledKeys
  /** By the number of a key: how many shadows hold it. */
  readonly #holders: Uint8Array

  /** One shadow of up to `most` entries for each share of the window. */
  constructor(most: number, shares: readonly number[], random: () => number) {
    const keys = most * shares.length + 1
    this.#most = most
    this.#shadows = shares.map((share) => new WindowedSlru(keys, share, random))
    this.#keys = new SampledKeys(keys)
    this.#holders = new Uint8Array(keys + 1)
    this.hits = new Float64Array(shares.length)
  }

  /** A sampled key was asked for; `frequency` is what the real cache knows of it, `room` what fits in a shadow. */
  access(hash: number, frequency: number, room: number): void {
    const others = Math.min(room, this.#most) - 1
    this.requests++
    let key = this.#keys.find(hash)
    if (key === 0) key = this.#keys.add(hash)
    for (let at = 0; at < this.#shadows.length; at++) {
      const shadow = this.#shadows[at]
      if (shadow.hit(key) !== 0) {
        this.hits[at]++
        continue
      }
      while (shadow.size > others) this.#leave(shadow, shadow.victim())
      shadow.insert(key, frequency, false)
      this.#holders[key]++
    }
  }

  /** The real cache was told to drop the key. */
  forget(hash: number): void {
    const key = this.#keys.find(hash)
    if (key === 0) return
    for (const shadow of this.#shadows) if (shadow.byte(key) !== 0) this.#leave(shadow, key)
  }

  /** Forgets the counts of hits and requests. */
  restart(): void {
    this.hits.fill(0)
    this.requests = 0
  }

  /** Halves the frequencies. */
  age(): void {
    for (const shadow of this.#shadows) shadow.age()
  }

  clear(): void {
    for (const shadow of this.#shadows) shadow.clear()
    this.#keys.clear()
    this.#holders.fill(0)
    this.restart()
  }

  /** @throws TerraceError `ERR_INVARIANT` */
  check(): void {
    this.#keys.check()
    const holders = new Uint8Array(this.#holders.length)
    for (const shadow of this.#shadows) {
      shadow.check()
      invariant(shadow.size <= this.#most, () => `shadow caches: ${shadow.size} entries, ${this.#most} allowed`)
      for (const key of shadow.order()) holders[key]++
    }
    let held = 0
    for (let key = 0; key < holders.length; key++) {
      if (holders[key] > 0) held++
      invariant(holders[key] === this.#holders[key], () => `shadow caches: ${holders[key]} shadows hold key ${key}`)
    }
    invariant(held === this.#keys.size, () => `shadow caches: ${held} keys held, ${this.#keys.size} numbered`)
  }

  #leave(shadow: WindowedSlru, key: number): void {
    shadow.remove(key)
    if (--this.#holders[key] === 0) this.#keys.remove(key)
  }
}
