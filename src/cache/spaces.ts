import { PrefixIndex } from '../entry/prefix-index.ts'
import { TerraceError } from '../errors.ts'
import type { SpaceTally } from '../observe/space-tally.ts'
import type { Keyspace } from './keyspace.ts'

/** Namespaces that can be declared. All others cost nothing, and are not remembered. */
const MOST = 1000

/** A namespace as it was declared. */
interface Declared {
  readonly space: Keyspace
  /** What was asked for, checked. */
  readonly said: object
}

/** What is counted for each namespace apart. */
type Count = 'near' | 'fetches' | 'fetchFailures' | 'unproven' | 'stale' | 'refreshes' | 'mismatched'

/** The namespaces of a cache that were declared with options, and what is counted for each of them. */
export class Spaces {
  /** By name, whatever version of the code. */
  readonly #declared = new Map<string, Declared>()
  readonly #tallies = new PrefixIndex<SpaceTally>()

  /**
   * The namespace of this name, if it was declared.
   *
   * @param said what is asked for now, checked; `undefined` for whatever was
   * @throws TerraceError `ERR_OPTION_INVALID` if that was something else, or if there are too many
   */
  find(name: string, said: object | undefined): Keyspace | undefined {
    const declared = this.#declared.get(name)
    if (declared === undefined) {
      if (said === undefined || this.#declared.size < MOST) return undefined
      const text = `namespace: expected up to ${MOST} namespaces with options, got one more; those without are not counted`
      throw new TerraceError('ERR_OPTION_INVALID', text)
    }
    const other = said && otherIn(declared.said, said)
    if (other === undefined) return declared.space
    throw new TerraceError(
      'ERR_OPTION_INVALID',
      `namespace: '${name}' was declared with another ${other}; declare it once, and ask for it without options`,
    )
  }

  /** @param tally what counts for it alone; `undefined` for nothing */
  add(name: string, declared: Declared, tally: SpaceTally | undefined): void {
    this.#declared.set(name, declared)
    if (tally !== undefined) this.#tallies.set(declared.space.prefix, tally)
  }

  /** Those that count, in the order in which they were declared, with what their keys begin with. */
  get counted(): Iterable<[string, SpaceTally]> {
    return this.#tallies
  }

  /** A level has answered for a key, or none with -1; without what level 1 has answered at once. */
  answered(key: string, level: number): void {
    if (this.#tallies.size > 0) this.#tallies.find(key)?.answered(level)
  }

  /** Something has happened to a key. */
  count(key: string, what: Count): void {
    if (this.#tallies.size === 0) return
    const tally = this.#tallies.find(key)
    if (tally !== undefined) tally[what]++
  }

  countAll(keys: readonly string[], what: Count): void {
    if (this.#tallies.size > 0) for (const key of keys) this.count(key, what)
  }
}

/** The name of the first option that differs. */
function otherIn(said: object, now: object): string | undefined {
  const before = new Map(Object.entries(said))
  const after = new Map(Object.entries(now))
  return [...new Set([...before.keys(), ...after.keys()])].find((name) => !isSame(before.get(name), after.get(name)))
}

function isSame(one: unknown, other: unknown): boolean {
  if (!Array.isArray(one) || !Array.isArray(other)) return Object.is(one, other)
  return one.length === other.length && one.every((each, n) => Object.is(each, other[n]))
}
