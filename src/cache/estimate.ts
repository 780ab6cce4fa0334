import type { Scope } from '../entry/scope.ts'
import { counted } from '../errors.ts'
import { heapBytes } from '../memory/heap-bytes.ts'
import type { GuardedLevel } from '../remote/guarded-level.ts'
import { pause } from '../world/pause.ts'
import type { World } from '../world/world.ts'
import { Counting, LONGEST_COUNTING, MOST_COUNTED, within } from './coverage.ts'
import { beginsAsCovered, type Cover, coverOf, tagsIn } from './covered-keys.ts'
import type { Parts } from './parts.ts'

/** What an invalidation would take from one level. */
export interface LevelEstimate {
  readonly name: string
  /** `undefined` where the level cannot list its keys, or did not answer. */
  readonly keys: number | undefined
  /** Taken from up to 100 of the keys, chosen by chance; in memory estimated from the values. `undefined` where nobody can tell. */
  readonly bytes: number | undefined
  /** `false`: there may be more; the counting was ended after 100,000 keys or two seconds. */
  readonly complete: boolean
}

/** What an invalidation would cost. */
export interface InvalidationEstimate {
  /** Level 1 first. */
  readonly levels: readonly LevelEstimate[]
  /** Reads a minute, of this process, of what it covers; `undefined` where they were not watched. */
  readonly readsPerMinute: number | undefined
  /**
   * At most so many fetches this process would make in the minute after it, besides those it makes anyway:
   * exact where all keys are read alike, fewer where some are read more than others. `undefined` where it is
   * not known how many are read.
   */
  readonly fetchesPerMinute: number | undefined
  /** All of it in a sentence. */
  readonly summary: string
}

/** Keys that are weighed, of each level. */
const MOST_WEIGHED = 100
/** Sampled reads: a second, different keys that are told apart, and keys whose tags are looked for. */
const SAMPLES = 1000
const MOST_READ = 10_000
const MOST_LOOKED_INTO = 500

/** Changes nothing, and counts as no read. `watch`: for how many milliseconds reads are watched. */
export async function estimate(parts: Parts, scopes: readonly Scope[], watch: number): Promise<InvalidationEstimate> {
  const cover = coverOf(scopes)
  const watching = watch === 0 ? undefined : readsOf(parts, cover, watch)
  const [readsPerMinute, ...levels] = await Promise.all([
    watching,
    ...parts.levels.map((level) => estimateOf(level, cover, parts.world)),
  ])
  const fetchesPerMinute = fetches(keysIn(levels), readsPerMinute)
  return { levels, readsPerMinute, fetchesPerMinute, summary: summed(levels, readsPerMinute, fetchesPerMinute) }
}

async function estimateOf(level: GuardedLevel, cover: Cover, world: World): Promise<LevelEstimate> {
  const { name, traits, tally } = level
  const isEverything = cover.prefixes.includes('') && cover.tags === undefined
  // What has died or was invalidated counts as well until it is taken away.
  const measure = isEverything ? traits.sized?.measure() : undefined
  if (traits.scans === undefined) return { name, keys: measure?.size, bytes: measure?.bytes, complete: false }
  const { unanswered } = tally
  const weighing = new Weighing(level, cover, measure === undefined ? MOST_COUNTED : MOST_WEIGHED)
  const isOver = await within(LONGEST_COUNTING, world, weighing)
  const keys = measure?.size ?? weighing.keys
  const bytes = measure?.bytes ?? (keys === 0 ? 0 : multiplied(await weighing.meanBytes(), keys))
  return { name, keys, bytes, complete: measure !== undefined || (isOver && tally.unanswered === unanswered) }
}

/** Counts keys, and keeps some of them for being weighed: each with the same chance (reservoir sampling, Vitter's R). */
class Weighing extends Counting {
  readonly #level: GuardedLevel
  readonly #chosen: string[] = []

  constructor(level: GuardedLevel, cover: Cover, most: number) {
    super(level, cover, most)
    this.#level = level
  }

  protected override note(key: string, world: World): void {
    const at = this.keys++ < MOST_WEIGHED ? this.#chosen.length : Math.floor(world.random() * this.keys)
    if (at < MOST_WEIGHED) this.#chosen[at] = key
  }

  async meanBytes(): Promise<number | undefined> {
    const isNear = this.#level.traits.near !== undefined
    const findings = await Promise.all(this.#chosen.map((key) => this.#level.explain(key)))
    let sum = 0
    let weighed = 0
    for (const finding of findings) {
      const bytes = finding?.bytes ?? (isNear && finding?.entry ? heapBytes(finding.entry.value) : undefined)
      if (bytes === undefined) continue
      sum += bytes
      weighed++
    }
    return weighed === 0 ? undefined : sum / weighed
  }
}

function multiplied(mean: number | undefined, keys: number): number | undefined {
  return mean === undefined ? undefined : Math.round(mean * keys)
}

/** How many keys it covers: those of the deepest level that has told all. */
function keysIn(levels: readonly LevelEstimate[]): number | undefined {
  if (!levels.every(({ complete }) => complete)) return undefined
  return Math.max(...levels.map(({ keys }) => keys ?? 0))
}

/** Reads a minute of what it covers, from a sample of the hits. */
async function readsOf(parts: Parts, cover: Cover, ms: number): Promise<number | undefined> {
  const { observers, world } = parts
  const read = new Map<string, number>()
  let all = 0
  const stop = observers.sample(SAMPLES, (key, hits) => {
    all += hits
    if (read.has(key) || read.size < MOST_READ) read.set(key, (read.get(key) ?? 0) + hits)
  })
  await pause(world, ms)
  stop()
  const share = await shareOf(parts, cover, read)
  return share === undefined ? undefined : Math.round((all * share * 60_000) / ms)
}

/** The part of these reads that it covers; `undefined` if nobody could say of any key. */
async function shareOf(
  { levels }: Parts,
  cover: Cover,
  read: ReadonlyMap<string, number>,
): Promise<number | undefined> {
  const { tags } = cover
  let covered = 0
  let told = 0
  let looks = 0
  for (const [key, hits] of read) {
    if (tags === undefined) {
      told += hits
      if (beginsAsCovered(key, cover)) covered += hits
      continue
    }
    if (looks++ === MOST_LOOKED_INTO) break
    const found = await firstTags(levels, key)
    if (found === undefined) continue
    told += hits
    if (found.some((tag) => tags.has(tag))) covered += hits
  }
  if (told > 0) return covered / told
  return read.size === 0 ? 0 : undefined
}

async function firstTags(levels: readonly GuardedLevel[], key: string): Promise<readonly string[] | undefined> {
  for (const level of levels) {
    const tags = await tagsIn(level, key)
    if (tags !== undefined) return tags
  }
  return undefined
}

/**
 * With n keys and r reads a minute that go to all of them alike, n·(1 − e^(−r/n)) different ones are read; to
 * some more than to others, fewer.
 */
function fetches(keys: number | undefined, reads: number | undefined): number | undefined {
  if (reads === undefined || keys === 0) return keys === 0 ? 0 : undefined
  return keys === undefined ? reads : Math.ceil(keys * -Math.expm1(-reads / keys))
}

function summed(
  levels: readonly LevelEstimate[],
  reads: number | undefined,
  fetchesPerMinute: number | undefined,
): string {
  const parts = levels.map(({ name, keys, bytes, complete }) => {
    if (keys === undefined) return `an unknown number of keys in ${name}`
    const size = bytes === undefined ? '' : ` (about ${sizeText(bytes)})`
    return `${complete ? '' : 'at least '}${counted(keys, 'key', 'keys')}${size} in ${name}`
  })
  const cost =
    fetchesPerMinute === undefined
      ? 'how many fetches that would cost is unknown'
      : `at most ${counted(fetchesPerMinute, 'fetch', 'fetches')} in the minute after`
  const rate = reads === undefined ? '' : `, at ${counted(reads, 'read', 'reads')} a minute`
  return `${parts.join(', ')}; ${cost}${rate}`
}

function sizeText(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB']
  let unit = 0
  let size = bytes
  for (; size >= 1000 && unit < units.length - 1; unit++) size /= 1000
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`
}
