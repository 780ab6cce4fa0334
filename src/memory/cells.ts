import type { Slot } from '../policies/policy.ts'

/** Keys, their hashes, and values by slot: no object an entry. A slot is free or holds a key. */
export interface Cells<K, V> {
  /** Whether numbers tell short keys: a slot whose key they tell holds no string. */
  readonly packs: boolean
  /** For how many slots there is room. */
  readonly slots: number
  /** Asks for a key. @returns its hash */
  ask(key: string): number
  /** Remembers the key that was asked for last, and its hash, whatever is asked for until it is recalled. */
  note(hash: number): void
  /** The hash of the key that was noted. */
  readonly noted: number
  /** As if the noted key had been asked for last. @returns its hash */
  recall(): number
  /** Whether the string that was asked for last is the key of a slot that holds a string. */
  hasAsked(slot: Slot, key: K): boolean
  /** Puts the string that was asked for last. */
  putAsked(slot: Slot, key: K, value: V, hash: number): void
  /** Puts a key of any kind. */
  put(slot: Slot, key: K, value: V, hash: number): void
  /** The slot holds no key any more; `next` stands in place of its hash. */
  free(slot: Slot, next: Slot): void
  isFree(slot: Slot): boolean
  /** Whether numbers tell the key of a slot: {@link Cells.keyAt} makes a string of them at each call. */
  isPacked(slot: Slot): boolean
  keyAt(slot: Slot): K
  valueAt(slot: Slot): V
  setValue(slot: Slot, value: V): void
  /** What was put with the key, or with {@link Cells.free}. */
  hashAt(slot: Slot): number
  setHash(slot: Slot, hash: number): void
  /** Lets go of what the first `used` slots hold, which are then neither free nor held. */
  clear(used: number): void
  /** Makes room for so many slots, which costs copying what there is. */
  grow(slots: number): void
  /** There may be so many slots from now on; room for them is made by {@link Cells.grow}. */
  extend(most: number): void
}

/** Makes room for `slots` in an array that has so many places a slot, slot 0 included. */
export function grown(array: unknown[], slots: number, places: number): unknown[] {
  const more = new Array<unknown>((slots + 1) * places - array.length)
  if (array.length > 0) return array.concat(more)
  // Of an array that holds numbers only V8 makes one of bare numbers: each read of it would allocate.
  more[0] = ''
  return more
}

/** Puts what the first `used` slots of `from` hold into the same slots of `to`, and returns `to`. */
export function moved<K, V>(from: Cells<K, V>, to: Cells<K, V>, used: number): Cells<K, V> {
  for (let slot = 1; slot <= used; slot++) {
    const hash = from.hashAt(slot)
    const key = from.isFree(slot) ? undefined : from.keyAt(slot)
    if (from.isFree(slot)) to.free(slot, hash)
    else if (typeof key === 'string') {
      to.ask(key)
      to.putAsked(slot, key, from.valueAt(slot), hash)
    } else to.put(slot, key as K, from.valueAt(slot), hash)
  }
  return to
}
