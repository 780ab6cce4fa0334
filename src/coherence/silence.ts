import type { World } from '../world/world.ts'

const FIRST_PAUSE = 100
const LONGEST_PAUSE = 2000

/** A shard that gives no answer: for a while nobody waits for it. Pauses double from 100 ms to 2 s, each shortened by up to a half. */
export class Silence {
  readonly #world: World
  #failure: { readonly error: unknown; readonly pause: number; readonly until: number } | undefined

  constructor(world: World) {
    this.#world = world
  }

  /** Whether it gave no answer when it was last asked. */
  get lasts(): boolean {
    return this.#failure !== undefined
  }

  /** What it failed with when it was last asked. */
  get reason(): unknown {
    return this.#failure?.error
  }

  /** @throws what it failed with, if that was a moment ago */
  check(): void {
    if (this.#failure !== undefined && this.#world.mono() < this.#failure.until) throw this.#failure.error
  }

  failed(error: unknown): void {
    const pause = Math.min(LONGEST_PAUSE, (this.#failure?.pause ?? FIRST_PAUSE / 2) * 2)
    this.#failure = { error, pause, until: this.#world.mono() + pause * (1 - this.#world.random() / 2) }
  }

  end(): void {
    this.#failure = undefined
  }
}
