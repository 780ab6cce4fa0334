import { dueAt, type Entry } from '../entry/entry.ts'
import type { World } from '../world/world.ts'
import { outside } from './outside.ts'

/** Keys refreshed by the clock at most; others are refreshed when they are asked for. */
const MOST_KEYS = 10_000

/** The longest pause before somebody else is asked whether he is done, in milliseconds, and the shortest of all. */
const LONGEST_PAUSE = 1000
const SHORTEST_PAUSE = 10

/** When a key is refreshed by the clock. */
export interface Rhythm {
  /** How old a copy may become, in milliseconds. */
  readonly every: number
  /** Milliseconds after which a key that nobody has asked for is left alone. */
  readonly idle: number
  /** Milliseconds since the copy there is was fetched, by whomever; `undefined` if there is none any more. */
  readonly age: () => number | undefined
  /** Refreshes it. Resolves with the age of the copy there is then; `undefined`: in vain. Never rejects. */
  readonly refresh: () => Promise<number | undefined>
}

interface Job {
  rhythm: Rhythm
  /** A moment of `World.tick()`: that of the first time in a round is noted, and no later one. */
  lastAsked: number
  /** Whether somebody asked in this round. */
  wasAsked: boolean
  cancel: () => void
}

/**
 * Keys that are fetched anew by the clock, as long as somebody asks for them. It goes by the age of the copy there is:
 * of several processes that share it one fetches, and none fetches later for having just found that another has.
 */
export class TimedRefreshes {
  readonly #world: World
  readonly #jobs = new Map<string, Job>()
  #isClosed = false

  constructor(world: World) {
    this.#world = world
  }

  has(key: string): boolean {
    return this.#jobs.size > 0 && this.#jobs.has(key)
  }

  /** Somebody asked for a key, which is to be refreshed in this rhythm from now on. */
  keep(key: string, rhythm: Rhythm): void {
    const job = this.#jobs.get(key)
    if (job !== undefined) {
      job.rhythm = rhythm
      this.#note(job)
    } else if (this.#jobs.size < MOST_KEYS && !this.#isClosed) {
      const begun: Job = { rhythm, lastAsked: this.#world.tick(), wasAsked: true, cancel: () => undefined }
      this.#jobs.set(key, begun)
      this.#wait(key, begun, rhythm.every)
    }
  }

  /** Somebody asked for a key. */
  asked(key: string): void {
    const job = this.#jobs.get(key)
    if (job !== undefined) this.#note(job)
  }

  /** What is to be kept in level 1: of a key that is refreshed by the clock, so that the first who asks is noticed. */
  marked(entry: Entry): Entry {
    return this.has(entry.key) ? dueAt(entry, this.#world.tick()) : entry
  }

  close(): void {
    this.#isClosed = true
    for (const { cancel } of this.#jobs.values()) cancel()
    this.#jobs.clear()
  }

  #note(job: Job): void {
    job.lastAsked = this.#world.tick()
    job.wasAsked = true
  }

  #wait(key: string, job: Job, ms: number): void {
    job.cancel = outside(() => this.#world.after(Math.max(SHORTEST_PAUSE, ms), () => this.#look(key, job)))
  }

  #look(key: string, job: Job): void {
    const { rhythm, lastAsked, wasAsked } = job
    const age = rhythm.age()
    const isWanted = wasAsked || this.#world.tick() - lastAsked < rhythm.idle
    if (age === undefined || !isWanted) this.#jobs.delete(key)
    else if (age < rhythm.every) this.#wait(key, job, rhythm.every - age)
    else {
      job.wasAsked = false
      this.#world.background(this.#refresh(key, job), 'refreshing by the clock')
    }
  }

  async #refresh(key: string, job: Job): Promise<void> {
    const { every } = job.rhythm
    const age = await job.rhythm.refresh()
    if (this.#jobs.get(key) !== job) return
    // Somebody else is at it: what he brings is looked for soon.
    const soon = Math.min(LONGEST_PAUSE, every / 10)
    this.#wait(key, job, age === undefined ? every : Math.max(soon, every - age))
  }
}
