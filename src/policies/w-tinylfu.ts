import { AdaptiveWindow } from './adaptive-window.ts'
import { FrequencySketch } from './frequency-sketch.ts'
import type { Policy, PolicyContext, PolicyFactory, PolicyQueue, Slot } from './policy.ts'
import { MARKED } from './segments.ts'
import { WindowedSlru } from './windowed-slru.ts'

/** Frequencies are halved when they were raised so many times per entry. */
const AGEING = 10
/**
 * … and at least once for so many bytes of the sketch, which ageing walks: in a cache that is nearly empty it would
 * be walked for next to nothing.
 */
const BYTES_PER_COUNT = 128
const MOST_FREQUENT = 15

/**
 * W-TinyLFU: an LRU window before a segmented LRU that admits by frequency, the window's size chosen
 * by shadow caches. The default policy.
 *
 * Papers: G. Einziger, R. Friedman, B. Manes, "TinyLFU: A Highly Efficient Cache Admission Policy", ACM
 * Transactions on Storage 13 (4), 2017; G. Einziger, O. Eytan, R. Friedman, B. Manes, "Adaptive Software
 * Cache Management", Middleware 2018, whose hill climber this replaces (see `AdaptiveWindow`).
 *
 * The story of an entry: its key's frequency is read from the sketch when it is added, counted in a
 * byte beside it while it is resident, and written back when it leaves. So a hit writes one byte and
 * relinks one list, and the sketch is touched at misses only.
 *
 * Cost: O(1), amortised over the ageing; 9 bytes a slot, 4 to 8 an entry for the sketch (twice that in
 * caches below 65,536 entries), 8 more with weights. Nothing is allocated by an operation.
 *
 * Invariants: those of its parts.
 *
 * Attacks: see its parts. A scan passes through the window alone; what was popular once is halved
 * again and again; hashes are seeded.
 */
class WTinyLfu implements Policy {
  readonly hashes = true
  readonly #context: PolicyContext
  readonly #cache: WindowedSlru
  readonly #window: AdaptiveWindow
  readonly #seed: number
  #sketch: FrequencySketch
  #capacity: number
  /** How many entries the sketch and the window were made for when the cache was last found full. */
  #fitted = 0

  constructor(context: PolicyContext) {
    this.#context = context
    this.#capacity = context.capacity
    const entries = Math.min(context.slots, context.capacity)
    const random = () => context.random()
    this.#seed = random() * 2 ** 32
    this.#sketch = new FrequencySketch(entries, this.#seed)
    this.#window = new AdaptiveWindow(entries, random)
    this.#cache = new WindowedSlru(context.slots, this.#window.share, random)
  }

  added(slot: Slot, hash: number, weight: number): void {
    const frequency = Math.min(MOST_FREQUENT, this.#sketch.frequency(hash) + 1)
    this.#sketch.raise(hash, frequency)
    const sampled = this.#window.samples(hash)
    this.#cache.insert(slot, frequency, sampled, weight)
    const { marked } = this.#cache
    this.#adapt(sampled ? this.#window.miss(hash, frequency, marked) : this.#window.catchUp(marked))
    const { counted } = this.#cache
    if (counted >= AGEING * this.#cache.size && counted * BYTES_PER_COUNT >= this.#sketch.bytes) this.#age()
  }

  touched(slot: Slot): void {
    const byte = this.#cache.hit(slot)
    if ((byte & MARKED) !== 0) this.#window.hit(this.#context.hashOf(slot), this.#cache.frequency(slot))
  }

  updated(slot: Slot, weight: number): void {
    this.#cache.reweigh(slot, weight)
    this.touched(slot)
  }

  removed(slot: Slot): void {
    const hash = this.#context.hashOf(slot)
    if ((this.#cache.byte(slot) & MARKED) !== 0) this.#window.forget(hash)
    this.#sketch.raise(hash, this.#cache.remove(slot))
  }

  evict(): Slot {
    // More than the capacity where it is being made smaller.
    const entries = Math.min(this.#cache.size, this.#capacity)
    if (!this.#window.full || entries > 2 * this.#fitted || 4 * entries < this.#fitted) this.#fit(entries)
    const slot = this.#cache.victim()
    this.#sketch.raise(this.#context.hashOf(slot), this.#cache.remove(slot))
    return slot
  }

  clear(): void {
    this.#cache.clear()
    this.#window.clear()
    this.#sketch.clear()
  }

  resize(capacity: number, slots: number): void {
    this.#capacity = capacity
    this.#cache.resize(slots)
    this.#window.empty()
    const entries = Math.min(slots, capacity)
    if (!this.#sketch.suits(entries)) this.#sketch = new FrequencySketch(entries, this.#seed)
  }

  order(): Iterable<Slot> {
    return this.#cache.order()
  }

  queues(): readonly PolicyQueue[] {
    return this.#cache.queues()
  }

  check(): void {
    this.#cache.check()
    this.#window.check()
    this.#sketch.check()
  }

  #adapt(changed: boolean): void {
    if (changed) this.#cache.share = this.#window.share
  }

  /**
   * Now it is known how many entries fit: with weights it was not, and may change. What the sketch forgets by this
   * is little: the counts of what is resident are kept beside it, and at first hardly anything has left.
   */
  #fit(entries: number): void {
    this.#fitted = entries
    if (!this.#sketch.suits(entries)) this.#sketch = new FrequencySketch(entries, this.#seed)
    if (this.#window.fill(entries)) {
      this.#cache.remark((slot) => this.#window.samples(this.#context.hashOf(slot)))
    }
  }

  #age(): void {
    this.#sketch.age()
    this.#cache.age()
    this.#window.age()
  }
}

/** Makes a W-TinyLFU with an adaptive window. */
export const wTinyLfu: PolicyFactory = (context) => new WTinyLfu(context)
