import { hash } from 'node:crypto'
import { storedKey } from '../../entry/key-text.ts'
import { expected } from '../../options.ts'

/** Memcached takes 250 bytes; the key of a lease is one longer than that of its data. */
const LONGEST = 249
const PRINTABLE = /^[!-~]*$/
const HASHED = 35

/**
 * Names in Memcached: `<prefix>:<key>` for a key of printable ASCII, `<prefix>#<hash>` (SHA-256, base64url)
 * for one that is longer or has other characters; its frame echoes the key. `<prefix>~…` is the lease
 * of `<prefix>…`, and `<prefix>!state` the state of a node.
 */
export class WireKeys {
  readonly state: string
  readonly #prefix: string

  constructor(prefix: string) {
    this.#prefix = prefix
    this.state = `${prefix}!state`
  }

  data(key: string): string {
    const prefix = this.#prefix
    if (prefix.length + 1 + key.length <= LONGEST && PRINTABLE.test(key)) return `${prefix}:${key}`
    return `${prefix}#${hash('sha256', storedKey(key), 'base64url')}`
  }

  /** Whether another key may lie under the same name, so that the frame has to tell which it is of. */
  isHashed(data: string): boolean {
    return data.charCodeAt(this.#prefix.length) === HASHED
  }

  lease(data: string): string {
    return `${this.#prefix}~${data.slice(this.#prefix.length)}`
  }
}

/** The option `prefix`: printable ASCII that no name of another prefix can begin with by chance. */
export function readPrefix(value: unknown, where: string): string {
  if (typeof value === 'string' && /^[\w.-]{1,100}$/.test(value)) return value
  return expected('1 to 100 letters, digits, dots, dashes and underscores', value, where)
}
