/**
 * Seeded 32-bit hashes of keys.
 *
 * The multiplier is fixed and only the seed is random: random multipliers are weak now and then (21
 * probes where 1.5 are normal, for decimal keys). The seed alone does not stop a determined attacker
 * from finding colliding keys; the table watches its probe lengths and retreats to a `Map`.
 */

/** Keys up to this many characters take part in their hash with each of them. */
const WHOLE = 1024
/** How many characters of a longer key take part. */
const SAMPLED = 128

/** The final mix of MurmurHash3 (public domain, A. Appleby): every input bit reaches every output bit. */
function mix(h: number): number {
  h ^= h >>> 16
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return h ^ (h >>> 16)
}

/** The hash of a short string: every character, one multiplication each. */
export function hashShort(key: string, seed: number): number {
  let h = seed
  for (let i = 0; i < key.length; i++) h = Math.imul(h ^ key.charCodeAt(i), 0x5bd1e995)
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
        return this.#string(key)
      case 'number':
        return this.#number(key)
      case 'bigint':
        return this.#bigint(key)
      case 'symbol':
        return Symbol.keyFor(key) === undefined ? this.#identity(key) : this.#string(Symbol.keyFor(key)!)
      case 'object':
        return key === null ? this.#seed : this.#identity(key)
      case 'function':
        return this.#identity(key)
      default:
        return this.#number(key === true ? 1 : 0)
    }
  }

  #string(key: string): number {
    const { length } = key
    if (length <= WHOLE) return hashShort(key, this.#seed)
    // A key may be a megabyte long: its ends, where keys differ most, and some of its middle.
    const ends = SAMPLED >> 2
    let h = hashShort(key.slice(0, ends), this.#seed ^ length)
    h = hashShort(key.slice(length - 2 * ends), h)
    const stride = Math.max(1, Math.floor((length - 3 * ends) / ends))
    for (let i = ends; i < length - 2 * ends; i += stride) h = Math.imul(h ^ key.charCodeAt(i), 0x5bd1e995)
    return mix(h)
  }

  #bigint(key: bigint): number {
    const low = BigInt.asIntN(53, key)
    return low === key ? this.#number(Number(low)) : this.#string(BigInt.asIntN(1024, key).toString(16))
  }

  #number(key: number): number {
    const whole = key | 0
    if (whole === key) return mix(Math.imul(whole ^ this.#seed, 0x9e3779b1))
    this.#numbers[0] = key
    return mix(Math.imul(this.#bits[0]! ^ this.#seed, 0x9e3779b1) ^ this.#bits[1]!)
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
