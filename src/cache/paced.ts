import { KeyMarks } from '../entry/key-marks.ts'
import { keyScope, type Scope } from '../entry/scope.ts'
import { TerraceError } from '../errors.ts'
import type { GuardedLevel } from '../remote/guarded-level.ts'
import { Counting, within } from './coverage.ts'
import { beginsAsCovered, type Cover, coveredKeys, coverOf, tagsIn } from './covered-keys.ts'
import { ground } from './ground.ts'
import type { PacedTerms } from './invalidation-options.ts'
import type { Parts } from './parts.ts'
import { gravest, invalidate, type LevelResult, type WriteResult } from './write.ts'

/** Keys that were invalidated and are remembered. */
const MOST_REMEMBERED = 100_000
/** Marks for those beyond: with a million of them, one in eight others is taken for one. */
const MARKS = 2 ** 23
/** Keys that go together, and milliseconds between two such steps where there are so many that they can be far apart. */
const MOST_TOGETHER = 500
const A_STEP = 50
/** When counting before ends. */
const MOST_COUNTED = 1_000_000
const LONGEST_COUNT = 10_000
/** Up to so many keys of level 1 are taken in the order of their use. */
const MOST_ORDERED = 100_000

/**
 * Invalidates what the scopes cover key by key, evenly over a time. A floor over all of it would send every
 * reader to the source at once; and where it is raised at the end, it takes what was fetched anew as well.
 *
 * Level 1 goes first, what was used last at its head, then the levels below, each as it lists its keys. A key
 * goes once: where there are too many to remember, what was written since the beginning is passed over. In the
 * end all levels are listed once more, for what has come meanwhile may have been looked for before.
 */
export function invalidateOver(parts: Parts, scopes: readonly Scope[], terms: PacedTerms): Promise<WriteResult> {
  return new Pacing(parts, scopes, terms).run()
}

class Pacing {
  readonly #parts: Parts
  readonly #scopes: readonly Scope[]
  readonly #cover: Cover
  readonly #terms: PacedTerms
  readonly #began: number
  readonly #taken = new Set<string>()
  readonly #marks = new KeyMarks(MARKS)
  readonly #outcomes: LevelResult[]
  #total = 0
  #done = 0
  /** Keys that go with the next step. */
  #next: string[] = []
  /** Ends the present wait. */
  #wake: () => void = () => undefined

  constructor(parts: Parts, scopes: readonly Scope[], terms: PacedTerms) {
    this.#parts = parts
    this.#scopes = scopes
    this.#cover = coverOf(scopes)
    this.#terms = terms
    this.#began = parts.world.mono()
    this.#outcomes = parts.levels.map(({ name }) => ({ name, outcome: 'done' }))
  }

  async run(): Promise<WriteResult> {
    const { signal } = this.#terms
    const stop = this.#parts.observers.add(() => this.#wake(), ['closed'])
    const wake = (): void => this.#wake()
    signal?.addEventListener('abort', wake)
    try {
      return await this.#run()
    } finally {
      stop()
      signal?.removeEventListener('abort', wake)
    }
  }

  async #run(): Promise<WriteResult> {
    const { levels } = this.#parts
    this.#check()
    // What set out before may bring what is invalidated: nothing of it is kept.
    ground(this.#parts, this.#scopes)
    const listing = levels.filter(({ traits }) => traits.scans !== undefined)
    this.#total = Math.max(0, ...(await Promise.all(listing.map((level) => this.#count(level)))))
    for (const level of listing) await this.#passOver(level, false)
    let isListed = listing.length === levels.length
    for (const level of listing) isListed = (await this.#passOver(level, true)) && isListed
    this.#check()
    if (this.#terms.floor || !isListed) this.#note((await invalidate(this.#parts, this.#scopes)).levels)
    return { ok: this.#outcomes.every(({ outcome }) => outcome !== 'pending'), levels: this.#outcomes }
  }

  async #count(level: GuardedLevel): Promise<number> {
    const counting = new Counting(level, this.#cover, MOST_COUNTED)
    await within(LONGEST_COUNT, this.#parts.world, counting)
    return counting.keys
  }

  /** @param isLast nothing that was not met before is spared @returns whether the level has listed all its keys */
  async #passOver(level: GuardedLevel, isLast: boolean): Promise<boolean> {
    let isListed = true
    const stop = this.#parts.observers.add(
      (event) => {
        if (event.type === 'levelFailed' && event.level === level.name && event.operation === 'keys') isListed = false
      },
      ['levelFailed'],
    )
    try {
      for await (const keys of this.#batches(level)) {
        this.#check()
        for (const key of keys) if (await this.#isDue(level, key, isLast)) await this.#take(key)
      }
      await this.#step()
    } finally {
      stop()
    }
    return isListed
  }

  async #isDue(level: GuardedLevel, key: string, isLast: boolean): Promise<boolean> {
    if (this.#taken.has(key)) return false
    if (!this.#marks.has(key)) return true
    if (isLast) return false
    // It is met again, or is taken for one that was met.
    const age = level.traits.near === undefined ? (await level.explain(key))?.age : undefined
    return age === undefined || age >= this.#parts.world.mono() - this.#began
  }

  async #take(key: string): Promise<void> {
    if (this.#taken.size < MOST_REMEMBERED) this.#taken.add(key)
    else this.#marks.add(key)
    this.#next.push(key)
    const together = Math.ceil((this.#total * A_STEP) / this.#terms.over)
    if (this.#next.length >= Math.min(MOST_TOGETHER, Math.max(1, together))) await this.#step()
  }

  /** Waits until these keys are due, and invalidates them. */
  async #step(): Promise<void> {
    const keys = this.#next
    if (keys.length === 0) return
    this.#next = []
    const share = this.#total === 0 ? 0 : Math.min(1, this.#done / this.#total)
    await this.#until(this.#began + this.#terms.over * share)
    this.#check()
    this.#note((await invalidate(this.#parts, keys.map(keyScope))).levels)
    this.#done += keys.length
    this.#total = Math.max(this.#total, this.#done)
    this.#tell()
  }

  async *#batches(level: GuardedLevel): AsyncGenerator<readonly string[]> {
    const { sized, near } = level.traits
    if (near === undefined) {
      for await (const { covered } of coveredKeys(level, this.#cover, this.#parts.world)) yield covered
      return
    }
    // What is in memory is listed before it is changed: its keys are there anyway.
    const size = sized?.measure().size
    if (sized !== undefined && size! <= MOST_ORDERED) yield* this.#lastUsedFirst(level, sized.order(size!))
    else {
      const listed: (readonly string[])[] = []
      for await (const { covered } of coveredKeys(level, this.#cover, this.#parts.world)) listed.push(covered)
      yield* listed
    }
  }

  async *#lastUsedFirst(level: GuardedLevel, order: readonly string[]): AsyncGenerator<readonly string[]> {
    const { tags } = this.#cover
    for (let n = order.length - 1; n >= 0; n--) {
      const key = order[n]!
      if (!beginsAsCovered(key, this.#cover)) continue
      if (tags === undefined || (await tagsIn(level, key))?.some((tag) => tags.has(tag)) === true) yield [key]
    }
  }

  /** Until a moment of `World.mono()`, or until it is ended. */
  async #until(moment: number): Promise<void> {
    const { world } = this.#parts
    const left = moment - world.mono()
    if (left <= 0) return
    // What ends it may have come while nobody waited here.
    this.#check()
    const over = Promise.withResolvers<void>()
    this.#wake = over.resolve
    const cancel = world.after(left, over.resolve, true)
    await over.promise
    cancel()
  }

  #check(): void {
    const { signal } = this.#terms
    if (signal?.aborted) throw signal.reason
    if (this.#parts.closing === undefined) return
    throw new TerraceError('ERR_CLOSED', 'the cache was closed before all was invalidated')
  }

  #note(levels: readonly LevelResult[]): void {
    for (const [n, { name, outcome }] of levels.entries()) {
      this.#outcomes[n] = { name, outcome: gravest([this.#outcomes[n]!.outcome, outcome]) }
    }
  }

  #tell(): void {
    try {
      this.#terms.onProgress?.({ done: this.#done, total: this.#total })
    } catch (cause) {
      this.#parts.world.background(Promise.reject(cause), 'onProgress threw')
    }
  }
}
