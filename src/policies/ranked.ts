import { invariant } from '../errors.ts'
import type { Rank } from '../rank.ts'
import type { Policy, PolicyContext, PolicyQueue, Slot } from './policy.ts'
import { carried } from './slot-array.ts'
import { SlotLists } from './slot-list.ts'
import { SlotWeights } from './slot-weights.ts'

const NORMAL = 0
const LOW = 1
const PINNED = 2

/** The fraction of the capacity that pinned entries may take. */
const MOST_PINNED = 0.5

/**
 * Another policy, for entries some of which have a rank: it never sees those of low rank, which leave first, least
 * recently used first, nor pinned ones, which leave last. Pinned entries take at most half of the capacity: a pin
 * beyond that is not heeded, so that nobody pins all the others out.
 *
 * Cost: a look at one byte a call for entries without a rank. Nine bytes a slot, eight more where entries have weights.
 *
 * Invariant: every resident slot is either on one of the two lists, or resident for the inner policy.
 */
export class Ranked implements Policy {
  readonly hashes: boolean
  readonly #inner: Policy
  readonly #context: Pick<PolicyContext, 'hashOf'>
  #ranks: Uint8Array
  readonly #lists: SlotLists
  readonly #weights: SlotWeights
  #capacity: number
  #low = 0
  #pinned = 0
  #pinnedWeight = 0
  /** Slots that are resident for the inner policy. */
  #plain: number

  /** @param resident how many slots the inner policy has */
  constructor(
    inner: Policy,
    { slots, capacity, hashOf }: Pick<PolicyContext, 'slots' | 'capacity' | 'hashOf'>,
    resident = 0,
  ) {
    this.hashes = inner.hashes
    this.#inner = inner
    this.#context = { hashOf }
    this.#capacity = capacity
    this.#ranks = new Uint8Array(slots + 1)
    this.#lists = new SlotLists(slots, 2)
    this.#weights = new SlotWeights(slots)
    this.#plain = resident
  }

  /** Gives a resident slot of this weight a rank. @returns the one it has now */
  rank(slot: Slot, rank: Rank, weight: number): Rank {
    const wanted = rank === 'pinned' && !this.#mayPin(slot, weight) ? 'normal' : rank
    const mark = wanted === 'low' ? LOW : wanted === 'pinned' ? PINNED : NORMAL
    if (mark === this.#ranks[slot]) return wanted
    this.removed(slot)
    if (mark === NORMAL) this.added(slot, this.hashes ? this.#context.hashOf(slot) : 0, weight)
    else this.#list(slot, mark, weight)
    return wanted
  }

  /** The rank of a resident slot. */
  rankOf(slot: Slot): Rank {
    const mark = this.#ranks[slot]
    return mark === LOW ? 'low' : mark === PINNED ? 'pinned' : 'normal'
  }

  added(slot: Slot, hash: number, weight: number): void {
    this.#plain++
    this.#inner.added(slot, hash, weight)
  }

  touched(slot: Slot): void {
    const mark = this.#ranks[slot]
    if (mark === NORMAL) this.#inner.touched(slot)
    else if (mark === LOW) this.#lists.moveToEnd(slot, this.#headOf(LOW))
  }

  updated(slot: Slot, weight: number): void {
    const mark = this.#ranks[slot]
    if (mark === NORMAL) {
      this.#inner.updated(slot, weight)
      return
    }
    if (mark === PINNED) this.#pinnedWeight += weight - this.#weights.of(slot)
    this.#weights.set(slot, weight)
    this.touched(slot)
  }

  removed(slot: Slot): void {
    const mark = this.#ranks[slot]
    if (mark === NORMAL) {
      this.#plain--
      this.#inner.removed(slot)
      return
    }
    this.#lists.take(slot)
    this.#ranks[slot] = NORMAL
    if (mark === LOW) this.#low--
    else {
      this.#pinned--
      this.#pinnedWeight -= this.#weights.of(slot)
    }
  }

  evict(): Slot {
    if (this.#low === 0 && this.#plain > 0) {
      this.#plain--
      return this.#inner.evict()
    }
    const slot = this.#lists.next(this.#headOf(this.#low > 0 ? LOW : PINNED))
    this.removed(slot)
    return slot
  }

  clear(): void {
    this.#inner.clear()
    this.#lists.clear()
    this.#ranks.fill(NORMAL)
    this.#plain = this.#low = this.#pinned = this.#pinnedWeight = 0
  }

  resize(capacity: number, slots: number): void {
    this.#capacity = capacity
    this.#inner.resize(capacity, slots)
    this.#ranks = carried(this.#ranks, new Uint8Array(slots + 1))
    this.#lists.resize(slots)
    this.#weights.resize(slots)
  }

  *order(): Iterable<Slot> {
    yield* this.#lists.slots(this.#headOf(LOW))
    yield* this.#inner.order()
    yield* this.#lists.slots(this.#headOf(PINNED))
  }

  queues(): readonly PolicyQueue[] {
    const own = this.#inner.queues?.() ?? [{ name: 'normal', slots: this.#inner.order() }]
    const low = { name: 'low', slots: this.#lists.slots(this.#headOf(LOW)) }
    return [low, ...own, { name: 'pinned', slots: this.#lists.slots(this.#headOf(PINNED)) }]
  }

  check(): void {
    this.#inner.check()
    const [low, pinned] = [LOW, PINNED].map((mark) => this.#lists.check(this.#headOf(mark)))
    invariant(low === this.#low, () => `ranked: ${low} slots of low rank are listed, ${this.#low} counted`)
    invariant(pinned === this.#pinned, () => `ranked: ${pinned} pinned slots are listed, ${this.#pinned} counted`)
    let weight = 0
    for (const slot of this.#lists.slots(this.#headOf(PINNED))) weight += this.#weights.of(slot)
    invariant(weight === this.#pinnedWeight, () => `ranked: ${weight} is pinned, ${this.#pinnedWeight} counted`)
  }

  #list(slot: Slot, mark: number, weight: number): void {
    this.#ranks[slot] = mark
    this.#weights.set(slot, weight)
    this.#lists.append(slot, this.#headOf(mark))
    if (mark === LOW) this.#low++
    else {
      this.#pinned++
      this.#pinnedWeight += weight
    }
  }

  #mayPin(slot: Slot, weight: number): boolean {
    const own = this.#ranks[slot] === PINNED ? this.#weights.of(slot) : 0
    return this.#pinnedWeight - own + weight <= this.#capacity * MOST_PINNED
  }

  #headOf(mark: number): number {
    return this.#lists.head(mark - 1)
  }
}
