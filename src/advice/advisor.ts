import type { Level } from '../level.ts'
import { type PolicyName, policies } from '../policies/index.ts'
import type { Witness } from '../remote/witness.ts'
import type { Cancel, World } from '../world/world.ts'
import type { Advice, LevelAdvice } from './advice.ts'
import type { AdviceSettings } from './advice-options.ts'
import { counsel } from './counsel.ts'
import { curvesOf, lruCurve } from './curves.ts'
import { LevelShadows } from './level-shadows.ts'
import { LevelWatch, type ReadCounts } from './level-watch.ts'
import { LevelWitness } from './level-witness.ts'
import { RecencyOrder } from './recency-order.ts'
import { type ShadowPlan, shadowPlan, steps } from './shadow-plan.ts'
import { SpaceSample } from './space-sample.ts'
import { Spread } from './spread.ts'

/** A level as far as it is watched. */
export interface AdvisedLevel {
  readonly name: string
  readonly traits: Pick<Level['traits'], 'near' | 'sized' | 'taps'>
  readonly tally: ReadCounts
  witnessedBy(witness: Witness | undefined): void
}

interface Advised {
  readonly level: AdvisedLevel
  readonly number: number
  readonly unit: 'entries' | 'bytes'
  readonly size: number | undefined
  readonly policy: string | undefined
  readonly watch: LevelWatch
  readonly spaces: SpaceSample[]
}

/** How often the pace is set, in milliseconds; the counts age after so many times. */
const BEAT = 1000
const BEATS_TO_AGE = 60
/** After half an hour a read counts half. */
const HALF_LIFE = 30 * 60_000
/** How many namespaces are sampled: those made first. */
const MOST_SPACES = 5
/** Parts of the memory: of all namespaces together, and of each level whose size is not known. */
const SPACES_PART = 1 / 16
const UNSIZED_PART = 1 / 10
/** Sizes of a level that does not tell its own. */
const LEAST_SIZE = 16
const MOST_SIZE = 2 ** 24

/** What other sizes and policies would bring the levels of one cache. */
export class Advisor {
  readonly #settings: AdviceSettings
  readonly #world: World
  readonly #levels: readonly AdvisedLevel[]
  readonly #source: string
  readonly #prefixes = new Set<string>()
  /** Only that, and not how many: they may be made without end, as one for each tenant. */
  #hasMoreSpaces = false
  #advised: readonly Advised[] | undefined
  #memory = 0
  #began = 0
  #lastBeat = 0
  #beats = 0
  #cancel: Cancel | undefined
  #isClosed = false
  /** By how many. */
  #wanted = 0

  constructor(settings: AdviceSettings, levels: readonly AdvisedLevel[], world: World) {
    this.#settings = settings
    this.#levels = levels
    this.#world = world
    this.#source = 'the source'
    if (settings.begins === 'at once') this.begin()
  }

  /** There is a namespace whose keys have this prefix. The first few are sampled. */
  noteSpace(prefix: string): void {
    if (this.#prefixes.has(prefix)) return
    if (this.#prefixes.size === MOST_SPACES) {
      this.#hasMoreSpaces = true
      return
    }
    this.#prefixes.add(prefix)
    const first = this.#advised?.find(({ number }) => number === 0)
    if (first !== undefined) first.spaces.push(this.#space(prefix, first.watch.shadows, first.unit))
  }

  /**
   * Watches the levels from now on, unless that is never wanted.
   *
   * @returns ends it, if nobody else wants it
   */
  begin(): () => void {
    if (this.#isClosed || this.#settings.begins === 'never') return () => undefined
    if (this.#wanted++ === 0) this.#start()
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      if (--this.#wanted === 0) this.#stop()
    }
  }

  #start(): void {
    this.#began = this.#lastBeat = this.#world.mono()
    const watched = this.#levels.flatMap((level, number) => (isWatchable(level) ? [{ level, number }] : []))
    const unsized = watched.filter(({ level }) => boundOf(level) === undefined).length
    const rest = this.#settings.memory * (1 - SPACES_PART - UNSIZED_PART * unsized)
    this.#advised = watched.map(({ level, number }) =>
      this.#watch(level, number, rest / (watched.length - unsized), 1 / watched.length),
    )
    this.#beat()
  }

  /** What is known now. */
  advice(): Advice {
    const advised = this.#advised
    if (advised === undefined) {
      const why =
        this.#settings.begins === 'never'
          ? 'it is switched off (advice: false)'
          : 'it is not switched on (advice: true)'
      return { levels: [], why: `nothing is measured: ${why}`, age: 0, memory: 0 }
    }
    const age = this.#world.mono() - this.#began
    const why = advised.length === 0 ? 'no level of this cache can be watched' : undefined
    return { levels: advised.map((each) => this.#adviceOn(each)), why, age, memory: this.#memory }
  }

  /** Watches no more. */
  close(): void {
    this.#isClosed = true
    this.#stop()
  }

  #stop(): void {
    this.#cancel?.()
    for (const { level, watch } of this.#advised ?? []) {
      watch.close()
      if (level.traits.taps === undefined) level.witnessedBy(undefined)
      else level.traits.taps.tap(undefined)
    }
    this.#advised = undefined
    this.#memory = 0
  }

  /** Proves the invariants of all shadows. @throws TerraceError `ERR_INVARIANT` */
  check(): void {
    for (const { watch, spaces } of this.#advised ?? []) {
      watch.shadows.check()
      for (const space of spaces) space.check()
    }
  }

  #watch(level: AdvisedLevel, number: number, bytes: number, part: number): Advised {
    const bound = boundOf(level)
    const unit = bound?.unit ?? 'entries'
    const { memory } = this.#settings
    const plan = bound === undefined ? unsizedPlan(memory * UNSIZED_PART) : this.#plan(bytes, bound)
    const shadows = new LevelShadows(plan, unit === 'entries', () => this.#world.random())
    const prefixes = number === 0 ? [...this.#prefixes] : []
    const spaces = prefixes.map((prefix) => this.#space(prefix, shadows, unit))
    this.#memory += plan.bytes
    const watch = new LevelWatch(shadows, level.tally, spaces, this.#world, part)
    if (level.traits.taps === undefined) level.witnessedBy(new LevelWitness(watch))
    else level.traits.taps.tap(watch)
    return { level, number, unit, size: bound?.size, policy: bound?.policy, watch, spaces }
  }

  #plan(bytes: number, { size, unit, policy }: Bound): ShadowPlan {
    const present = policy !== undefined && policy in policies && policy !== 'ttl' ? [policy as PolicyName] : []
    const wanted = new Set([...present, ...this.#settings.policies])
    return shadowPlan(bytes, size, [...wanted], unit === 'bytes')
  }

  #space(prefix: string, { reuse, limit }: LevelShadows, unit: 'entries' | 'bytes'): SpaceSample {
    const bytes = (this.#settings.memory * SPACES_PART) / MOST_SPACES
    const counts = reuse.sizes.length * Spread.bytesPerCount
    const keys = Math.max(16, Math.floor((bytes - counts) / RecencyOrder.bytesPerKey))
    this.#memory += counts + keys * RecencyOrder.bytesPerKey
    const sample = new SpaceSample(prefix, [...reuse.sizes], keys, unit === 'entries')
    sample.reuse.lower(limit)
    return sample
  }

  #beat(): void {
    this.#cancel = this.#world.after(BEAT, () => {
      this.#beat()
      const now = this.#world.mono()
      const elapsed = now - this.#lastBeat
      this.#lastBeat = now
      const advised = this.#advised ?? []
      for (const { level, watch } of advised) if (watch.beat(elapsed)) level.traits.taps?.tap(watch)
      const used = advised.reduce((sum, { watch }) => sum + watch.used, 0)
      for (const { watch } of advised) watch.mayUse(1 - (used - watch.used))
      if (++this.#beats % BEATS_TO_AGE !== 0) return
      for (const { watch } of advised) watch.age(2 ** ((-BEATS_TO_AGE * BEAT) / HALF_LIFE))
    })
  }

  #adviceOn({ level, number, unit, size, policy, watch, spaces }: Advised): LevelAdvice {
    const sinceBeat = this.#world.mono() - this.#lastBeat
    watch.catchUp()
    const { reads, hits, time } = watch.seen
    const minutes = (time + sinceBeat) / 60_000
    const perMinute = (some: number) => (minutes === 0 ? 0 : some / minutes)
    const hitRatio = reads === 0 ? 0 : hits / reads
    const findings = {
      level: number,
      name: level.name,
      unit,
      size,
      policy,
      hitRatio,
      readsPerMinute: perMinute(reads),
      reads,
      sampled: watch.shadows.reuse.rate,
      curves: curvesOf(watch.shadows, reads, { size, policy, hitRatio }),
      namespaces: spaces.map(({ prefix, reuse }) => ({
        namespace: prefix.slice(0, -1),
        readsPerMinute: perMinute(reuse.counted),
        curve: lruCurve(reuse, reuse.counted, true),
      })),
      moreNamespaces: number === 0 && this.#hasMoreSpaces,
    }
    const below = this.#levels[number + 1]?.name ?? this.#source
    return { ...findings, advice: counsel({ ...findings, below }) }
  }
}

interface Bound {
  readonly size: number
  readonly unit: 'entries' | 'bytes'
  readonly policy: string | undefined
}

/** What bounds a level, where it tells. */
function boundOf({ traits: { sized, taps } }: AdvisedLevel): Bound | undefined {
  if (sized === undefined || taps === undefined) return undefined
  const { maxEntries, maxBytes, policy } = sized.measure()
  if (maxBytes !== undefined) return { size: maxBytes, unit: 'bytes', policy }
  return maxEntries === undefined ? undefined : { size: maxEntries, unit: 'entries', policy }
}

/** A near level that tells nothing of its hits cannot be watched. */
function isWatchable({ traits }: AdvisedLevel): boolean {
  return traits.near === undefined || traits.taps !== undefined
}

function unsizedPlan(bytes: number): ShadowPlan {
  const lruSizes = steps(LEAST_SIZE, MOST_SIZE)
  const fixed = 12_000 + lruSizes.length * Spread.bytesPerCount
  const sampled = Math.max(64, Math.floor((bytes - fixed) / RecencyOrder.bytesPerKey))
  return { sizes: [], miniatures: [], lruSizes, sampled, bytes: fixed + sampled * RecencyOrder.bytesPerKey }
}
