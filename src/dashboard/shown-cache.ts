import type { MultiLevelCache } from '../cache.ts'

/** A cache as far as the dashboard looks at it. */
export type ShownCache = Pick<
  MultiLevelCache<unknown>,
  | 'name'
  | 'stats'
  | 'on'
  | 'advice'
  | 'watchAdvice'
  | 'sampleHits'
  | 'peek'
  | 'explain'
  | 'keys'
  | 'covers'
  | 'info'
  | 'watchFleet'
  | 'trace'
  | 'delete'
  | 'invalidateTags'
  | 'clear'
  | 'clearPrefix'
>

/** One cache, several that have different names, or several by names given here. */
export type ShownCaches = ShownCache | readonly ShownCache[] | Readonly<Record<string, ShownCache>>
