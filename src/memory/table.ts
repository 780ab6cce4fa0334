import { invariant } from '../errors.ts'
import type { Slot } from '../policies/policy.ts'
import { type Cells, moved } from './cells.ts'
import { FRONT_KEY, FRONT_SLOTS, Front } from './front.ts'
import { KeyHasher } from './hash.ts'
import { OtherKeys } from './other-keys.ts'
import { PackedCells } from './packed-cells.ts'
import { PairedCells } from './paired-cells.ts'

/*
 * The level-1 table: slots by key; its cells hold keys and values by slot.
 *
 * Strings of up to 24 characters (64 in a large table) are found through an open-addressed index in a typed
 * array: linear probing at a load of at most 1/2, 8 bits of hash and 24 bits of slot in each place, deletion
 * by backward shift (Knuth, TAOCP 3, 6.4, algorithm R): nothing is rehashed in steady state. Other keys are
 * found through a `Map`. In a small table a front guesses first; in those of middle size short keys are compared
 * as numbers. Why not a `Map` for all: decision 4.
 *
 * Invariants (`check`): a slot is free or holds one key; the index and the map lead to each resident
 * slot exactly once; no free place lies between a key's home and its place in the index.
 *
 * Attack: keys chosen for neighbouring homes make runs that a look for an absent key walks to the end.
 * A look that misses after more than 200 places (chance in an innocent table: below 1e-16), as one does
 * before every insertion, moves all keys to the map, for good.
 */

/** The longest string that the index takes, and that of a large table: there a `Map` misses more of the processor's caches. */
const SHORT = 24
const SHORT_IN_LARGE = 64
/** From so many slots on a table is large. */
export const LARGE: number = 2 ** 17
/** Probes a look that misses may need before the keys are taken for chosen. */
const PROBES = 200
/** The greatest slot that fits beside the 8 bits of hash. */
export const MOST_SLOTS = 0xffffff

const TAG = 0xff000000
const SLOT = 0x00ffffff
/** Longer than any key of the index, hence equal to none. */
const NO_KEY = ' no key of the index is this long '.repeat(2)

export class Table<K, V> {
  #cells: Cells<K, V>
  #index: Int32Array
  #mask: number
  #short: number
  readonly #map = new OtherKeys()
  readonly #seed: number
  readonly #hasher: KeyHasher
  #hashAll: boolean
  /** Where guessing pays. */
  #front: Front | null
  /** The key the last look for a short key missed, which the cells have noted: what a `set` after a missed `get` needs. */
  #missed = NO_KEY
  #size = 0
  #used = 0
  #free: Slot = 0
  #slots: number

  /**
   * @param expected slots to take room for at once; growing later copies everything
   * @param hashAll whether keys outside the index are hashed as well, for a policy that counts keys
   */
  constructor(slots: number, expected: number, seed: number, hashAll: boolean) {
    this.#slots = slots
    this.#short = shortIn(slots)
    this.#seed = seed
    this.#hasher = new KeyHasher(seed)
    this.#hashAll = hashAll
    this.#front = slots <= FRONT_SLOTS ? new Front() : null
    this.#index = new Int32Array(places(slots))
    this.#mask = this.#index.length - 1
    this.#cells = this.#cellsFor(Math.min(slots, expected))
  }

  get size(): number {
    return this.#size
  }

  get slots(): number {
    return this.#slots
  }

  /** The greatest slot that was ever in use. */
  get used(): number {
    return this.#used
  }

  /** Whether keys that were chosen to collide have driven all keys to the map. */
  get retreated(): boolean {
    return this.#short < 0
  }

  /** The slot of `key`, 0 when absent. */
  find(key: K): Slot {
    const front = this.#front
    if (front === null || typeof key !== 'string' || key.length < FRONT_KEY) return this.#search(key)
    const place = front.place(key)
    const guessed = front.guess(place, key)
    if (guessed !== 0 && this.#cells.keyAt(guessed) === key) {
      front.confirm()
      return guessed
    }
    const slot = this.#search(key)
    if (slot !== 0 && !front.correct(place, key, slot)) this.#front = null
    return slot
  }

  #search(key: K): Slot {
    if (typeof key !== 'string' || key.length > this.#short) return this.#map.get(key)
    const cells = this.#cells
    const hash = cells.ask(key)
    const index = this.#index
    const mask = this.#mask
    let place = hash & mask
    for (; ; place = (place + 1) & mask) {
      const entry = index[place]!
      if (entry === 0) break
      if (((entry ^ hash) & TAG) === 0 && cells.hasAsked(entry & SLOT, key)) return entry & SLOT
    }
    this.#missed = key
    cells.note(hash)
    if (((place - hash) & mask) > PROBES) this.#retreat()
    return 0
  }

  /** As {@link find}, but asks nothing again where the last look was for this key and missed. */
  findAgain(key: K): Slot {
    if ((key as unknown) === this.#missed && this.#missed !== NO_KEY) return 0
    return this.find(key)
  }

  keyAt(slot: Slot): K {
    return this.#cells.keyAt(slot)
  }

  valueAt(slot: Slot): V {
    return this.#cells.valueAt(slot)
  }

  setValue(slot: Slot, value: V): void {
    this.#cells.setValue(slot, value)
  }

  hashAt(slot: Slot): number {
    return this.#cells.hashAt(slot)
  }

  /** The hash of a key, held or not: what {@link hashAt} tells of its slot. */
  hashOf(key: K): number {
    if ((key as unknown) === this.#missed) return this.#cells.noted
    return this.#hasher.hash(key)
  }

  /** From now on every key is hashed. */
  hashAll(): void {
    if (this.#hashAll) return
    this.#hashAll = true
    for (const slot of this.#map.slots()) this.#cells.setHash(slot, this.#hasher.hash(this.keyAt(slot)))
  }

  holds(slot: Slot): boolean {
    return slot <= this.#used && !this.#cells.isFree(slot)
  }

  /** Puts a key that was looked for and is absent into a free slot, of which there must be one. */
  insert(key: K, value: V): Slot {
    const slot = this.#takeSlot()
    const cells = this.#cells
    this.#size++
    if (typeof key !== 'string' || key.length > this.#short) {
      const held = (key as unknown) === 0 ? (0 as K) : key // not -0, as in a Map
      cells.put(slot, held, value, this.#hashAll ? this.#hasher.hash(key) : 0)
      this.#map.set(key, slot)
      return slot
    }
    const hash = key === this.#missed ? cells.recall() : cells.ask(key)
    this.#missed = NO_KEY
    cells.putAsked(slot, key, value, hash)
    this.#place(slot, hash)
    return slot
  }

  /** Empties a resident slot. */
  remove(slot: Slot): void {
    // Asking the key itself means fetching it from memory, or making it anew, and nobody else looks at it.
    if (this.#map.size === 0 || (this.#cells.isPacked(slot) && !this.retreated)) this.#unplace(slot)
    else {
      const key = this.keyAt(slot)
      if (typeof key === 'string' && key.length <= this.#short) this.#unplace(slot)
      else this.#map.delete(key)
    }
    this.#cells.free(slot, this.#free)
    this.#free = slot
    this.#size--
  }

  clear(): void {
    this.#index.fill(0)
    this.#map.clear()
    this.#cells.clear(this.#used)
    this.#missed = NO_KEY
    this.#size = this.#used = this.#free = 0
  }

  /** Makes room for more slots; resident ones keep their numbers. Fewer than there are is not asked. */
  extend(slots: number): void {
    this.#slots = slots
    if (slots > FRONT_SLOTS) this.#front = null
    if (packsIn(slots) === this.#cells.packs) this.#cells.extend(slots)
    else {
      this.#cells = moved(this.#cells, this.#cellsFor(this.#cells.slots), this.#used)
      this.#missed = NO_KEY
    }
    if (this.retreated) return
    this.#index = new Int32Array(places(slots))
    this.#mask = this.#index.length - 1
    const before = this.#short
    this.#short = shortIn(slots)
    for (let slot = 1; slot <= this.#used; slot++) {
      if (!this.holds(slot)) continue
      const key = this.keyAt(slot)
      if (typeof key !== 'string' || key.length > this.#short) continue
      if (key.length > before) {
        this.#map.delete(key)
        this.#cells.setHash(slot, this.#hasher.hash(key))
      }
      this.#place(slot, this.#cells.hashAt(slot))
    }
  }

  #place(slot: Slot, hash: number): void {
    const index = this.#index
    const mask = this.#mask
    let place = hash & mask
    while (index[place] !== 0) place = (place + 1) & mask
    index[place] = (hash & TAG) | slot
  }

  #unplace(slot: Slot): void {
    const index = this.#index
    const mask = this.#mask
    const cells = this.#cells
    let hole = cells.hashAt(slot) & mask
    while ((index[hole]! & SLOT) !== slot) hole = (hole + 1) & mask
    for (let place = (hole + 1) & mask; ; place = (place + 1) & mask) {
      const entry = index[place]!
      if (entry === 0) break
      const home = cells.hashAt(entry & SLOT) & mask
      if (((place - home) & mask) >= ((place - hole) & mask)) {
        index[hole] = entry
        hole = place
      }
    }
    index[hole] = 0
  }

  #cellsFor(room: number): Cells<K, V> {
    const Kind = packsIn(this.#slots) ? PackedCells : PairedCells
    return new Kind(this.#seed, this.#slots, room)
  }

  /** Moves every key to the map: the keys were chosen to collide. */
  #retreat(): void {
    this.#short = -1
    this.#missed = NO_KEY
    this.#index = new Int32Array(1)
    this.#mask = 0
    for (let slot = 1; slot <= this.#used; slot++) {
      if (this.holds(slot)) this.#map.set(this.keyAt(slot), slot)
    }
  }

  #takeSlot(): Slot {
    const slot = this.#free
    if (slot !== 0) {
      this.#free = this.#cells.hashAt(slot)
      return slot
    }
    if (this.#used >= this.#cells.slots) this.#cells.grow(Math.min(this.#slots, this.#used * 2))
    return ++this.#used
  }

  /** Proves the invariants. Returns how far from its home the farthest key is. @throws TerraceError `ERR_INVARIANT` */
  check(): number {
    let resident = 0
    let farthest = 0
    for (let slot = 1; slot <= this.#used; slot++) {
      if (!this.holds(slot)) continue
      resident++
      const key = this.keyAt(slot)
      const distance = this.#distance(key, slot)
      invariant(distance >= 0 && distance <= PROBES, () => `slot ${slot} is not led to once, near its home`)
      farthest = Math.max(farthest, distance)
    }
    invariant(resident === this.#size, () => `${resident} slots hold keys, the size says ${this.#size}`)
    const entries = this.#map.size + this.#index.reduce((count, entry) => (entry === 0 ? count : count + 1), 0)
    invariant(entries === this.#size, () => `${entries} ways lead to ${this.#size} keys`)
    let free = 0
    for (let slot = this.#free; slot !== 0; slot = this.#cells.hashAt(slot), free++) {
      invariant(this.#cells.isFree(slot), () => `slot ${slot} is on the free list and holds a key`)
    }
    invariant(free + resident === this.#used, () => `${free} free and ${resident} held slots of ${this.#used}`)
    invariant(
      this.#missed === NO_KEY || this.find(this.#missed as K & string) === 0,
      () => `the key remembered as missed is resident`,
    )
    return farthest
  }

  /** How far from its home the one way to the slot ends, in places; 0 in the map; -1 if there is not one way. */
  #distance(key: unknown, slot: Slot): number {
    if (typeof key !== 'string' || key.length > this.#short) return this.#map.get(key) === slot ? 0 : -1
    const home = this.#cells.hashAt(slot)
    const found: number[] = []
    for (let probes = 0, entry = 1; entry !== 0; probes++) {
      entry = this.#index[(home + probes) & this.#mask]!
      if (((entry ^ home) & TAG) === 0 && (entry & SLOT) === slot) found.push(probes)
    }
    return found.length === 1 && home === this.#cells.ask(key) && this.#cells.hasAsked(slot, key as K) ? found[0]! : -1
  }
}

/** The longest string that the index of a table takes. */
function shortIn(slots: number): number {
  return slots < LARGE ? SHORT : SHORT_IN_LARGE
}

/** Whether the cells pack their keys: not where a front compares them, nor where there are so many that they need too much memory. */
function packsIn(slots: number): boolean {
  return slots > FRONT_SLOTS && slots < LARGE
}

/** The least power of two that is at least twice as many as the slots. */
function places(slots: number): number {
  return 2 ** Math.max(3, Math.ceil(Math.log2(slots * 2)))
}
