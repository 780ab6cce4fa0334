import type { Floors } from '../coherence/floors.ts'
import type { Entry } from '../entry/entry.ts'
import { hasGrace } from '../entry/upkeep.ts'
import type { KeyTap } from '../level-figures.ts'
import type { Slot } from '../policies/policy.ts'
import { Boxed } from './boxed.ts'
import type { Residents } from './residents.ts'

type Home = Residents<string, unknown>

/** Slots beyond are asked for their hashes: so many marks are enough to stay in the processor's caches. */
const MOST_MARKS = 2 ** 16

/**
 * A level's tap, and for each slot of its table whether it may hold a key that the tap is told of: what a hit asks
 * is to stay in the processor's caches, where the hashes of many keys do not.
 */
export class Tapped {
  /** 0 for a slot that lies in no part and whose hits {@link Tapped.hit} need not be told of; those beyond it may have to be. */
  readonly marks: Uint8Array
  readonly #tap: KeyTap
  /** Those in no part: the marks are of its slots, which never become more. */
  readonly #rest: Home
  readonly #floors: Floors

  /** All slots may, until one is met that does not. */
  constructor(tap: KeyTap, rest: Home, floors: Floors) {
    this.#tap = tap
    this.#rest = rest
    this.#floors = floors
    this.marks = new Uint8Array(Math.min(rest.table.slots + 1, MOST_MARKS)).fill(1)
  }

  /** Tells of a hit in a marked slot, if the tap wants to know. */
  hit(key: string, slot: Slot): void {
    if (this.#rest.table.hashAt(slot) < this.#tap.limit) this.read(this.#rest, key, slot)
    else this.marks[slot] = 0
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
    if (home === this.#rest) this.marks[slot] = 1
    this.#tap.kept(hash, key, home.policyWeight(slot), deadline, written)
  }

  #isGone(held: Boxed): boolean {
    if (this.#floors.tagBarrier(held) !== undefined) return true
    return this.#floors.expiry(held) !== undefined && !hasGrace(held.upkeep, held.deadline)
  }
}
