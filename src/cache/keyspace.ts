import { shown, TerraceError } from '../errors.ts'

const LONGEST_NAME = 100

/** The keys of a cache or of one of its namespaces: what is accepted, and what it is called in the levels. */
export class Keyspace {
  readonly prefix: string
  readonly #longest: number

  /** @param longest the most UTF-16 units of a key, the prefix not counted */
  constructor(prefix: string, longest: number) {
    this.prefix = prefix
    this.#longest = longest
  }

  /** @throws TerraceError `ERR_ARGUMENT_INVALID` for a name that could be taken for another's keys */
  within(name: unknown): Keyspace {
    if (typeof name !== 'string' || name === '' || name.length > LONGEST_NAME || name.includes(':')) {
      throw new TerraceError(
        'ERR_ARGUMENT_INVALID',
        `namespace: expected a name of 1 to ${LONGEST_NAME} characters without ':', got ${shown(name)}`,
      )
    }
    return new Keyspace(`${this.prefix}${name}:`, this.#longest)
  }

  /** The key as the levels know it. Anything but a string is passed on: it is nowhere found, then {@link Keyspace.check}ed. */
  full(key: string): string {
    return this.prefix === '' || typeof key !== 'string' ? key : this.prefix + key
  }

  /** The key as the caller knows it. */
  own(full: string): string {
    return full.slice(this.prefix.length)
  }

  /** {@link Keyspace.full}, checked. @throws TerraceError `ERR_KEY_INVALID` */
  check(key: unknown, where: string): string {
    if (typeof key !== 'string') {
      throw new TerraceError('ERR_KEY_INVALID', `${where}: expected the key to be a string, got ${shown(key)}`)
    }
    if (key.length > this.#longest) {
      throw new TerraceError(
        'ERR_KEY_INVALID',
        `${where}: expected a key of up to ${this.#longest} characters, got ${key.length} (maxKeyLength)`,
      )
    }
    return this.full(key)
  }

  /** {@link Keyspace.check} for a list of keys. */
  checkAll(keys: unknown, where: string): string[] {
    if (Array.isArray(keys)) return Array.from(keys, (key: unknown) => this.check(key, where))
    throw new TerraceError('ERR_ARGUMENT_INVALID', `${where}: expected an array of keys, got ${shown(keys)}`)
  }
}
