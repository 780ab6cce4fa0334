import { freshFor, isDead, isStale, remaining } from '../entry/age.ts'
import type { Entry } from '../entry/entry.ts'
import type { Era } from '../entry/era.ts'
import { type Finding, type Floor, NOTHING_FOUND } from '../entry/finding.ts'
import { type Mask, maskSecrets, type Preview, type PreviewLimits, preview } from '../entry/preview.ts'
import { placeId, type Scope } from '../entry/scope.ts'
import { heapBytes } from '../memory/heap-bytes.ts'
import { callable, expected, integer, readOptions } from '../options.ts'
import type { GuardedLevel } from '../remote/guarded-level.ts'
import { deepestHeard, type Parts } from './parts.ts'

/** What one level holds under a key now. `undefined` where the level does not know. */
export interface LevelExplanation {
  readonly name: string
  /**
   * `served`, `absent`, `stale` (it is there, and counts as a miss: it is served only where the fetcher fails, is slow
   * or is being spared), `barred` (it is there, and must not be served), `unknown` (the level failed or is behind).
   */
  readonly state: 'served' | 'absent' | 'stale' | 'barred' | 'unknown'
  /** Why it is not served, or what is to be said about it all the same, in words. */
  readonly reason: string | undefined
  /** `false`: what is kept is that the key has no value. */
  readonly found: boolean
  /** Milliseconds left, those in which it is stale as well; `Infinity` for no deadline. */
  readonly ttl: number | undefined
  /** How it is kept fresh; `undefined` where it is fresh for as long as it lives, and that is all. */
  readonly upkeep: UpkeepExplanation | undefined
  /** Milliseconds since it was written here. A level in memory does not remember. */
  readonly age: number | undefined
  /** What it takes here; `estimated` from the value where the level does not weigh. */
  readonly size: { readonly bytes: number; readonly estimated: boolean } | undefined
  /** At which era of this level it was born. */
  readonly born: Era | undefined
  /** The invalidations this level remembers that cover the key or a tag of its entry; at most 100. */
  readonly floors: readonly Floor[]
  /** The codec its bytes were made with; `undefined` where values lie as they are. */
  readonly codec: string | undefined
  /** Which process last set or invalidated the key in this level, where that is known. */
  readonly writer: string | undefined
  readonly tags: readonly string[]
  readonly version: number | undefined
  /** The value as text; `undefined` if there is none, or none is wanted. */
  readonly preview: Preview | undefined
}

/** How an entry is kept fresh, in milliseconds from now. */
export interface UpkeepExplanation {
  /** How long ago its value was fetched or written, whichever level it was written to since. */
  readonly age: number
  /** For how long it is fresh; 0 once it is stale, `Infinity` for always. */
  readonly freshFor: number
  /** For how long it has been stale; `undefined` while it is fresh. */
  readonly staleFor: number | undefined
  /** When whoever asks has it refreshed in the background; 0: now. `undefined` where it is not refreshed ahead. */
  readonly dueIn: number | undefined
  readonly etag: string | undefined
  readonly lastModified: string | undefined
}

/** Where a key is now, and why it is or is not served. */
export interface Explanation {
  readonly key: string
  /** The level that would answer a request now; `undefined` if none would. */
  readonly servedBy: string | undefined
  /** The key is being looked up, or fetched, now. */
  readonly flight: 'lookup' | 'fetch' | undefined
  /** All of it in a sentence. */
  readonly summary: string
  /** Level 1 first. */
  readonly levels: readonly LevelExplanation[]
}

/** Options of `explain`. */
export interface ExplainOptions {
  /**
   * How values are shown: `false` for not at all. `maxLength`: characters, 1 to 100,000, default 1,000.
   * `mask`: says what is shown in the place of each part of a value. Default: what lies under a name that
   * sounds like a secret (`password`, `token`, `apiKey` …) is shown as `•••`.
   */
  readonly preview?: false | { readonly maxLength?: number | undefined; readonly mask?: Mask | undefined } | undefined
}

const LONGEST_PREVIEW = 1000

const previewSchema = { maxLength: integer(1, 100_000), mask: callable<Mask>() }

const explainSchema = {
  preview: (value: unknown, where: string): PreviewLimits | false => {
    if (value === false) return false
    if (typeof value !== 'object') return expected('false, or an object of options', value, where)
    const { maxLength = LONGEST_PREVIEW, mask = maskSecrets } = readOptions(where, previewSchema, value)
    return { maxLength, mask }
  },
}

/** @throws TerraceError `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID` */
export function readExplainOptions(options: ExplainOptions | undefined): PreviewLimits | false {
  return readOptions('explain', explainSchema, options).preview ?? { maxLength: LONGEST_PREVIEW, mask: maskSecrets }
}

/** Asks all levels at once. Counts as no read, and promotes nothing. `shown`: the key as its caller knows it. */
export async function explain(
  parts: Parts,
  key: string,
  shown: string,
  limits: PreviewLimits | false,
): Promise<Explanation> {
  const flight = parts.fetches.find(key) ? 'fetch' : parts.lookups.find(key) ? 'lookup' : undefined
  const [doubts, ...findings] = await Promise.all([
    doubtsAbout(parts, key),
    ...parts.levels.map((level) => level.explain(key)),
  ])
  const levels = parts.levels.map((level, n) => {
    const doubt = n < doubts.levels && level.traits.shares === undefined ? doubts.reason : undefined
    return describe(parts, level, findings[n], key, doubt, limits)
  })
  const server = levels.find(({ state }) => state === 'served')
  return { key: shown, servedBy: server?.name, flight, summary: summed(server, flight, levels), levels }
}

/** What private levels above shared ones hold is served only while it is known to be current. */
interface Doubts {
  /** How many levels are doubted, from the first. */
  readonly levels: number
  /** `undefined`: there is proof. */
  readonly reason: { readonly serves: boolean } | undefined
}

async function doubtsAbout({ levels, currency, plan }: Parts, key: string): Promise<Doubts> {
  const deepest = deepestHeard(levels)
  // A read would ask for proof as well.
  const isProven = deepest <= 0 || currency.isProven || (await currency.proves(key))
  return { levels: deepest, reason: isProven ? undefined : { serves: plan.whenCutOff === 'serve' } }
}

function describe(
  parts: Parts,
  level: GuardedLevel,
  finding: Finding | undefined,
  key: string,
  doubt: Doubts['reason'],
  limits: PreviewLimits | false,
): LevelExplanation {
  const { entry, age, bytes, codec, floors } = finding ?? NOTHING_FOUND
  const now = parts.world.tick()
  const weighed = bytes ?? (entry?.found && level.traits.near !== undefined ? heapBytes(entry.value) : undefined)
  return {
    name: level.name,
    ...judge(level, finding, key, now, doubt),
    found: entry?.found ?? false,
    ttl: entry && remaining(entry, now),
    upkeep: entry && upkeepOf(entry, now),
    age,
    size: weighed === undefined ? undefined : { bytes: weighed, estimated: bytes === undefined },
    born: entry?.born,
    floors,
    codec,
    writer: floors.find(({ scope }) => scope.kind === 'key')?.by,
    tags: entry?.tags ?? [],
    version: entry?.version,
    preview: entry?.found && limits !== false ? preview(entry.value, key, limits) : undefined,
  }
}

function upkeepOf(entry: Entry, now: number): UpkeepExplanation | undefined {
  const { upkeep } = entry
  if (upkeep === undefined) return undefined
  const { since, due, freshUntil, etag, lastModified } = upkeep
  return {
    age: Math.max(0, now - since),
    freshFor: freshFor(entry, now),
    staleFor: isStale(entry, now) ? now - freshUntil : undefined,
    dueIn: due < freshUntil ? Math.max(0, due - now) : undefined,
    etag,
    lastModified,
  }
}

function judge(
  level: GuardedLevel,
  finding: Finding | undefined,
  key: string,
  now: number,
  doubt: Doubts['reason'],
): Pick<LevelExplanation, 'state' | 'reason'> {
  if (finding === undefined) return { state: 'unknown', reason: whyUntold(level) }
  const { entry, barredBy, expiredBy, flaw } = finding
  if (level.isBehind(key) || (entry !== undefined && level.isBehindOn(entry))) {
    return { state: 'unknown', reason: 'the level has missed an invalidation and is being told again' }
  }
  if (entry === undefined) return { state: 'absent', reason: flaw ?? 'the level holds nothing under this key' }
  if (barredBy !== undefined)
    return { state: 'barred', reason: `it is older than the last invalidation of ${named(barredBy)}` }
  if (isDead(entry, now)) return { state: 'barred', reason: 'its time is over' }
  if (flaw !== undefined) return { state: 'barred', reason: flaw }
  if (isStale(entry, now)) {
    const why = expiredBy === undefined ? 'it is stale' : `it was kept as stale by the expiry of ${named(expiredBy)}`
    return { state: 'stale', reason: `${why}: served only where the fetcher fails, is slow or is being spared` }
  }
  if (doubt === undefined) return { state: 'served', reason: undefined }
  const why = 'it cannot be proven to be current, for a shared level below does not answer'
  return doubt.serves
    ? { state: 'served', reason: `${why}; it is served all the same (whenCutOff: 'serve')` }
    : { state: 'barred', reason: `${why} (whenCutOff: 'fetch')` }
}

function whyUntold({ breaker }: GuardedLevel): string {
  if (breaker === 'closed') return 'the level did not answer'
  return 'the level has not answered of late, and is not asked for a while'
}

function named(scope: Scope): string {
  return scope.kind === 'all' ? 'everything' : placeId(scope)
}

function summed(
  server: LevelExplanation | undefined,
  flight: Explanation['flight'],
  levels: readonly LevelExplanation[],
): string {
  if (server !== undefined) {
    const what = server.found ? 'its value' : 'that it has no value'
    const ms = server.upkeep?.freshFor ?? server.ttl ?? 0
    const left = ms === Number.POSITIVE_INFINITY ? 'without an end' : `for another ${lasting(ms)}`
    const fresh = server.upkeep === undefined ? '' : ', fresh'
    const ahead = server.upkeep?.dueIn === 0 ? ', and has a fetcher refresh it in the background' : ''
    return `A read is answered by ${server.name}, which holds ${what}${fresh} ${left}${ahead}.`
  }
  const stale = levels.find(({ state }) => state === 'stale')
  const spare = stale === undefined ? '' : ` If that fails or is slow, the stale copy in ${stale.name} may stand in.`
  const reasons = levels.map(({ name, reason }) => `${name}: ${reason}`).join('; ')
  const next = flight === 'fetch' ? 'waits for the fetch under way' : 'goes to the source'
  return `No level can answer a read (${reasons}): it ${next}.${spare}`
}

function lasting(ms: number): string {
  if (ms < 1000) return `${Math.ceil(ms)} ms`
  if (ms < 120_000) return `${Math.round(ms / 100) / 10} s`
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`
  if (ms < 172_800_000) return `${Math.round(ms / 3_600_000)} h`
  return `${Math.round(ms / 86_400_000)} days`
}
