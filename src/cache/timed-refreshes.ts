import type { World } from '../world/world.ts'

/** Keys refreshed by the clock at most; others are refreshed when they are asked for. */
const MOST_KEYS = 10_000

/** When a key is refreshed by the clock. */
export interface Rhythm {
  /** Milliseconds from one refresh to the next. */
  readonly every: number
  /** Milliseconds after which a key that nobody has asked for is left alone. */
  readonly idle: number
  /** Refreshes it. @returns whether there is anything to refresh */
  readonly refresh: () => boolean
}

interface Job {
  rhythm: Rhythm
  /** A moment of `World.tick()`. */
  lastAsked: number
  cancel: () => void
}

/** Keys that are fetched anew by the clock, as long as somebody asks for them. */
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
      job.lastAsked = this.#world.tick()
    } else if (this.#jobs.size < MOST_KEYS && !this.#isClosed) {
      const begun: Job = { rhythm, lastAsked: this.#world.tick(), cancel: () => undefined }
      this.#jobs.set(key, begun)
      this.#wait(key, begun)
    }
  }

  /** Somebody asked for a key. */
  asked(key: string): void {
    const job = this.#jobs.get(key)
    if (job !== undefined) job.lastAsked = this.#world.tick()
  }

  close(): void {
    this.#isClosed = true
    for (const { cancel } of this.#jobs.values()) cancel()
    this.#jobs.clear()
  }

  #wait(key: string, job: Job): void {
    job.cancel = this.#world.after(job.rhythm.every, () => {
      const { rhythm, lastAsked } = job
      if (this.#world.tick() - lastAsked < rhythm.idle && rhythm.refresh()) this.#wait(key, job)
      else this.#jobs.delete(key)
    })
  }
}
