import { invariant } from '../errors.ts'
import type { PolicyName } from '../policies/index.ts'
import type { Policy, PolicyFactory } from '../policies/policy.ts'
import { SampledKeys } from '../policies/sampled-keys.ts'
import { limitFor, rateOf } from './sampling.ts'
import { excessOf, Spread } from './spread.ts'

/**
 * A cache of another size, or under another policy, scaled down: a share of the keys in the same share of
 * the room, run by the very policy that the whole one would have.
 *
 * Paper: C. Waldspurger, T. Saemundsson, I. Ahmad, N. Park, "Cache Modeling and Optimization using
 * Miniature Simulations", USENIX ATC 2017. Its misses are counted, each for as many as its key stands for;
 * reads are counted elsewhere, exactly (see `ReuseCurve`).
 *
 * Cost: a look-up and a step of the policy for a sampled read; 20 bytes an entry and what its policy takes.
 *
 * Invariants: those of the policy; it holds no more than its share of the room.
 */
export class Miniature {
  readonly policy: PolicyName
  /** The size of the cache that it stands for. */
  readonly size: number
  limit: number
  readonly #most: number
  readonly #policy: Policy
  readonly #keys: SampledKeys
  /** By slot; `null` where every key weighs 1. */
  readonly #weights: Float64Array | null
  #room: number
  #weight = 0
  #scale: number
  /** Of {@link Miniature.#scale}. */
  #excess: number
  /** Reads that would have missed, and how far that may be off. */
  #misses = 0
  readonly #spread: Spread = new Spread(1)
  /** Reads that the sample stands for, and of each the scale, less 1, as often as it counts. */
  #counted = 0
  #thinned = 0

  /**
   * @param size of the whole cache, in entries, or in bytes where keys have weights
   * @param most entries of this one
   */
  constructor(
    name: PolicyName,
    factory: PolicyFactory,
    size: number,
    most: number,
    unit: boolean,
    random: () => number,
  ) {
    this.policy = name
    this.size = size
    this.#most = unit ? Math.min(most, size) : most
    // Where weights are not known yet, all keys are taken until it is seen how many fill it.
    const rate = unit ? Math.min(1, most / size) : 1
    this.limit = limitFor(rate)
    this.#scale = 1 / rate
    this.#excess = excessOf(this.#scale)
    this.#room = unit ? this.#most : size
    this.#keys = new SampledKeys(this.#most)
    this.#weights = unit ? null : new Float64Array(this.#most + 1)
    this.#policy = factory({
      slots: this.#most,
      capacity: this.#room,
      random,
      deadline: () => Number.POSITIVE_INFINITY,
      hashOf: (slot) => this.#keys.hashOf(slot),
    })
  }

  /** The share of the keys that is sampled. */
  get rate(): number {
    return rateOf(this.limit)
  }

  /** How many entries it has room for. */
  get most(): number {
    return this.#most
  }

  /** The standard error of the misses, in reads, by which keys were drawn. */
  get spread(): number {
    return this.#spread.errorFrom(0)
  }

  /** How many keys one sampled key stood for besides itself, as the reads were counted. */
  get thinning(): number {
    return this.#counted === 0 ? this.#scale - 1 : this.#thinned / this.#counted
  }

  /** A sampled key was read; if it is not held, the read misses. */
  read(hash: number, counts: boolean): void {
    if (counts) {
      this.#counted += this.#scale
      this.#thinned += this.#scale * (this.#scale - 1)
    }
    const slot = this.#keys.find(hash)
    if (slot !== 0) {
      this.#policy.touched(slot)
    } else if (counts) {
      this.#misses += this.#scale
      this.#spread.add(0, hash, this.#excess)
    }
  }

  /** The key lies in the cache, by now. `anew`: it was written, and not because it was missed. */
  keep(hash: number, weight: number, anew: boolean): void {
    const slot = this.#keys.find(hash)
    if (slot === 0) {
      this.#insert(hash, weight)
      return
    }
    const weights = this.#weights
    if (anew || (weights !== null && weights[slot] !== weight)) {
      if (weights !== null) {
        this.#weight += weight - weights[slot]
        weights[slot] = weight
      }
      this.#policy.updated(slot, weights === null ? 1 : weight)
      while (this.#weight > this.#room && this.#keys.size > 0) this.#evict()
    }
  }

  /** The key is gone, for another reason than room. */
  forget(hash: number): void {
    const slot = this.#keys.find(hash)
    if (slot === 0) return
    this.#policy.removed(slot)
    this.#leave(slot)
  }

  /** Samples no more than this share of the keys from now on, in so much less room. */
  lower(limit: number): void {
    if (limit >= this.limit) return
    this.#sample(limit)
    for (let slot = 1; slot <= this.#most; slot++) {
      if (!this.#keys.holds(slot) || this.#keys.hashOf(slot) < limit) continue
      this.#policy.removed(slot)
      this.#leave(slot)
    }
    this.#fit()
  }

  /** Forgets all keys, and samples what it may again; what was counted stays. */
  restart(limit: number): void {
    this.forgetAll()
    this.#sample(this.#weights === null ? Math.min(limit, limitFor(this.#most / this.size)) : limit)
    this.#fit()
  }

  forgetAll(): void {
    this.#policy.clear()
    this.#keys.clear()
    this.#weight = 0
  }

  /** What was counted so far counts less from now on. */
  age(factor: number): void {
    this.#misses *= factor
    this.#counted *= factor
    this.#thinned *= factor
    this.#spread.age(factor)
  }

  /** The hit ratio, of so many reads in all. */
  ratio(reads: number): number {
    return reads === 0 ? 0 : Math.min(1, Math.max(0, 1 - this.#misses / reads))
  }

  /** @throws TerraceError `ERR_INVARIANT` */
  check(): void {
    this.#keys.check()
    this.#policy.check()
    let held = 0
    let weight = 0
    for (const slot of this.#policy.order()) {
      held++
      invariant(this.#keys.holds(slot), () => `miniature: slot ${slot} has no key`)
      invariant(this.#keys.hashOf(slot) < this.limit, () => `miniature: the key of slot ${slot} is not sampled`)
      weight += this.#weights === null ? 1 : this.#weights[slot]
    }
    invariant(held === this.#keys.size, () => `miniature: ${held} held by the policy, ${this.#keys.size} by the index`)
    const near = Math.abs(weight - this.#weight) < 1e-6 * Math.max(1, weight)
    invariant(near, () => `miniature: ${weight} held, ${this.#weight} counted`)
    invariant(this.#weight <= this.#room, () => `miniature: ${this.#weight} in room for ${this.#room}`)
  }

  #insert(hash: number, weight: number): void {
    const weighs = this.#weights !== null
    const own = weighs ? weight : 1
    if (own > this.#room) return
    if (weighs && this.#keys.size === this.#most) this.lower(limitFor(this.rate / 2))
    if (hash >= this.limit || own > this.#room) return
    while (this.#keys.size === this.#most || this.#weight + own > this.#room) this.#evict()
    const slot = this.#keys.add(hash)
    if (this.#weights !== null) this.#weights[slot] = own
    this.#weight += own
    this.#policy.added(slot, hash, own)
  }

  #evict(): void {
    this.#leave(this.#policy.evict())
  }

  #leave(slot: number): void {
    this.#weight -= this.#weights === null ? 1 : this.#weights[slot]
    this.#keys.remove(slot)
  }

  #sample(limit: number): void {
    this.limit = limit
    this.#scale = 1 / rateOf(limit)
    this.#excess = excessOf(this.#scale)
  }

  /** Makes the room what the sampled share of the whole is. */
  #fit(): void {
    const share = this.size * this.rate
    this.#room = this.#weights === null ? Math.max(1, Math.min(this.#most, Math.round(share))) : share
    while (this.#weight > this.#room && this.#keys.size > 0) this.#evict()
    this.#policy.resize(this.#room, this.#most)
  }
}
