import { KeyMarks } from '../entry/key-marks.ts'
import type { VerifiedStats, Verifying } from './verified.ts'

/** Of more keys than that, those that were not put cannot be told apart well from those that were. */
const MARKS = 2 ** 16

/** Those who look whether what a cache served is right, and what they must know from before they began. */
export class Checks {
  /** Keys that were put into level 1 alone: nothing below can say whether they are right. */
  readonly puts: KeyMarks = new KeyMarks(MARKS)
  readonly #running = new Set<Verifying>()

  add(check: Verifying): void {
    this.#running.add(check)
  }

  delete(check: Verifying): void {
    this.#running.delete(check)
  }

  /** What the one that began last has shown; `undefined` if none is running. */
  stats(): VerifiedStats | undefined {
    return [...this.#running].at(-1)?.stats()
  }

  close(): void {
    for (const check of [...this.#running]) check.close()
  }
}
