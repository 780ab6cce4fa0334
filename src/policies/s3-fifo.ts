import { invariant } from '../errors.ts'
import { GhostRing } from './ghost-ring.ts'
import type { Policy, PolicyContext, PolicyFactory, PolicyQueue, Slot } from './policy.ts'
import { carried } from './slot-array.ts'
import { type Place, SlotLists } from './slot-list.ts'

/** The share of the capacity that is the small queue. */
const SMALL_SHARE = 0.1
/** How many entries that left are remembered, per resident entry. */
const GHOST_SHARE = 0.9
/** Hits in the small queue that take an entry to the main queue. */
const HITS_TO_MAIN = 2
/** Hits are counted up to this. */
const MOST_HITS = 3
/** In `#state`, beside the count of hits: the entry is in the main queue. */
const IN_MAIN = 4

/**
 * S3-FIFO: new entries wait in a small queue; those hit twice there go on to the main queue, the
 * others leave, and their hashes are remembered for a while. An entry that comes back while it is
 * remembered goes to the main queue at once. The main queue is a clock: its oldest entry leaves
 * unless it was hit, which buys another round a hit, up to three.
 *
 * Paper: J. Yang, Y. Zhang, Z. Qiu, Y. Yue, K. V. Rashmi, "FIFO queues are all you need for cache
 * eviction", SOSP 2023; parameters as libCacheSim has them: small queue 10 %, ghosts 90 % of the
 * entries, 2 hits. The small queue takes what the main queue leaves free, so while nothing proves
 * itself this is FIFO over the whole capacity.
 *
 * Cost: a hit reads and writes one byte; evictions are amortised O(1), each entry passed over being
 * paid for by a hit. Nine bytes a slot, 14 to 22 for its ghosts, eight more with weights.
 *
 * Invariants: every resident slot is on exactly one queue, the one its state says; each queue weighs
 * what its entries weigh; the ring and the index of the ghosts agree.
 *
 * Attack: a scan passes through the small queue alone. The ghosts are found by hashes seeded per
 * cache, so chosen keys do not collide.
 */
class S3Fifo implements Policy {
  readonly hashes = true
  readonly #context: PolicyContext
  readonly #queues: SlotLists
  readonly #small: Place = 0
  #main: Place
  /** Hits, and whether the entry is in the main queue. */
  #state: Uint8Array
  /** Null while every weight was 1. */
  #weights: Float64Array | null = null
  #ghosts: GhostRing
  #size = 0
  #smallWeight = 0
  #mainWeight = 0
  #mainTarget: number
  #slots: number

  constructor(context: PolicyContext) {
    this.#context = context
    this.#slots = context.slots
    this.#queues = new SlotLists(context.slots, 2)
    this.#main = this.#queues.head(1)
    this.#state = new Uint8Array(context.slots + 1)
    this.#ghosts = new GhostRing(ghostsFor(context.slots))
    this.#mainTarget = mainFor(context.capacity)
  }

  added(slot: Slot, hash: number, weight: number): void {
    const returns = this.#ghosts.take(hash)
    this.#size++
    this.#setWeight(slot, weight)
    if (returns) {
      this.#state[slot] = IN_MAIN
      this.#mainWeight += weight
      this.#queues.append(slot, this.#main)
    } else {
      this.#state[slot] = 0
      this.#smallWeight += weight
      this.#queues.append(slot, this.#small)
    }
  }

  touched(slot: Slot): void {
    const state = this.#state[slot]
    if ((state & MOST_HITS) !== MOST_HITS) this.#state[slot] = state + 1
  }

  updated(slot: Slot, weight: number): void {
    const more = weight - this.#weightOf(slot)
    if (more !== 0) {
      this.#setWeight(slot, weight)
      if (this.#state[slot] >= IN_MAIN) this.#mainWeight += more
      else this.#smallWeight += more
    }
    this.touched(slot)
  }

  removed(slot: Slot): void {
    this.#queues.take(slot)
    this.#size--
    if (this.#state[slot] >= IN_MAIN) this.#mainWeight -= this.#weightOf(slot)
    else this.#smallWeight -= this.#weightOf(slot)
  }

  evict(): Slot {
    const mainIsEmpty = this.#queues.next(this.#main) === this.#main
    return this.#mainWeight > this.#mainTarget && !mainIsEmpty ? this.#evictFromMain() : this.#evictFromSmall()
  }

  clear(): void {
    this.#queues.clear()
    this.#ghosts.clear()
    this.#weights = null
    this.#size = 0
    this.#smallWeight = 0
    this.#mainWeight = 0
  }

  resize(capacity: number, slots: number): void {
    this.#mainTarget = mainFor(capacity)
    if (slots === this.#slots) return
    this.#slots = slots
    this.#queues.resize(slots)
    this.#main = this.#queues.head(1)
    this.#state = carried(this.#state, new Uint8Array(slots + 1))
    if (this.#weights !== null) this.#weights = carried(this.#weights, new Float64Array(slots + 1))
    const ghosts = new GhostRing(ghostsFor(slots))
    for (const hash of this.#ghosts.hashes()) ghosts.add(hash, ghostsFor(slots))
    this.#ghosts = ghosts
  }

  /** Plays all the evictions on a copy. */
  *order(): Iterable<Slot> {
    const small = [...this.#queues.slots(this.#small)]
    const main = [...this.#queues.slots(this.#main)]
    const state = this.#state.slice()
    let weight = this.#mainWeight
    let first = 0
    let oldest = 0
    while (first < small.length || oldest < main.length) {
      let leaves = 0
      if (oldest === main.length || (first < small.length && weight <= this.#mainTarget)) {
        while (leaves === 0 && first < small.length) {
          const slot = small[first++]
          if (state[slot] < HITS_TO_MAIN) leaves = slot
          else {
            state[slot] = IN_MAIN
            weight += this.#weightOf(slot)
            main.push(slot)
          }
        }
      }
      while (leaves === 0) {
        const slot = main[oldest++]
        if (state[slot]-- > IN_MAIN) main.push(slot)
        else {
          leaves = slot
          weight -= this.#weightOf(slot)
        }
      }
      yield leaves
    }
  }

  queues(): readonly PolicyQueue[] {
    const counts = { what: 'hits' as const, of: (slot: Slot) => this.#state[slot] & MOST_HITS }
    return [
      { name: 'small', slots: this.#queues.slots(this.#small), weight: this.#smallWeight, counts },
      { name: 'main', slots: this.#queues.slots(this.#main), weight: this.#mainWeight, counts },
      { name: 'ghosts', slots: [], weight: 0, remembered: this.#ghosts.size },
    ]
  }

  check(): void {
    const small = this.#checkQueue(this.#small, 0, this.#smallWeight)
    const main = this.#checkQueue(this.#main, IN_MAIN, this.#mainWeight)
    invariant(small + main === this.#size, () => `s3Fifo: ${small} + ${main} slots queued, ${this.#size} resident`)
    this.#ghosts.check()
    invariant(this.#ghosts.size <= ghostsFor(this.#slots), () => `s3Fifo: ${this.#ghosts.size} ghosts`)
  }

  /** Proves one queue, and returns how many slots are on it. */
  #checkQueue(queue: Place, flag: number, expected: number): number {
    let weight = 0
    for (const slot of this.#queues.slots(queue)) {
      weight += this.#weightOf(slot)
      const state = this.#state[slot]
      invariant(state - flag >= 0 && state - flag <= MOST_HITS, () => `s3Fifo: slot ${slot} has state ${state}`)
    }
    invariant(weight === expected, () => `s3Fifo: queue ${queue} weighs ${weight}, counted ${expected}`)
    return this.#queues.check(queue)
  }

  /** The small queue's oldest goes, once those hit often enough have moved on; at worst all do. */
  #evictFromSmall(): Slot {
    const queues = this.#queues
    for (;;) {
      const slot = queues.next(this.#small)
      if (slot === this.#small) return this.#evictFromMain()
      const weight = this.#weightOf(slot)
      queues.take(slot)
      this.#smallWeight -= weight
      if (this.#state[slot] < HITS_TO_MAIN) {
        this.#ghosts.add(this.#context.hashOf(slot), ghostsFor(this.#size))
        this.#size--
        return slot
      }
      this.#state[slot] = IN_MAIN
      this.#mainWeight += weight
      queues.append(slot, this.#main)
    }
  }

  #evictFromMain(): Slot {
    const queues = this.#queues
    const state = this.#state
    let slot = queues.next(this.#main)
    while (state[slot] > IN_MAIN) {
      state[slot]--
      queues.moveToEnd(slot, this.#main)
      slot = queues.next(this.#main)
    }
    this.removed(slot)
    return slot
  }

  #weightOf(slot: Slot): number {
    return this.#weights === null ? 1 : this.#weights[slot]
  }

  #setWeight(slot: Slot, weight: number): void {
    if (this.#weights === null) {
      if (weight === 1) return
      this.#weights = new Float64Array(this.#slots + 1).fill(1)
    }
    this.#weights[slot] = weight
  }
}

/** What of the capacity is the main queue's. */
function mainFor(capacity: number): number {
  return capacity - Math.max(1, Math.floor(capacity * SMALL_SHARE))
}

/** How many ghosts go with so many entries. */
function ghostsFor(entries: number): number {
  return Math.floor(entries * GHOST_SHARE)
}

/** Evicts from a small queue of newcomers first; keeps what is asked for again. */
export const s3Fifo: PolicyFactory = (context) => new S3Fifo(context)
