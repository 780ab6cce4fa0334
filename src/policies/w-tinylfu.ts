import { AdaptiveWindow } from './adaptive-window.ts'
import { FrequencySketch } from './frequency-sketch.ts'
import type { Policy, PolicyContext, PolicyFactory, Slot } from './policy.ts'
import { WindowedSlru } from './windowed-slru.ts'

/** Frequencies are halved when they were raised so many times per entry. */
const AGEING = 10
const MOST_FREQUENT = 15

/** W-TinyLFU with a window that adapts: see `AdaptiveWindow`. The default policy. */
export const wTinyLfu: PolicyFactory = (context) => new WTinyLfu(context)

class WTinyLfu implements Policy {
  readonly hashes = true
  readonly #context: PolicyContext
  readonly #cache: WindowedSlru
  #window: AdaptiveWindow
  #sketch: FrequencySketch

  constructor(context: PolicyContext) {
    this.#context = context
    const entries = Math.min(context.slots, context.capacity)
    this.#window = new AdaptiveWindow(entries, () => context.random())
    this.#sketch = new FrequencySketch(entries, context.random() * 2 ** 32)
    this.#cache = new WindowedSlru(context.slots, this.#window.share, () => context.random())
  }

  added(slot: Slot, hash: number, weight: number): void {
    const frequency = Math.min(MOST_FREQUENT, this.#sketch.frequency(hash) + 1)
    this.#sketch.raise(hash, frequency)
    const sampled = this.#window.samples(hash)
    this.#cache.insert(slot, frequency, sampled, weight)
    if (sampled) this.#report(hash, frequency)
    if (this.#cache.counted >= AGEING * this.#cache.size) this.#age()
  }

  touched(slot: Slot): void {
    if (this.#cache.hit(slot)) this.#report(this.#context.hashOf(slot), this.#cache.frequency(slot))
  }

  updated(slot: Slot, weight: number): void {
    this.#cache.reweigh(slot, weight)
    this.touched(slot)
  }

  removed(slot: Slot): void {
    this.#sketch.raise(this.#context.hashOf(slot), this.#cache.remove(slot))
  }

  evict(): Slot {
    const slot = this.#cache.victim()
    this.removed(slot)
    return slot
  }

  clear(): void {
    this.#cache.clear()
    this.#window.clear()
    this.#sketch.clear()
  }

  resize(_capacity: number, slots: number): void {
    this.#cache.resize(slots)
  }

  order(): Iterable<Slot> {
    return this.#cache.order()
  }

  check(): void {
    this.#cache.check()
    this.#window.check()
  }

  #report(hash: number, frequency: number): void {
    if (this.#window.access(hash, frequency)) this.#cache.share = this.#window.share
  }

  #age(): void {
    this.#sketch.age()
    this.#cache.age()
    this.#window.age()
  }
}
