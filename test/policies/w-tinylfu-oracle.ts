import { FrequencySketch } from '../../src/policies/frequency-sketch.ts'
import type { PolicyContext, Slot } from '../../src/policies/policy.ts'
import type { Oracle } from './oracle.ts'
import { WindowedSlruOracle } from './windowed-slru-oracle.ts'

const SHARES = [0.01, 0.05, 0.2, 0.5, 1]

interface Note {
  readonly hash: number
  readonly frequency: number
}

/** How many upper bits of a mixed hash are zero where a key is sampled: so many that the sample of a cache is small. */
function bitsFor(entries: number): number {
  let bits = 0
  while (entries / 2 ** bits > (bits < 4 ? 255 : 1023)) bits++
  return bits
}

/** `AdaptiveWindow` and its shadows over Maps: what each window would have hit, and which one leads. */
class WindowOracle {
  readonly #random: () => number
  #shadows: WindowedSlruOracle[] = []
  #most = 0
  #bits = 0
  full = false
  chosen = 0
  /** Every window that was chosen in turn. */
  readonly choices: number[] = [0]
  #held = 0
  #notes: Note[] = []
  #unseen = 0
  #periodsSinceChange = 0
  #requests = 0
  #hits = 0
  #shadowHits: number[] = []
  #remembered = 0
  #scores: number[] = []
  #corrections: number[] = []

  constructor(entries: number, random: () => number) {
    this.#random = random
    this.#plan(entries)
  }

  get share(): number {
    return SHARES[this.chosen]!
  }

  samples(hash: number): boolean {
    return Math.imul(hash, 0x9e3779b1) >>> 0 < 2 ** (32 - this.#bits)
  }

  /** Returns whether other keys are sampled now. */
  fill(entries: number): boolean {
    this.full = true
    if (bitsFor(entries) === this.#bits) return false
    this.#plan(entries)
    return true
  }

  hit(note: Note): void {
    if (this.#notes.length < 2048) this.#notes.push(note)
    else this.#unseen++
  }

  /** At a miss: of a sampled key, or of another one, when there is only what was noted to be seen. */
  miss(missed: Note | undefined, held: number): void {
    const notes = this.#notes
    this.#notes = []
    for (const note of notes) {
      this.#hits++
      this.#see(note, held)
    }
    if (missed !== undefined) this.#see(missed, held)
  }

  forget(hash: number): void {
    for (const shadow of this.#shadows) if (shadow.kept.has(hash)) shadow.remove(hash)
  }

  age(): void {
    for (const shadow of this.#shadows) shadow.age()
  }

  clear(): void {
    for (const shadow of this.#shadows) shadow.clear()
    this.#restart()
    this.#forgetPeriod()
    this.full = false
  }

  #plan(entries: number): void {
    this.#bits = bitsFor(entries)
    this.#most = 8 + Math.round((1.25 * entries) / 2 ** this.#bits)
    this.#shadows = SHARES.map((share) => new WindowedSlruOracle(share, this.#random))
    this.#scores = SHARES.map(() => 0)
    this.#corrections = SHARES.map(() => 0)
    this.#remembered = 0
    this.#restart()
    this.#forgetPeriod()
  }

  #restart(): void {
    this.#requests = 0
    this.#shadowHits = SHARES.map(() => 0)
  }

  #forgetPeriod(): void {
    this.#notes = []
    this.#unseen = 0
    this.#hits = 0
  }

  #see({ hash, frequency }: Note, held: number): void {
    this.#held = this.full ? this.#held + (held - this.#held) / 128 : held
    const room = Math.max(1, Math.floor(this.#held))
    this.#requests++
    for (const [at, shadow] of this.#shadows.entries()) {
      if (shadow.hit(hash)) this.#shadowHits[at]!++
      else {
        while (shadow.kept.size >= Math.min(room, this.#most)) shadow.remove(shadow.victim())
        shadow.insert(hash, frequency, false, 1)
      }
    }
    if (this.#requests >= 500 / 2 ** this.#bits && this.#requests >= room) this.#endPeriod()
  }

  #endPeriod(): void {
    const unseen = Math.min(this.#unseen, this.#requests)
    this.#remembered = this.#remembered * 0.9 + this.#requests + unseen
    this.#scores = this.#scores.map((score, at) => score * 0.9 + this.#shadowHits[at]! + unseen)
    this.#corrections = this.#corrections.map((kept, at) => kept * (at === this.chosen ? 0.9 : 0.97))
    if (this.full && ++this.#periodsSinceChange > 2) {
      this.#corrections[this.chosen]! += this.#hits - this.#shadowHits[this.chosen]!
    }
    this.#unseen = 0
    this.#hits = 0
    this.#restart()
    this.#choose()
  }

  #choose(): void {
    const worth = SHARES.map((_, at) => this.#scores[at]! + this.#corrections[at]!)
    const leads = SHARES.map((share, at) => {
      const moved = (0.1 + Math.abs(share - this.share)) * this.#held
      return worth[at]! - worth[this.chosen]! - 0.003 * this.#remembered - 0.4 * moved
    })
    const lead = Math.max(...leads)
    const best = leads.indexOf(lead)
    if (lead <= 0 || best === this.chosen) return
    this.chosen = best
    this.choices.push(best)
    this.#periodsSinceChange = 0
  }
}

/** `wTinyLfu` over Sets and Maps. The sketch is the real one: what it estimates has tests of its own. */
export class WTinyLfuOracle implements Oracle {
  readonly #context: PolicyContext
  readonly #window: WindowOracle
  readonly #cache: WindowedSlruOracle
  readonly #seed: number
  #sketch: FrequencySketch
  #capacity: number
  #fitted = 0

  constructor(context: PolicyContext) {
    this.#context = context
    this.#capacity = context.capacity
    const entries = Math.min(context.slots, context.capacity)
    this.#seed = context.random() * 2 ** 32
    this.#sketch = new FrequencySketch(entries, this.#seed)
    this.#window = new WindowOracle(entries, context.random)
    this.#cache = new WindowedSlruOracle(this.#window.share, context.random)
  }

  /** Every window that was chosen in turn, as a place in the list of shares. */
  get choices(): readonly number[] {
    return this.#window.choices
  }

  added(slot: Slot, hash: number, weight: number): void {
    const frequency = Math.min(15, this.#sketch.frequency(hash) + 1)
    this.#sketch.raise(hash, frequency)
    const sampled = this.#window.samples(hash)
    this.#cache.insert(slot, frequency, sampled, weight)
    this.#window.miss(sampled ? { hash, frequency } : undefined, this.#cache.marked)
    this.#cache.share = this.#window.share
    const { counted, kept } = this.#cache
    if (counted < 10 * kept.size || counted < this.#sketch.bytes / 128) return
    this.#sketch.age()
    this.#cache.age()
    this.#window.age()
  }

  touched(slot: Slot): void {
    this.#cache.hit(slot)
    const { marked, frequency } = this.#cache.kept.get(slot)!
    if (marked) this.#window.hit({ hash: this.#context.hashOf(slot), frequency })
  }

  updated(slot: Slot, weight: number): void {
    this.#cache.reweigh(slot, weight)
    this.touched(slot)
  }

  removed(slot: Slot): void {
    if (this.#cache.kept.get(slot)!.marked) this.#window.forget(this.#context.hashOf(slot))
    this.#forget(slot)
  }

  evict(): Slot {
    const entries = Math.min(this.#cache.kept.size, this.#capacity)
    if (!this.#window.full || entries > 2 * this.#fitted || entries < this.#fitted / 4) this.#fit(entries)
    const slot = this.#cache.victim()
    this.#forget(slot)
    return slot
  }

  clear(): void {
    this.#cache.clear()
    this.#window.clear()
    this.#sketch.clear()
  }

  resize(capacity: number, slots: number): void {
    this.#window.full = false
    this.#capacity = capacity
    const entries = Math.min(slots, capacity)
    if (!this.#sketch.suits(entries)) this.#sketch = new FrequencySketch(entries, this.#seed)
  }

  #fit(entries: number): void {
    this.#fitted = entries
    if (!this.#sketch.suits(entries)) this.#sketch = new FrequencySketch(entries, this.#seed)
    if (this.#window.fill(entries)) {
      this.#cache.remark((slot) => this.#window.samples(this.#context.hashOf(slot)))
    }
  }

  /** What was counted while it was resident goes to the sketch. */
  #forget(slot: Slot): void {
    this.#sketch.raise(this.#context.hashOf(slot), this.#cache.remove(slot))
  }
}
