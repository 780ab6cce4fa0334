import type { Duration } from '../duration.ts'
import { milliseconds } from '../duration.ts'
import { shown, TerraceError } from '../errors.ts'
import { type Check, expected, oneOf, readOptions } from '../options.ts'
import { RANKS, type Rank } from '../rank.ts'
import { NO_TAGS } from './entry.ts'
import { ABSENT } from './held.ts'
import type { LevelUses } from './level-use.ts'
import { LONGEST_VALIDATOR } from './upkeep.ts'

/** How a value is to be kept. Everything is optional. */
export interface KeepOptions {
  /** How long the value may be served. 0: not kept at all. Default: the cache's `ttl`. */
  readonly ttl?: Duration | undefined
  /** Names under which `invalidateTags` finds the value: at most 100, each up to 1,000 characters. */
  readonly tags?: readonly string[] | undefined
  /** A number that grows with each change of the value at its source: an older version never replaces a newer one. */
  readonly version?: number | undefined
  /** For how long after its ttl the value is kept as stale, for when the source fails. Default: the cache's `staleFor`. */
  readonly staleFor?: Duration | undefined
  /** What becomes of the value when level 1 of this process is full. Default: the cache's `priority`. */
  readonly priority?: Rank | undefined
}

/** How a fetched value is to be kept. */
export interface FoundOptions extends KeepOptions {
  /** What the source calls this state of the value (HTTP's ETag), for the next fetch to ask with: up to 1,000 characters. */
  readonly etag?: string | undefined
  /** When the source last changed it, as it says (HTTP's Last-Modified): up to 1,000 characters. */
  readonly lastModified?: string | undefined
  /** Levels that do not keep it, or for a time of their own, besides what the call says. Whether they are read counts for nothing here. */
  readonly levels?: LevelUses | undefined
}

/** {@link KeepOptions}, checked. */
export interface Keep {
  readonly ttl?: number
  readonly tags?: readonly string[]
  readonly version?: number
  readonly staleFor?: number
  readonly priority?: Rank
}

/** {@link FoundOptions}, checked. */
export interface FoundKeep extends Keep {
  readonly etag?: string
  readonly lastModified?: string
  /** Checked where the levels are known. */
  readonly levels?: LevelUses
}

// Private fields make these classes unlike any value that happens to have the same properties.

/** What a fetcher returns to say more than the value alone: made by {@link found}. */
export class Found<T> {
  readonly #data: T
  readonly #keep: FoundKeep

  constructor(data: T, keep: FoundKeep) {
    this.#data = data
    this.#keep = keep
  }

  /** Not named `data`: the compiler would infer `T` from any value that has a property of that name. */
  get foundData(): T {
    return this.#data
  }

  get keep(): FoundKeep {
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

/** What a fetcher returns when its stale copy is as good as new: made by `context.notModified`. */
export class NotModified {
  readonly #keep: FoundKeep

  constructor(options: FoundOptions | undefined) {
    this.#keep = readOptions('notModified', foundSchema, options)
  }

  get keep(): FoundKeep {
    return this.#keep
  }
}

/** What a fetcher returns when it has failed: made by `context.fail`. */
export class Failed {
  readonly #error: unknown

  constructor(reason: unknown) {
    this.#error =
      reason instanceof Error
        ? reason
        : new TerraceError('ERR_FETCH_FAILED', `the fetcher failed: ${String(reason)}`, { cause: reason })
  }

  /** What callers are rejected with, where there is no stale copy for them. */
  get error(): unknown {
    return this.#error
  }
}

/** Whether this is what a fetcher says instead of a value. */
export function isAnswer(value: unknown): boolean {
  return value instanceof Found || value instanceof NotFound || value instanceof NotModified || value instanceof Failed
}

/** What a fetcher may say about a key: a value, nothing (`undefined`), or more through `found`, `notFound` and its context. */
export type Answer<T> = T | undefined | Found<T> | NotFound | NotModified | Failed

/**
 * A value together with how it is to be kept: `return found(user, { ttl: '5m', tags: ['users'] })`.
 *
 * @throws TerraceError `ERR_ARGUMENT_INVALID` if `data` is `undefined` or `ABSENT`; `ERR_OPTION_UNKNOWN` or
 * `ERR_OPTION_INVALID` for a wrong option.
 */
export function found<T>(data: T, options?: FoundOptions): Found<T> {
  if (data === undefined || data === ABSENT || isAnswer(data)) {
    const text = `found: expected a value, got ${shown(data)}; say notFound() instead`
    throw new TerraceError('ERR_ARGUMENT_INVALID', text)
  }
  return new Found(data, readOptions('found', foundSchema, options))
}

/**
 * A value that answers those who wait for it and is kept nowhere.
 *
 * @throws TerraceError `ERR_ARGUMENT_INVALID` if `data` is `undefined` or `ABSENT`
 */
export function doNotKeep<T>(data: T): Found<T> {
  return found(data, { ttl: 0, staleFor: 0 })
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
  readonly staleFor: typeof milliseconds
  readonly priority: Check<Rank>
} = { ttl: milliseconds, tags: tagList, version: versionNumber, staleFor: milliseconds, priority: oneOf(RANKS) }

const validator: Check<string> = (value, where) =>
  typeof value === 'string' && value.length <= LONGEST_VALIDATOR
    ? value
    : expected(`a string of up to ${LONGEST_VALIDATOR} characters`, value, where)

const foundSchema = {
  ...keepSchema,
  etag: validator,
  lastModified: validator,
  levels: (value: unknown): LevelUses => value as LevelUses,
}
