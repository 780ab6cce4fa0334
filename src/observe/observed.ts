import { shown, TerraceError } from '../errors.ts'
import type { EventOf, EventType, Tracer } from '../events.ts'
import type { CacheStats } from './stats.ts'

/** A cache, as far as it is to be observed. */
export interface Observed {
  readonly name: string
  stats(): CacheStats
  on<T extends EventType>(types: T | readonly T[], observer: (event: EventOf<T>) => void): () => void
  trace(tracer: Tracer, options?: { readonly hits?: boolean }): () => void
}

/** One cache, several that have different names, or several by names given here. */
export type ObservedCaches = Observed | readonly Observed[] | Readonly<Record<string, Observed>>

/** More would be a mistake: each is a label in every metric. */
const MOST_CACHES = 1000

/** What any cache tells of itself. */
type Named = Pick<Observed, 'name' | 'stats'>

/**
 * The caches by name, all of them open: whoever begins to observe the first is not stopped by the last.
 *
 * @throws TerraceError `ERR_ARGUMENT_INVALID` for anything else, and for two with the same name; `ERR_CLOSED`
 */
export function byName<C extends Named>(
  caches: C | readonly C[] | Readonly<Record<string, C>>,
  where: string,
): ReadonlyMap<string, C> {
  const named = new Map<string, C>()
  for (const [name, cache] of entriesOf(caches, where)) {
    if (!isCache<C>(cache)) throw wrong(where, `a cache${name === undefined ? '' : ` as '${name}'`}`, cache)
    const label = name ?? cache.name
    if (named.has(label)) {
      const text = `${where}: two caches are named '${label}'; give them different names (createCache({ name }))`
      throw new TerraceError('ERR_ARGUMENT_INVALID', text)
    }
    named.set(label, cache)
  }
  if (named.size === 0 || named.size > MOST_CACHES) throw wrong(where, `1 to ${MOST_CACHES} caches`, caches)
  for (const cache of named.values()) cache.stats()
  return named
}

/** Counts as they stand; `undefined` for a cache that has been closed. */
export function statsOf(cache: Pick<Observed, 'stats'>): CacheStats | undefined {
  try {
    return cache.stats()
  } catch (error) {
    if (error instanceof TerraceError && error.code === 'ERR_CLOSED') return undefined
    throw error
  }
}

function entriesOf(caches: unknown, where: string): [string | undefined, unknown][] {
  if (isCache(caches)) return [[undefined, caches]]
  if (Array.isArray(caches)) return caches.map((cache: unknown) => [undefined, cache])
  if (typeof caches === 'object' && caches !== null) return Object.entries(caches)
  throw wrong(where, 'a cache, an array of caches, or an object of caches by name', caches)
}

function isCache<C extends Named>(value: unknown): value is C {
  if (typeof value !== 'object' || value === null) return false
  const cache = value as Record<string, unknown>
  return typeof cache.name === 'string' && typeof cache.stats === 'function' && typeof cache.on === 'function'
}

function wrong(where: string, what: string, got: unknown): TerraceError {
  return new TerraceError('ERR_ARGUMENT_INVALID', `${where}: expected ${what}, got ${shown(got)}`)
}
