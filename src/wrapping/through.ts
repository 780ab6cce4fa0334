import type { FetchOptions } from '../cache/calls.ts'
import { type Duration, milliseconds } from '../duration.ts'
import { tagList } from '../entry/answer.ts'
import { type Check, checkPlain, flag, readOptions } from '../options.ts'
import type { World } from '../world/world.ts'
import { type BehindOptions, type BehindSettings, behindSettings } from './behind-options.ts'
import type { SourceCache } from './cache-verbs.ts'
import { Keeping, type SetCheck } from './keeping.ts'
import { readSource, type Source, type Through } from './source.ts'
import { SourceCalls } from './source-calls.ts'
import { WriteBehind } from './write-behind.ts'
import { WriteThrough } from './write-through.ts'

/**
 * How a source is read and written through a cache. All other options of `getOrFetch` are taken as well, for reads;
 * `ttl`, `tags`, `staleFor` and `priority` also say how what is written is kept.
 */
export interface ThroughOptions<V> extends Omit<FetchOptions<V>, 'signal'> {
  /**
   * Whether writes are acknowledged when the cache and a queue have them, and brought to the source later; `true`, or
   * how. Default: `false`, the source is written first.
   */
  readonly behind?: boolean | BehindOptions<V> | undefined
  /**
   * Whether no other process writes the keys that this one writes. If others do, and the source returns no versions,
   * nobody knows whose write was the last where levels are shared: then what was written is invalidated, and the next
   * read fetches it. Default: `false`.
   */
  readonly soleWriter?: boolean | undefined
  /** After which time the source is asked, by its signal, to give a write up; `Infinity`: never. Default: `30s`. */
  readonly timeout?: Duration | undefined
}

/** What is known of the cache in front of a source, besides what it does for keys. */
export interface ThroughContext<V> {
  readonly world: World
  /** Whether other processes have levels of the cache as well. */
  readonly isShared: boolean
  /** Throws for options that `getOrFetch` would not take. */
  readonly checkFetch: (options: FetchOptions<V>) => void
  readonly checkSet: SetCheck<V>
  /** Called when nothing is under way any more, and nothing will be. */
  readonly onClosed: () => void
}

const behind: Check<BehindSettings<never> | false> = (value, where) =>
  value === false ? false : behindSettings(value === true ? undefined : value, where)

const schema = { behind, soleWriter: flag, timeout: milliseconds }

/**
 * A source that is read and written through `cache`.
 *
 * @throws TerraceError `ERR_OPTION_UNKNOWN`, `ERR_OPTION_INVALID`
 */
export function through<V>(
  cache: SourceCache<V>,
  source: Source<V>,
  options: ThroughOptions<V> | undefined,
  { world, isShared, checkFetch, checkSet, onClosed }: ThroughContext<V>,
): Through<V> {
  const known = readSource(source)
  if (options !== undefined) checkPlain('through', options)
  const { behind, soleWriter, timeout, ...rest } = options ?? {}
  const own = readOptions('through', schema, { behind, soleWriter, timeout })
  const fetch: FetchOptions<V> = rest.tags === undefined ? rest : { ...rest, tags: tagList(rest.tags, 'through: tags') }
  checkFetch(fetch)
  const keeping = new Keeping(cache, known, fetch, !isShared || own.soleWriter === true, checkSet)
  const calls = new SourceCalls(known, world, own.timeout ?? 30_000)
  if (own.behind === undefined || own.behind === false) return new WriteThrough(keeping, calls, world, onClosed)
  return new WriteBehind(keeping, calls, world, own.behind as BehindSettings<V>, onClosed)
}
