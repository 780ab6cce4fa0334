import type { Slot } from '../policies/policy.ts'

/**
 * The slots of keys that the index does not take, as a `Map` has them.
 *
 * V8 hashes of a big integer the lowest 64 bits alone: those that agree in them, as the networks of IPv6 do, would all
 * meet. Such as have more are found by their text.
 */
export class OtherKeys {
  readonly #map = new Map<unknown, Slot>()
  #wide: Map<string, Slot> | undefined

  get size(): number {
    return this.#map.size + (this.#wide?.size ?? 0)
  }

  /** 0 when absent. */
  get(key: unknown): Slot {
    return (isWide(key) ? this.#wide?.get(textOf(key)) : this.#map.get(key)) ?? 0
  }

  set(key: unknown, slot: Slot): void {
    if (!isWide(key)) this.#map.set(key, slot)
    else {
      this.#wide ??= new Map()
      this.#wide.set(textOf(key), slot)
    }
  }

  delete(key: unknown): void {
    if (isWide(key)) this.#wide?.delete(textOf(key))
    else this.#map.delete(key)
  }

  clear(): void {
    this.#map.clear()
    this.#wide = undefined
  }

  *slots(): IterableIterator<Slot> {
    yield* this.#map.values()
    if (this.#wide !== undefined) yield* this.#wide.values()
  }
}

function isWide(key: unknown): key is bigint {
  return typeof key === 'bigint' && BigInt.asIntN(64, key) !== key
}

function textOf(key: bigint): string {
  return key.toString(32)
}
