import { batch, computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import { isStill, MOMENT } from '../stage/motion.ts'
import type { Scene } from '../stage/scene.ts'
import { restingScene, scenesOf } from '../stage/step-scenes.ts'
import type { Run } from './run.ts'

export const SPEEDS = [0.5, 1, 2, 4] as const

/** Shows a run, moment by moment: one step forward is seen as it happens, all else is shown at once. */
export class Player {
  readonly run: Run
  readonly speed: Signal<number> = signal(1)
  /** Goes on by itself until the end. */
  readonly isPlaying: Signal<boolean> = signal(false)
  readonly scene: ReadonlySignal<Scene>
  /** The moments still to be shown, the present one first; empty when nothing moves. */
  readonly #film: Signal<readonly Scene[]> = signal([])
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(run: Run) {
    this.run = run
    this.scene = computed(() => this.#film.value[0] ?? restingScene(run.state.value, run.setup.value))
    let before = { steps: run.steps.peek(), at: run.at.peek() }
    effect(() => {
      const now = { steps: run.steps.value, at: run.at.value }
      const isNext =
        now.at === before.at + 1 &&
        now.steps.slice(0, before.at).every(({ sentence }, n) => sentence === before.steps[n]?.sentence)
      before = now
      // A step is shown when it was just made, or made again by the person who looks: not when all was made anew.
      this.#show(isNext ? now.at : undefined)
    })
  }

  /** One step on, shown moment by moment; while one is shown, to its end. */
  forward(): void {
    if (this.#film.value.length > 1) this.#cut()
    else this.run.goTo(this.run.at.value + 1)
  }

  back(): void {
    this.isPlaying.value = false
    this.run.goTo(this.run.at.value - 1)
    this.#cut()
  }

  goTo(at: number): void {
    this.isPlaying.value = false
    this.run.goTo(at)
    this.#cut()
  }

  toggle(): void {
    const { run, isPlaying } = this
    const plays = !isPlaying.value
    batch(() => {
      isPlaying.value = plays
      if (plays && run.at.value === run.steps.value.length) run.goTo(0)
    })
    if (plays && this.#film.value.length === 0) this.#wait(() => this.#next(), MOMENT / this.speed.value / 2)
  }

  #show(at: number | undefined): void {
    const { run } = this
    clearTimeout(this.#timer)
    if (at === undefined) {
      this.#film.value = []
      return
    }
    const step = run.steps.value[at - 1]!
    const film = scenesOf(step, run.steps.value[at - 2]?.state ?? run.start.value, run.setup.value)
    this.#film.value = isStill() ? film.slice(-1) : film
    this.#wait(() => this.#next(), MOMENT / this.speed.peek())
  }

  #next(): void {
    const { run, isPlaying } = this
    const [, ...rest] = this.#film.value
    this.#film.value = rest
    if (rest.length > 0) this.#wait(() => this.#next(), MOMENT / this.speed.value)
    else if (isPlaying.value) {
      if (run.at.value < run.steps.value.length) run.goTo(run.at.value + 1)
      else isPlaying.value = false
    }
  }

  #cut(): void {
    clearTimeout(this.#timer)
    this.#film.value = []
  }

  #wait(then: () => void, ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(then, ms)
  }
}
