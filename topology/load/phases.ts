import { Phase } from './phase.ts'

/** The phases of a run, one after another. */
export class Phases {
  readonly all: Phase[] = []

  /** @param name of the first one, which begins now */
  constructor(name: string, budget: number) {
    this.enter(name, budget)
  }

  get now(): Phase {
    return this.all.at(-1)!
  }

  enter(name: string, budget: number): void {
    const now = performance.now()
    const before = this.all.at(-1)
    if (before !== undefined) before.ended = now
    this.all.push(new Phase(name, budget, now))
  }

  end(): void {
    this.now.ended = performance.now()
  }
}
