import { batch, computed, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import { parseCommand } from '../engine/command.ts'
import { Machine, type State, type Step } from '../engine/machine.ts'
import { DEFAULT_SCRIPT, DEFAULT_SETUP, MOST_COMMANDS, type Setup } from '../engine/setup.ts'
import type { Shared } from '../engine/share.ts'

/**
 * A run of the playground: a setup, commands, and the steps they make. Whatever is changed, the run is
 * made anew from its beginning; it takes no real time, for its clock is a virtual one.
 */
export class Run {
  readonly setup: Signal<Setup> = signal(DEFAULT_SETUP)
  readonly script: Signal<readonly string[]> = signal([])
  readonly steps: Signal<readonly Step[]> = signal([])
  /** How many of the steps have been made, as far as the person who looks is concerned. */
  readonly at: Signal<number> = signal(0)
  readonly start: Signal<State> = signal(new Machine(DEFAULT_SETUP).state)
  readonly step: ReadonlySignal<Step | undefined> = computed(() => this.steps.value[this.at.value - 1])
  readonly state: ReadonlySignal<State> = computed(() => this.step.value?.state ?? this.start.value)
  #machine = new Machine(DEFAULT_SETUP)
  /** What is under way; the next waits for it. */
  #turn: Promise<void> = Promise.resolve()

  constructor() {
    void this.load({ setup: DEFAULT_SETUP, script: DEFAULT_SCRIPT, at: 0 })
  }

  /** Shows the step `at`, 0 for the beginning. */
  goTo(at: number): void {
    this.at.value = Math.max(0, Math.min(at, this.steps.value.length))
  }

  load({ setup, script, at }: Shared): Promise<void> {
    return this.#inTurn(async () => {
      await this.#replay(setup, script)
      this.goTo(at)
    })
  }

  /** The same commands under other conditions. */
  change(setup: Setup): Promise<void> {
    return this.#inTurn(() => this.#replay(setup, this.script.value))
  }

  /** Runs a command after the step that is shown, and shows what comes of it; what followed comes after it. */
  insert(line: string): Promise<void> {
    return this.#inTurn(async () => {
      const { script, at, steps } = this
      if (script.value.length >= MOST_COMMANDS) throw new Error(`A run has at most ${MOST_COMMANDS} steps`)
      const where = at.value
      const isLast = where === steps.value.length
      const lines = script.value.toSpliced(where, 0, line)
      if (isLast) {
        const step = await this.#machine.run(parseCommand(line)!)
        batch(() => {
          steps.value = [...steps.value, step]
          script.value = lines
          this.goTo(where + 1)
        })
        return
      }
      await this.#replay(this.setup.value, lines)
      this.goTo(where + 1)
    })
  }

  /** Takes a step out, and makes all that follow anew. */
  remove(n: number): Promise<void> {
    return this.#inTurn(async () => {
      await this.#replay(this.setup.value, this.script.value.toSpliced(n, 1))
      if (this.at.value > n) this.goTo(this.at.value - 1)
    })
  }

  async #replay(setup: Setup, script: readonly string[]): Promise<void> {
    await this.#machine.close()
    const machine = new Machine(setup)
    const start = machine.state
    const steps: Step[] = []
    for (const line of script) steps.push(await machine.run(parseCommand(line)!))
    this.#machine = machine
    batch(() => {
      this.setup.value = setup
      this.script.value = script
      this.start.value = start
      this.steps.value = steps
      this.goTo(this.at.value)
    })
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(work)
    this.#turn = turn.catch(() => undefined)
    return turn
  }
}
