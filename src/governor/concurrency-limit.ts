/** How a fetch ended that had a place: `left` says nothing about the source, nobody wanted the answer any more. */
export type Outcome = 'answered' | 'failed' | 'left'

/** How many fetches may be under way at a time, and what it makes of how they went. */
export interface ConcurrencyLimit {
  /** At least 1; `Infinity` for no limit. */
  readonly value: number
  /**
   * A fetch has ended.
   *
   * @param duration how long it took, in milliseconds
   * @param among the most fetches, itself included, that were under way at its beginning and its end
   */
  note(outcome: Outcome, duration: number, among: number): void
}

/** Always the same. */
export class FixedLimit implements ConcurrencyLimit {
  readonly value: number

  constructor(value: number) {
    this.value = value
  }

  note(): void {}
}
