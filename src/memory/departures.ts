/** Who is told of keys that leave for another reason than room. */
export interface Departures {
  /** Keys with hashes below this are of interest. */
  readonly limit: number
  left(hash: number): void
  /** All are gone. */
  cleared(): void
}
