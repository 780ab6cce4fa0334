import type { Floors } from '../coherence/floors.ts'
import type { Entry } from '../entry/entry.ts'
import { hasGrace } from '../entry/upkeep.ts'
import type { KeyTap } from '../level-figures.ts'
import type { Slot } from '../policies/policy.ts'
import { Boxed } from './boxed.ts'
import type { Residents } from './residents.ts'

type Home = Residents<string, unknown>

const BITS = 32
/** What lies beyond this slot is asked for its hash: 32 KiB of bits are enough to stay in the processor's caches. */
const LAST = 2 ** 18 - 1

/**
 * A level's tap, and for each slot of its table whether it may hold a key that the tap is told of: a bit, so that what
 * a hit asks stays in the processor's caches, where the hashes of many keys do not.
 */
export class Tapped {
  readonly #tap: KeyTap
  /** Those in no part: the bits are of its slots, which never become more. */
  readonly #rest: Home
  readonly #floors: Floors
  readonly #bits: Int32Array

  /** All slots may, until one is met that does not. */
  constructor(tap: KeyTap, rest: Home, floors: Floors) {
    this.#tap = tap
    this.#rest = rest
    this.#floors = floors
    this.#bits = new Int32Array(Math.ceil((Math.min(rest.table.slots, LAST) + 1) / BITS)).fill(-1)
  }

  /** Whether {@link Tapped.hit} has to be called for a hit of what lies in no part. */
  minds(slot: Slot): boolean {
    // A shift counts modulo 32.
    return slot > LAST || ((this.#bits[(slot / BITS) | 0]! >>> slot) & 1) !== 0
  }

  hit(key: string, slot: Slot): void {
    if (this.#rest.table.hashAt(slot) < this.#tap.limit) this.read(this.#rest, key, slot)
    else this.#bits[(slot / BITS) | 0]! &= ~(1 << slot)
  }

  /** Tells of a read that has found a slot, or 0. What a floor bars has left, though it is removed only after this. */
  read(home: Home, key: string, slot: Slot): void {
    const { table } = home
    const hash = slot === 0 ? table.hashOf(key) : table.hashAt(slot)
    const tap = this.#tap
    if (hash >= tap.limit) return
    const held = slot === 0 ? undefined : table.valueAt(slot)
    const isBarred = held instanceof Boxed && this.#isGone(held)
    if (isBarred) tap.left(hash)
    if (slot === 0 || isBarred) tap.missed(hash, key)
    else tap.hit(hash, key, home.policyWeight(slot))
  }

  /** Tells of an entry that is held now. */
  kept(home: Home, { key, deadline }: Entry, written: boolean): void {
    const slot = home.table.find(key)
    const hash = home.table.hashAt(slot)
    if (hash >= this.#tap.limit) return
    if (home === this.#rest) this.#bits[(slot / BITS) | 0]! |= 1 << slot
    this.#tap.kept(hash, key, home.policyWeight(slot), deadline, written)
  }

  #isGone(held: Boxed): boolean {
    if (this.#floors.tagBarrier(held) !== undefined) return true
    return this.#floors.expiry(held) !== undefined && !hasGrace(held.upkeep, held.deadline)
  }
}
