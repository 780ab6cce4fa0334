import { invariant } from '../errors.ts'
import type { Slot } from '../policies/policy.ts'
import type { Cells } from './cells.ts'
import { FRONT_KEY, FRONT_SLOTS, Front } from './front.ts'
import { KeyHasher } from './hash.ts'
import { OtherKeys } from './other-keys.ts'
import { PackedCells } from './packed-cells.ts'
import { PairedCells } from './paired-cells.ts'
import { SLOT } from './ways.ts'

/*
 * The level-1 table: slots by key; its cells hold keys and values by slot.
 *
 * Strings of up to 24 characters (64 in a large table) are found by ways from their hashes, other keys through a
 * `Map`. In a small table a front guesses first; in those of middle size short keys are compared as numbers. Why not
 * a `Map` for all: decision 4.
 *
 * Invariants (`check`): a slot is free or holds one key; ways and the map lead to each resident slot exactly
 * once.
 *
 * Attack: keys chosen for neighbouring homes make runs that a look for an absent key walks to the end.
 * A look that misses after more than 200 places (chance in an innocent table: below 1e-16), as one does
 * before every insertion, moves all keys to the map, for good.
 */

/** The longest string from which there is a way, and that in a large table: there a `Map` misses more of the processor's caches. */
const SHORT = 24
const SHORT_IN_LARGE = 64
/** From so many slots on a table is large. */
export const LARGE: number = 2 ** 17
/** Probes a look that misses may need before the keys are taken for chosen. */
const PROBES = 200
/** The greatest slot that a way can lead to. */
export const MOST_SLOTS: number = SLOT

/** Longer than any key to which there is a way, hence equal to none. */
const NO_KEY = ' no key of the index is this long '.repeat(2)

export class Table<K, V> {
  #cells: Cells<K, V>
  /** The longest string from which there is a way; -1 for none. */
  #short: number
  readonly #map = new OtherKeys()
  readonly #seed: number
  readonly #hasher: KeyHasher
  #hashAll: boolean
  /** Where guessing pays. */
  #front: Front | null
  /** What the cells have last found absent: a `set` after a missed `get` need not look again. */
  #missed = NO_KEY
  #size = 0
  #used = 0
  #free: Slot = 0
  #slots: number

  /**
   * @param expected slots to take room for at once; growing later copies everything
   * @param hashAll whether keys of the map are hashed as well, for a policy that counts keys
   */
  constructor(slots: number, expected: number, seed: number, hashAll: boolean) {
    this.#slots = slots
    this.#short = shortIn(slots)
    this.#seed = seed
    this.#hasher = new KeyHasher(seed)
    this.#hashAll = hashAll
    this.#front = slots <= FRONT_SLOTS ? new Front() : null
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
    const slot = cells.find(key)
    if (slot !== 0) return slot
    this.#missed = key
    if (cells.missedAfter > PROBES) this.#move(-1) // the keys were chosen to collide
    return 0
  }

  /** As {@link find}, but asks nothing again where the last look was for this key and missed. */
  findAgain(key: K): Slot {
    return this.#isMissed(key) ? 0 : this.find(key)
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
    return this.#isMissed(key) ? this.#cells.missed : this.#hasher.hash(key)
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
    if (key !== this.#missed) cells.find(key)
    this.#missed = NO_KEY
    cells.add(slot, key, value)
    return slot
  }

  /** Empties a resident slot. */
  remove(slot: Slot): void {
    // Asking the key itself means fetching it from memory, or making it anew, and nobody else looks at it.
    const cells = this.#cells
    if (this.#map.size === 0 || cells.isPacked(slot) || isShort(cells.keyAt(slot), this.#short)) {
      cells.ways.remove(slot, cells)
    } else this.#map.delete(cells.keyAt(slot))
    cells.free(slot, this.#free)
    this.#free = slot
    this.#size--
  }

  clear(): void {
    this.#map.clear()
    this.#cells.clear(this.#used)
    this.#missed = NO_KEY
    this.#size = this.#used = this.#free = 0
  }

  /** Makes room for more slots; resident ones keep their numbers. Fewer than there are is not asked. */
  extend(slots: number): void {
    this.#slots = slots
    if (slots > FRONT_SLOTS) this.#front = null
    this.#move(this.retreated ? this.#short : shortIn(slots))
  }

  /** Into other cells, with ways from strings of up to so many characters. */
  #move(short: number): void {
    const from = this.#cells
    const before = this.#short
    this.#short = short
    this.#missed = NO_KEY
    const to = this.#cellsFor(from.slots)
    this.#cells = to
    for (let slot = 1; slot <= this.#used; slot++) {
      if (from.isFree(slot)) {
        to.free(slot, from.hashAt(slot))
        continue
      }
      const key = from.keyAt(slot)
      const wasShort = isShort(key, before)
      if (isShort(key, short)) {
        if (!wasShort) this.#map.delete(key)
        to.find(key)
        to.add(slot, key, from.valueAt(slot))
      } else {
        if (wasShort) this.#map.set(key, slot)
        to.put(slot, key, from.valueAt(slot), from.hashAt(slot))
      }
    }
  }

  #isMissed(key: K): boolean {
    return (key as unknown) === this.#missed && this.#missed !== NO_KEY
  }

  #cellsFor(room: number): Cells<K, V> {
    const packs = this.#slots > FRONT_SLOTS && this.#slots < LARGE && !this.retreated
    const Kind = packs ? PackedCells : PairedCells
    return new Kind(this.#seed, this.#slots, room)
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
      const distance = this.#distance(slot)
      invariant(distance >= 0 && distance <= PROBES, () => `slot ${slot} is not led to once, near its home`)
      farthest = Math.max(farthest, distance)
    }
    invariant(resident === this.#size, () => `${resident} slots hold keys, the size says ${this.#size}`)
    const ways = this.#map.size + this.#cells.ways.count()
    invariant(ways === this.#size, () => `${ways} ways lead to ${this.#size} keys`)
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

  /** How far from its home the way to a slot lies; -1 if there is not one way alone. */
  #distance(slot: Slot): number {
    const cells = this.#cells
    const key = cells.keyAt(slot)
    if (!isShort(key, this.#short)) return this.#map.get(key) === slot ? 0 : -1
    return cells.find(key) === slot ? cells.ways.distance(slot, cells.hashAt(slot)) : -1
  }
}

/** Whether there is a way from this key, where there are ways from strings of up to so many characters. */
function isShort<K>(key: K, most: number): key is K & string {
  return typeof key === 'string' && key.length <= most
}

/** The longest string from which there is a way. */
function shortIn(slots: number): number {
  return slots < LARGE ? SHORT : SHORT_IN_LARGE
}
