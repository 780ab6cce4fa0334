import { createHash } from 'node:crypto'
import { storedKey } from '../../entry/key-text.ts'

/** No back end of Keyv is known to take less, in any encoding: MySQL takes 255, Memcached 250 bytes. */
const LONGEST = 200
const PLAIN = /^[\x21-\x7e]*$/

/**
 * What keys are called in a Keyv storage adapter: `<prefix>:<key>` as far as every back end takes it;
 * keys that are long, or hold anything but printable ASCII, by their hash. The frame tells the key.
 */
export class Names {
  readonly #prefix: string

  constructor(prefix: string) {
    this.#prefix = prefix
  }

  /** The one item that is no entry. */
  get state(): string {
    return `${this.#prefix}!floors`
  }

  of(key: string): string {
    const name = `${this.#prefix}:${key}`
    if (name.length <= LONGEST && PLAIN.test(key)) return name
    return `${this.#prefix}~${createHash('sha256').update(storedKey(key)).digest('base64url')}`
  }
}
