import type { Era } from './era.ts'

/** The eras of several keys and what was found under them, in the same order. */
export class ReadingOf<E> {
  readonly eras: readonly Era[]
  readonly entries: readonly (E | undefined)[]

  constructor(eras: readonly Era[], entries: readonly (E | undefined)[]) {
    this.eras = eras
    this.entries = entries
  }
}
