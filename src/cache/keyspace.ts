import type { StandardSchema } from '../entry/standard-schema.ts'
import { shown, TerraceError } from '../errors.ts'
import type { SpaceTally } from '../observe/space-tally.ts'
import type { Terms } from './terms.ts'

const LONGEST_NAME = 100

/** What holds for the keys of a cache or a namespace, and for what is kept under them. */
export interface SpaceTraits {
  /** The most UTF-16 units of a key, the prefix not counted. */
  readonly longest: number
  /** How values are kept where a call does not say. */
  readonly terms: Terms
  /** Counts requests for these keys apart from all others, if anybody wants that. */
  readonly tally: SpaceTally | undefined
  /** What values that are set or fetched must fit. */
  readonly writes: StandardSchema | undefined
}

/** How a namespace of a cache is told apart. */
export interface SpaceName {
  /** What keys begin with in this version of the code … */
  readonly prefix: string
  /** … and in those that may run beside it. */
  readonly siblings: readonly string[]
  /** What keys of any version begin with. */
  readonly roots: readonly string[]
}

/** The keys of a cache or of one of its namespaces: what is accepted, and what it is called in the levels. */
export class Keyspace {
  readonly prefix: string
  readonly siblings: readonly string[]
  readonly roots: readonly string[]
  readonly traits: SpaceTraits
  readonly #longest: number

  constructor({ prefix, siblings, roots }: SpaceName, traits: SpaceTraits) {
    this.prefix = prefix
    this.siblings = siblings
    this.roots = roots
    this.traits = traits
    this.#longest = traits.longest
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

/** Those of the cache itself. */
const WHOLE: SpaceName = Object.freeze({ prefix: '', siblings: [], roots: [''] })

/**
 * What a namespace within another is called. With a `version` of the code its keys carry that, and those of `others`
 * are its siblings; version 0 is called as if there were none.
 *
 * @throws TerraceError `ERR_ARGUMENT_INVALID` for a name that could be taken for another's keys
 */
export function nameWithin(
  outer: SpaceName,
  name: unknown,
  version?: number | undefined,
  others: readonly number[] = [],
): SpaceName {
  checkName(name)
  const plain = `${outer.prefix}${name}:`
  if (version === undefined) {
    return { prefix: plain, siblings: outer.siblings.map((prefix) => `${prefix}${name}:`), roots: [plain] }
  }
  const numbers = [version, ...others]
  const all = [outer.prefix, ...outer.siblings].flatMap((prefix) => numbers.map((n) => prefix + versioned(name, n)))
  return { prefix: all[0]!, siblings: all.slice(1), roots: rootsOf(outer.prefix, name) }
}

/**
 * What the keys of a namespace begin with, whatever version of the code keeps them.
 *
 * @param path its name, behind those it lies within: `users:posts`. Of those only one version is meant, which their
 * keys tell: `users@3:posts`.
 * @throws TerraceError `ERR_ARGUMENT_INVALID`
 */
export function namespaceRoots(path: string): readonly string[] {
  const outer = path.split(':')
  const name = outer.pop()!
  checkName(name)
  for (const each of outer) checkName(each.replace(/@\d{1,7}$/, ''))
  return rootsOf(outer.map((each) => `${each}:`).join(''), name)
}

function rootsOf(around: string, name: string): readonly string[] {
  return [`${around}${name}:`, `${around}${name}@`]
}

function versioned(name: string, version: number): string {
  return version === 0 ? `${name}:` : `${name}@${version}:`
}

function checkName(name: unknown): asserts name is string {
  if (typeof name === 'string' && name !== '' && name.length <= LONGEST_NAME && !/[:@]/.test(name)) return
  throw new TerraceError(
    'ERR_ARGUMENT_INVALID',
    `namespace: expected a name of 1 to ${LONGEST_NAME} characters without ':' and '@', got ${shown(name)}`,
  )
}

/** The keys of a cache itself. */
export function wholeSpace({
  maxKeyLength,
  terms,
}: {
  readonly maxKeyLength: number
  readonly terms: Terms
}): Keyspace {
  return new Keyspace(WHOLE, { longest: maxKeyLength, terms, tally: undefined, writes: undefined })
}
