import { type Duration, durationWithin } from '../duration.ts'
import { shown, TerraceError } from '../errors.ts'
import { abortSignal, callable, flag, readOptions } from '../options.ts'

/** How far a paced invalidation has come. */
export interface InvalidationProgress {
  /** Keys that have been invalidated. */
  readonly done: number
  /** Keys there are, as far as they could be counted before. */
  readonly total: number
}

/** Options of `invalidateTags`, `clear` and `clearPrefix`: what takes effect at once may keep stale copies, what is spread over a time does not. */
export type InvalidateOptions = ExpireOptions | PacedOptions

/** {@link InvalidateOptions} of what takes effect at once. */
interface ExpireOptions {
  /**
   * Whether what can be served stale (`staleFor`) is kept, as stale: what is covered is fetched anew, and where that
   * fails or is slow, the old copy may stand in, until its time to be stale is over. All other copies are gone. Not
   * together with `over`. Default: `false`.
   */
  readonly keepStale?: boolean | undefined
  readonly over?: undefined
  readonly floor?: undefined
  readonly signal?: undefined
  readonly onProgress?: undefined
  /** See {@link DryRunOptions}. */
  readonly dryRun?: false | undefined
}

/** {@link InvalidateOptions} of what is spread over a time. */
interface PacedOptions {
  readonly keepStale?: false | undefined
  /**
   * Over which time it is spread, up to 24 hours: the keys that can be listed are invalidated one after the
   * other, evenly, those used last in level 1 first, so that they are not all fetched at once. Default: at once.
   */
  readonly over?: Duration | undefined
  /**
   * With `over`: whether at the end the floor itself is raised, in any case. Then nothing is missed that other
   * processes alone hold in memory; and what was fetched anew meanwhile is fetched once more. Default: only where
   * a level cannot list its keys.
   */
  readonly floor?: boolean | undefined
  /** With `over`: ends it; the call rejects with its reason, and what is invalidated already stays so. */
  readonly signal?: AbortSignal | undefined
  /** With `over`: told how far it has come. */
  readonly onProgress?: ((progress: InvalidationProgress) => void) | undefined
  /** See {@link DryRunOptions}. */
  readonly dryRun?: false | undefined
}

/** Options of `invalidateTags`, `clear` and `clearPrefix` that change nothing. */
export interface DryRunOptions {
  /** Nothing is invalidated: it is told what it would cost. */
  readonly dryRun: true
  /** For how long reads are watched, to tell how many fetches it would cost, up to a minute; 0: not at all. Default: one second. */
  readonly watch?: Duration | undefined
  /** It would cost the same. */
  readonly keepStale?: boolean | undefined
}

/** {@link InvalidateOptions} with `over`, checked. */
export interface PacedTerms {
  /** Milliseconds. */
  readonly over: number
  readonly floor: boolean
  readonly signal: AbortSignal | undefined
  readonly onProgress: ((progress: InvalidationProgress) => void) | undefined
}

/** What is wanted: at once, over a time, or only to know. */
export type InvalidationCall =
  | { readonly kind: 'at once'; readonly keepStale: boolean }
  | { readonly kind: 'paced'; readonly terms: PacedTerms }
  | { readonly kind: 'dry run'; readonly watch: number }

const LONGEST_WATCH = 60_000
const LONGEST_PACE = 86_400_000

const schema = {
  keepStale: flag,
  over: durationWithin(0, LONGEST_PACE, 'a duration of up to 24 hours'),
  floor: flag,
  signal: abortSignal,
  onProgress: callable<(progress: InvalidationProgress) => void>(),
  dryRun: flag,
  watch: durationWithin(0, LONGEST_WATCH, 'a duration of up to a minute'),
}

/** @throws TerraceError `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID` */
export function readInvalidateOptions(
  where: string,
  options: InvalidateOptions | DryRunOptions | undefined,
): InvalidationCall {
  const { keepStale, over, floor, signal, onProgress, dryRun, watch } = readOptions(where, schema, options)
  const given = { floor, signal, onProgress }
  if (dryRun === true) {
    without(where, { over, ...given }, 'means nothing with dryRun')
    return { kind: 'dry run', watch: watch ?? 1000 }
  }
  without(where, { watch }, 'is for dryRun')
  if (over === undefined || over === 0) {
    without(where, given, 'is for an invalidation over a time (over)')
    return { kind: 'at once', keepStale: keepStale ?? false }
  }
  if (keepStale === true) without(where, { over }, 'means nothing with keepStale, for what is stale is still served')
  return { kind: 'paced', terms: { over, floor: floor ?? false, signal, onProgress } }
}

function without(where: string, options: Readonly<Record<string, unknown>>, why: string): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue
    throw new TerraceError('ERR_OPTION_INVALID', `${where}: ${name}: ${why}, got ${shown(value)}`)
  }
}
