import type { BatchFetcher, Fetcher, FetchOptions, Result, SetOptions } from '../cache/calls.ts'
import type { WriteResult } from '../cache/write.ts'

// What code that is built on a cache asks of it. A cache and its namespaces have all of it.

/** A cache that results are read from, and fetched into. */
export interface FetchingCache<V = unknown> {
  getOrFetch(key: string, fetcher: Fetcher<never>, options?: FetchOptions<never>): Promise<Result<unknown>>
  /** @throws TerraceError `ERR_KEY_INVALID`, `ERR_CLOSED` */
  peek(key: string): V | undefined
  delete(key: string): Promise<WriteResult>
}

/** A cache that is told what has changed. */
export interface InvalidatedCache {
  deleteMany(keys: readonly string[]): Promise<WriteResult>
  invalidateTags(tags: readonly string[]): Promise<WriteResult>
}

/** A cache in front of a source that is written through it. */
export interface SourceCache<V> {
  getOrFetch<T extends V, S = T>(key: string, fetcher: Fetcher<T, S>, options?: FetchOptions<T>): Promise<Result<T>>
  getOrFetchMany<T extends V, S = T>(
    keys: readonly string[],
    fetcher: BatchFetcher<T, S>,
    options?: FetchOptions<T>,
  ): Promise<Result<T>[]>
  set(key: string, value: V, options?: SetOptions): Promise<WriteResult>
  /** @throws TerraceError `ERR_KEY_INVALID`, `ERR_CLOSED` */
  peek(key: string): V | undefined
  setMany(pairs: Iterable<readonly [string, V]>, options?: SetOptions): Promise<WriteResult>
  deleteMany(keys: readonly string[]): Promise<WriteResult>
}
