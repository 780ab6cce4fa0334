import type { Duration } from '../duration.ts'
import { milliseconds } from '../duration.ts'
import { shown, TerraceError } from '../errors.ts'
import { expected, readOptions } from '../options.ts'
import { NO_TAGS } from './entry.ts'
import { ABSENT } from './held.ts'

/** How a value is to be kept. Everything is optional. */
export interface KeepOptions {
  /** How long the value may be served. 0: not kept at all. Default: the cache's `ttl`. */
  readonly ttl?: Duration | undefined
  /** Names under which `invalidateTags` finds the value: at most 100, each up to 1,000 characters. */
  readonly tags?: readonly string[] | undefined
  /** A number that grows with each change of the value at its source: an older version never replaces a newer one. */
  readonly version?: number | undefined
}

/** {@link KeepOptions}, checked. */
export interface Keep {
  readonly ttl?: number
  readonly tags?: readonly string[]
  readonly version?: number
}

// Private fields make these two classes unlike any value that happens to have the same properties.

/** What a fetcher returns to say more than the value alone: made by {@link found}. */
export class Found<T> {
  readonly #data: T
  readonly #keep: Keep

  constructor(data: T, keep: Keep) {
    this.#data = data
    this.#keep = keep
  }

  /** Not named `data`: the compiler would infer `T` from any value that has a property of that name. */
  get foundData(): T {
    return this.#data
  }

  get keep(): Keep {
    return this.#keep
  }
}

/** What a fetcher returns when its source has nothing: made by {@link notFound}. */
export class NotFound {
  readonly #ttl: number

  constructor(ttl: number) {
    this.#ttl = ttl
  }

  /** How long the levels remember the absence, in milliseconds; 0: not at all. */
  get ttl(): number {
    return this.#ttl
  }
}

/**
 * A value together with how it is to be kept: `return found(user, { ttl: '5m', tags: ['users'] })`.
 *
 * @throws TerraceError `ERR_ARGUMENT_INVALID` if `data` is `undefined` or `ABSENT`; `ERR_OPTION_UNKNOWN` or
 * `ERR_OPTION_INVALID` for a wrong option.
 */
export function found<T>(data: T, options?: KeepOptions): Found<T> {
  if (data === undefined || data === ABSENT) {
    const text = `found: expected a value, got ${shown(data)}; say notFound() instead`
    throw new TerraceError('ERR_ARGUMENT_INVALID', text)
  }
  return new Found(data, readOptions('found', keepSchema, options))
}

/**
 * The source has nothing under the key. With a `ttl` the levels remember this absence for that long
 * and the source is not asked again; without one nothing is kept, as when a fetcher returns `undefined`.
 *
 * @throws TerraceError `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID` for a wrong option.
 */
export function notFound(options?: { readonly ttl?: Duration | undefined }): NotFound {
  return new NotFound(readOptions('notFound', { ttl: milliseconds }, options).ttl ?? 0)
}

/** A list of tags, without doubles. */
export function tagList(value: unknown, where: string): readonly string[] {
  if (!Array.isArray(value) || value.length > MOST_TAGS)
    return expected(`an array of up to ${MOST_TAGS} tags`, value, where)
  if (value.length === 0) return NO_TAGS
  for (const tag of value) {
    if (typeof tag !== 'string' || tag.length > LONGEST_TAG) {
      return expected(`tags to be strings of up to ${LONGEST_TAG} characters`, tag, where)
    }
  }
  return Object.freeze([...new Set<string>(value)])
}

function versionNumber(value: unknown, where: string): number {
  if (typeof value === 'number' && !Number.isNaN(value)) return value
  throw new TerraceError('ERR_OPTION_INVALID', `${where}: expected a number, got ${shown(value)}`)
}

const MOST_TAGS = 100
const LONGEST_TAG = 1000

/** The options that say how a value is kept, for {@link readOptions}. */
export const keepSchema: {
  readonly ttl: typeof milliseconds
  readonly tags: typeof tagList
  readonly version: typeof versionNumber
} = { ttl: milliseconds, tags: tagList, version: versionNumber }
