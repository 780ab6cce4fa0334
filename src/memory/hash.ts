/**
 * Seeded 32-bit hashes of keys.
 *
 * The multiplier is fixed and only the seed is random: random multipliers are weak now and then (21
 * probes where 1.5 are normal, for decimal keys). The seed alone does not stop a determined attacker
 * from finding colliding keys; the table watches its probe lengths and retreats to a `Map`.
 */

/** The final mix of MurmurHash3 (public domain, A. Appleby): every input bit reaches every output bit. */
function mix(h: number): number {
  h ^= h >>> 16
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return h ^ (h >>> 16)
}

/**
 * The hash of a string: every character, one multiplication each. A multiplication carries differences upwards
 * only, the shift brings them down again: without it keys that differ in the high bits of their characters met,
 * whatever the seed.
 */
export function hashText(key: string, seed: number): number {
  let h = seed
  for (let i = 0; i < key.length; i++) h = Math.imul(h ^ key.charCodeAt(i) ^ (h >>> 15), 0x5bd1e995)
  h ^= h >>> 15
  h = Math.imul(h, 0x85ebca6b)
  return h ^ (h >>> 13)
}

/**
 * Hashes for keys that the table finds through a `Map`, wanted by policies that count keys. Equal
 * keys have equal hashes; objects and symbols are told apart by identity, for as long as they live.
 */
export class KeyHasher {
  readonly #seed: number
  readonly #numbers = new Float64Array(1)
  readonly #bits = new Int32Array(this.#numbers.buffer)
  readonly #ids = new WeakMap<WeakKey, number>()
  #lastId = 0

  constructor(seed: number) {
    this.#seed = seed
  }

  hash(key: unknown): number {
    switch (typeof key) {
      case 'string':
        return hashText(key, this.#seed)
      case 'number':
        return this.#number(key)
      case 'bigint':
        return this.#bigint(key)
      case 'symbol':
        return Symbol.keyFor(key) === undefined ? this.#identity(key) : hashText(Symbol.keyFor(key)!, this.#seed)
      case 'object':
        return key === null ? this.#seed : this.#identity(key)
      case 'function':
        return this.#identity(key)
      default:
        return this.#number(key === true ? 1 : 0)
    }
  }

  #bigint(key: bigint): number {
    const low = BigInt.asIntN(53, key)
    return low === key ? this.#number(Number(low)) : hashText(key.toString(16), this.#seed)
  }

  #number(key: number): number {
    const whole = key | 0
    if (whole === key) return mix(Math.imul(whole ^ this.#seed, 0x9e3779b1))
    this.#numbers[0] = key
    return mix(mix(Math.imul(this.#bits[0]! ^ this.#seed, 0x9e3779b1)) ^ this.#bits[1]!)
  }

  #identity(key: WeakKey): number {
    let id = this.#ids.get(key)
    if (id === undefined) {
      id = ++this.#lastId
      this.#ids.set(key, id)
    }
    return this.#number(id)
  }
}
