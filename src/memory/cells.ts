import type { Slot } from '../policies/policy.ts'
import type { Ways } from './ways.ts'

/**
 * Keys, their hashes, and values by slot, without an object an entry. A slot is free or holds a key; ways lead from
 * strings to their slots, but not to every slot that holds one.
 */
export interface Cells<K, V> {
  /** Those from strings. */
  readonly ways: Ways
  /** For how many slots there is room. */
  readonly slots: number
  /** The slot that a way leads to from a string; 0 when absent, which is then what {@link Cells.add} puts. */
  find(key: string): Slot
  /** The hash of the string that was last found absent. */
  readonly missed: number
  /** How many places of the ways were looked at for it. */
  readonly missedAfter: number
  /** Puts the string that was last found absent into a free slot, and leads to it. */
  add(slot: Slot, key: K, value: V): void
  /** Puts a key into a free slot, and leads nobody to it. */
  put(slot: Slot, key: K, value: V, hash: number): void
  /** The slot holds no key any more; `next` stands in place of its hash. */
  free(slot: Slot, next: Slot): void
  isFree(slot: Slot): boolean
  /** Whether numbers tell the key of a slot, as they do of some that were added: {@link Cells.keyAt} makes a string of them at each call. */
  isPacked(slot: Slot): boolean
  keyAt(slot: Slot): K
  valueAt(slot: Slot): V
  setValue(slot: Slot, value: V): void
  /** What was put with the key, or with {@link Cells.free}. */
  hashAt(slot: Slot): number
  /** Of a slot that no way leads to. */
  setHash(slot: Slot, hash: number): void
  /** Lets go of all ways, and of what the first `used` slots hold, which are then neither free nor held. */
  clear(used: number): void
  /** Makes room for so many slots, which costs copying what there is. */
  grow(slots: number): void
}

/** Makes room for `slots` in an array that has so many places a slot, slot 0 included. */
export function grown(array: unknown[], slots: number, places: number): unknown[] {
  const more = new Array<unknown>((slots + 1) * places - array.length)
  if (array.length > 0) return array.concat(more)
  // Of an array that holds numbers only V8 makes one of bare numbers: each read of it would allocate.
  more[0] = ''
  return more
}
