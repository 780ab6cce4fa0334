import type { CacheOptions, CacheStats, Explanation, MemoryOptions, SetOptions, WriteResult } from '../../src/index.ts'
import type { DiskOptions } from '../../src/levels/disk.ts'
import type { MemcachedOptions } from '../../src/levels/memcached.ts'
import type { RedisOptions } from '../../src/levels/redis.ts'

/** A level as it can be told to another process. */
export type LevelSpec =
  | { readonly kind: 'memory'; readonly options?: MemoryOptions }
  | { readonly kind: 'redis'; readonly options: string | RedisOptions }
  | { readonly kind: 'memcached'; readonly options: MemcachedOptions }
  | { readonly kind: 'disk'; readonly options: DiskOptions }

/** A cache as it can be told to another process. */
export interface Setup {
  readonly levels: readonly LevelSpec[]
  readonly cache?: Omit<CacheOptions, 'levels' | 'observe' | 'world'>
  /** Milliseconds by which all clocks of the process go wrong. */
  readonly skew?: number
}

/** What a fetcher does: waits at a gate, waits some milliseconds, then fails or answers. */
export interface Source {
  readonly value?: unknown
  readonly gate?: string
  readonly ms?: number
  /** With this message. */
  readonly fails?: string
  readonly ttl?: number
  readonly tags?: readonly string[]
}

export interface Timed<T> {
  readonly answer: T
  /** Milliseconds. */
  readonly took: number
}

/** What became of many callers for one key. */
export interface Storm {
  /** The different values they got, the different errors, and how many failed. */
  readonly values: readonly unknown[]
  readonly errors: readonly string[]
  readonly failed: number
  /** Milliseconds the slowest waited. */
  readonly longest: number
  readonly fetches: number
}

export interface Tumult {
  readonly keys: readonly string[]
  /** Whether this process writes the even keys or the odd ones. */
  readonly own: 0 | 1
  readonly ms: number
  readonly seed: number
}

/** Latencies in milliseconds. */
export interface Latencies {
  readonly count: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

export interface LoadReport {
  readonly hot: Latencies
  readonly cold: Latencies
  readonly errors: readonly string[]
  /** Answers that were not what the source has. */
  readonly wrong: number
  /** Cold reads asked for that are not answered yet. */
  readonly unanswered: number
}

/** Everything a process can be asked for, and what it answers. */
export interface Orders {
  open(setup: Setup): void
  getOrFetch(key: string, source: Source): Timed<unknown>
  get(key: string, after?: string): Timed<unknown>
  token(): string
  getMany(keys: readonly string[]): Timed<unknown[]>
  set(key: string, value: unknown, how?: SetOptions): Timed<WriteResult>
  setMany(pairs: readonly (readonly [string, unknown])[], how?: SetOptions): Timed<WriteResult>
  delete(key: string): Timed<WriteResult>
  invalidateTags(tags: readonly string[]): Timed<WriteResult>
  peek(key: string): unknown
  ttl(key: string): number | undefined
  stats(): CacheStats
  explain(key: string): Explanation
  /** How often each event was told, by its type, and its level and what happened to it where it has one. */
  events(): Record<string, number>
  /** What the process complained of. */
  warnings(): readonly string[]
  /** Resolves when a fetcher waits at this gate. */
  begun(gate: string): void
  letGo(gate: string): void
  /** Many callers for one key at once. */
  storm(key: string, callers: number, source: Source): Storm
  beginLoad(hot: string, coldFetchTime: number): void
  endLoad(): LoadReport
  /**
   * Sets, deletes and slow fetches of a few keys for a while. A process writes its own keys only, so that it
   * knows the truth about them. @returns the number written last under each key, `undefined` where it was deleted
   */
  tumult(tumult: Tumult): Record<string, number | undefined>
  /** Sets so many keys with values of 100 characters. @returns how many entries level 1 holds then */
  fill(count: number, ttl: number): number | undefined
  size(): number | undefined
  /** Bytes in use after a garbage collection. */
  memory(): number
  close(): void
}
