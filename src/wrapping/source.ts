import type { BatchFetcher, Fetcher, FetchOptions, SetOptions } from '../cache/calls.ts'
import type { WriteResult } from '../cache/write.ts'
import type { Duration } from '../duration.ts'
import { callable, expected, readOptions } from '../options.ts'

/** A key and its value. */
export type Pair<V> = readonly [key: string, value: V]

/** What a source is given when it is written to. */
export interface WriteContext {
  /** Aborts when the source has taken longer than `timeout`. What it was asked for counts as under way until it has settled. */
  readonly signal: AbortSignal
}

/** The versions of what was written, in the order of the entries, `undefined` for those that have none; or nothing at all. */
export type Versions = readonly (number | undefined)[] | void

/** Where values come from, and where they go. */
export interface Source<V, S = V> {
  /** Gets one value, like the fetcher of `getOrFetch`. */
  readonly read: Fetcher<V, S>
  /** Gets several at once, like that of `getOrFetchMany`. Default: `read`, once for each. */
  readonly readMany?: BatchFetcher<V, S> | undefined
  /** Writes values under different keys: all of them, or it throws. Must bear being called again with the same. */
  readonly write: (entries: readonly Pair<V>[], context: WriteContext) => Versions | PromiseLike<Versions>
  /** Removes keys, whether they are there or not: all of them, or it throws. Default: nothing can be deleted. */
  readonly delete?: ((keys: readonly string[], context: WriteContext) => unknown) | undefined
}

/** Options of a read: the caller's own `signal`. */
export type CallerOptions = Pick<FetchOptions, 'signal'>

/** A source read and written through its cache. Calls reject as those of the cache do. */
export interface Through<V> extends AsyncDisposable {
  /** The value under `key`: from the cache, else from the source. `undefined`: there is none. */
  get(key: string, options?: CallerOptions): Promise<V | undefined>
  /** The values under several keys, in their order. */
  getMany(keys: readonly string[], options?: CallerOptions): Promise<(V | undefined)[]>
  /** Writes a value to the source and the cache. Writes of a key take effect in the order of their calls. */
  set(key: string, value: V, options?: SetOptions): Promise<WriteResult>
  /** {@link Through.set} for several keys. A key given twice gets its last value. */
  setMany(pairs: Iterable<Pair<V>>, options?: SetOptions): Promise<WriteResult>
  /** Removes a key. Rejects with `ERR_UNSUPPORTED` if the source cannot delete. */
  delete(key: string): Promise<WriteResult>
  /** {@link Through.delete} for several keys. */
  deleteMany(keys: readonly string[]): Promise<WriteResult>
  /** How many writes the source has not taken yet. A key that is written anew while it is being written counts twice. */
  readonly queued: number
  /** Resolves when the source has been told what was written before, or that was given up. */
  flush(): Promise<void>
  /**
   * Takes no more calls, and waits for what is under way: until then (default: `10s`) the source can be told what it
   * has not been told yet; the rest is given up. Leaves the cache open. Can be repeated.
   */
  close(options?: { readonly within?: Duration | undefined }): Promise<void>
}

const checks = {
  read: callable<Fetcher<unknown>>(),
  readMany: callable<BatchFetcher<unknown>>(),
  write: callable<Source<unknown>['write']>(),
  delete: callable<NonNullable<Source<unknown>['delete']>>(),
}

/** The option-like argument `source`, of which the methods may be those of a class. */
export function readSource<V>(source: Source<V>): Source<V> {
  if (typeof source !== 'object' || source === null) return expected('a source', source, 'through: source')
  const { read, readMany, write, delete: remove } = source
  const checked = readOptions('through: source', checks, { read, readMany, write, delete: remove })
  if (checked.read === undefined) expected('a function', read, 'through: source: read')
  if (checked.write === undefined) expected('a function', write, 'through: source: write')
  return {
    read: (key, context) => source.read(key, context),
    readMany: readMany && ((keys, context) => source.readMany!(keys, context)),
    write: (entries, context) => source.write(entries, context),
    delete: remove && ((keys, context) => source.delete!(keys, context)),
  }
}
