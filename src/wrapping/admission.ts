import { TerraceError } from '../errors.ts'
import type { World } from '../world/world.ts'

interface Waiting {
  readonly keys: readonly string[]
  readonly enter: () => void
  readonly refuse: (error: unknown) => void
}

/** Who wants to put something into a queue that may be full: first come, first served. */
export class Admission {
  readonly #world: World
  readonly #fits: (keys: readonly string[]) => boolean
  readonly #maxWaiting: number
  readonly #maxWait: number
  readonly #line = new Set<Waiting>()

  /** @param maxWait milliseconds one waits at most, 0: not at all. @param maxWaiting how many may wait */
  constructor(world: World, fits: (keys: readonly string[]) => boolean, maxWaiting: number, maxWait: number) {
    this.#world = world
    this.#fits = fits
    this.#maxWaiting = maxWaiting
    this.#maxWait = maxWait
  }

  /**
   * Runs `act`, at once where there is room and nobody waits.
   *
   * Rejects with `ERR_QUEUE_FULL` if there is none for too long, or too many wait already.
   */
  enter<T>(keys: readonly string[], act: () => Promise<T>): Promise<T> {
    if (this.#line.size === 0 && this.#fits(keys)) return act()
    if (this.#maxWait === 0 || this.#line.size >= this.#maxWaiting) return Promise.reject(full('the queue is full'))
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        cancel()
        this.#line.delete(waiting)
      }
      const waiting: Waiting = {
        keys,
        enter: () => {
          leave()
          // What `act` throws at once is a rejection like any other.
          resolve((async () => act())())
        },
        refuse: (error) => {
          leave()
          reject(error)
        },
      }
      const late = (): void => {
        waiting.refuse(full(`no room in the queue for ${this.#maxWait} ms`))
        // Whoever stands behind may need less room.
        this.advance()
      }
      const isEndless = this.#maxWait === Number.POSITIVE_INFINITY
      const cancel = isEndless ? () => undefined : this.#world.after(this.#maxWait, late, true)
      this.#line.add(waiting)
    })
  }

  /** There may be room: lets in who is first, and so on. */
  advance(): void {
    for (const waiting of this.#line) {
      if (!this.#fits(waiting.keys)) return
      waiting.enter()
    }
  }

  refuseAll(error: unknown): void {
    for (const waiting of this.#line) waiting.refuse(error)
  }
}

function full(what: string): TerraceError {
  return new TerraceError('ERR_QUEUE_FULL', `through: ${what}: the source does not keep up`)
}
