/** Counts of a {@link MemoryCache} since it was made. */
export interface MemoryStats {
  /** Reads by `get` that found an entry. */
  readonly hits: number
  /** Reads by `get` that found none, or one that had expired. */
  readonly misses: number
  /** hits / (hits + misses); 0 before the first read. */
  readonly hitRatio: number
  /** Calls of `set`, the refused ones included. */
  readonly sets: number
  /** Entries removed by `delete`. */
  readonly deletes: number
  /** Entries that left to make room. */
  readonly evictions: number
  /** Entries that left because their time was over. */
  readonly expired: number
  /** Entries refused because they were larger than the bounds. */
  readonly refused: number
  /** Entries held now. */
  readonly entries: number
  /** Bytes held now as `sizeOf` counts them; 0 where nothing is weighed. */
  readonly bytes: number
  readonly maxEntries: number
  /** `Infinity` where the cache is not bounded by bytes. */
  readonly maxBytes: number
  /** Milliseconds since the cache was made. */
  readonly uptime: number
}

/** The counts that go with what enters and leaves, as they are kept. */
export type EntryCounts = {
  -readonly [Name in 'sets' | 'deletes' | 'evictions' | 'expired' | 'refused']: MemoryStats[Name]
}
