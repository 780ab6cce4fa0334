import { RecencyOrder } from './recency-order.ts'
import { ALL_KEYS, limitFor, rateOf } from './sampling.ts'
import { excessOf, Spread } from './spread.ts'

/** A sample that is full takes on a smaller share of the keys: this part of those it had. */
const LOWERED = 7 / 8

/**
 * The hit ratio of an LRU cache of every size at once, from a sample of the keys of bounded size.
 *
 * Papers: R. Mattson et al., "Evaluation techniques for storage hierarchies", IBM Systems Journal 9 (2),
 * 1970: a read hits in every LRU cache that has room for all keys used since the key was last used;
 * C. Waldspurger, N. Park, A. Garthwaite, I. Ahmad, "Efficient MRC Construction with SHARDS", FAST 2015:
 * the keys whose hash is below a limit show the same, scaled; a sample that is full lowers its limit.
 *
 * A read that misses counts as many reads as its key stands for, the inverse of the share sampled. All
 * reads are counted elsewhere, exactly, so whatever the sample has too few or too many of them
 * counts as hits at any size, as SHARDS-adj has it: it is the hottest keys that a sample may miss.
 *
 * Unlike in the paper the sample reaches no further back than the largest size asked for: once the
 * sampled share is so small that its keys make up that size, the key not used for longest leaves.
 * So keys that never come again do not wear the sample out, for as long as it runs.
 *
 * Cost: O(log n) for a sampled read; 60 bytes a sampled key.
 */
export class ReuseCurve {
  /** Rising. */
  readonly sizes: Float64Array
  /** Sampled keys have hashes below this. */
  limit: number = ALL_KEYS
  readonly #order: RecencyOrder
  readonly #most: number
  /** The least share of the keys that need be sampled; 0 where their weights are not known beforehand. */
  readonly #leastRate: number
  /** Reads by the first size at which they hit; at the end, those that miss at any. */
  readonly #reads: Float64Array
  /** Of each of them how far it may be off. */
  readonly #spread: Spread
  #scale = 1
  #excess = 0
  /** Of every read its scale, less 1, as often as it counts. */
  #thinned = 0

  /** @param unit whether every key weighs 1 */
  constructor(sizes: readonly number[], most: number, unit: boolean) {
    this.sizes = Float64Array.from(sizes)
    this.#most = most
    this.#order = new RecencyOrder(most)
    this.#reads = new Float64Array(sizes.length + 1)
    this.#spread = new Spread(this.#reads.length)
    this.#leastRate = unit ? Math.min(1, most / this.sizes.at(-1)!) : 0
  }

  /** The share of the keys that is sampled. */
  get rate(): number {
    return rateOf(this.limit)
  }

  /** How many keys are in the sample now. */
  get sampled(): number {
    return this.#order.size
  }

  /** Whether the key with this hash is in the sample. */
  holds(hash: number): boolean {
    return this.#order.find(hash) !== 0
  }

  /** Until when the key with this hash may be served, as far as is known: `Infinity` where it is not kept. */
  deadline(hash: number): number {
    const number = this.#order.find(hash)
    return number === 0 ? Number.POSITIVE_INFINITY : this.#order.deadline(number)
  }

  /** The key was read: counts the read, if `counts`. It becomes the one used last, if it is kept. */
  read(hash: number, counts: boolean): void {
    if (hash >= this.limit) return
    const order = this.#order
    const number = order.find(hash)
    if (number === 0) {
      if (counts) this.#count(this.sizes.length, hash)
      return
    }
    if (counts) this.#count(this.#bucket(order.above(number) * this.#scale + order.weight(number)), hash)
    order.use(number)
  }

  /** The key lies in the cache, by now. */
  keep(hash: number, weight: number): void {
    if (hash >= this.limit) return
    const order = this.#order
    const number = order.find(hash)
    if (number !== 0) {
      order.reweigh(number, weight)
      return
    }
    if (order.isFull) this.#makeRoom()
    if (hash < this.limit) order.add(hash, weight)
  }

  /** Until when it may be served. */
  setDeadline(hash: number, deadline: number): void {
    const number = this.#order.find(hash)
    if (number !== 0) this.#order.setDeadline(number, deadline)
  }

  /** The key is gone, for another reason than room. */
  forget(hash: number): void {
    const number = this.#order.find(hash)
    if (number !== 0) this.#order.remove(number)
  }

  /** Samples no more than this share of the keys from now on. */
  lower(limit: number): void {
    if (limit >= this.limit) return
    this.#sample(limit)
    this.#order.removeFrom(limit)
  }

  /** Forgets all keys, and samples what it may again; what was counted stays. */
  restart(limit: number): void {
    this.#order.clear()
    this.#sample(limit)
  }

  forgetAll(): void {
    this.#order.clear()
  }

  /** What was counted so far counts less from now on. */
  age(factor: number): void {
    for (let at = 0; at < this.#reads.length; at++) this.#reads[at] *= factor
    this.#spread.age(factor)
    this.#thinned *= factor
  }

  /** How many reads the sample stands for. */
  get counted(): number {
    return this.#reads.reduce((sum, reads) => sum + reads, 0)
  }

  /** The hit ratio at each size, of so many reads in all. */
  ratios(reads: number): number[] {
    const ratios: number[] = []
    let misses = this.#reads[this.sizes.length]
    for (let at = this.sizes.length - 1; at >= 0; at--) {
      ratios.push(reads === 0 ? 0 : Math.min(1, Math.max(0, 1 - misses / reads)))
      misses += this.#reads[at]
    }
    return ratios.reverse()
  }

  /** The standard error of the misses at each size, in reads, by which keys were drawn. */
  spreads(): number[] {
    return Array.from(this.sizes, (_, at) => this.#spread.errorFrom(at + 1))
  }

  /** How many keys one sampled key stood for besides itself, as the reads were counted. */
  get thinning(): number {
    const { counted } = this
    return counted === 0 ? this.#scale - 1 : this.#thinned / counted
  }

  /** What a key weighs, those that weigh more counting more; 1 where none is kept. */
  get weightOfKey(): number {
    return this.#order.weightOfKey
  }

  /** @throws TerraceError `ERR_INVARIANT` */
  check(): void {
    this.#order.check()
  }

  #count(bucket: number, hash: number): void {
    this.#reads[bucket] += this.#scale
    this.#thinned += this.#scale * (this.#scale - 1)
    this.#spread.add(bucket, hash, this.#excess)
  }

  #sample(limit: number): void {
    this.limit = limit
    this.#scale = 1 / rateOf(limit)
    this.#excess = excessOf(this.#scale)
  }

  #makeRoom(): void {
    const lowered = this.rate * LOWERED
    if (lowered >= this.#leastRate && lowered * this.#most >= 1) this.lower(limitFor(lowered))
    // By chance all sampled keys may be below.
    while (this.#order.isFull) this.#order.removeOldest()
  }

  /** The first size that is no less than `distance`. */
  #bucket(distance: number): number {
    let low = 0
    let high = this.sizes.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.sizes[middle] < distance) low = middle + 1
      else high = middle
    }
    return low
  }
}
