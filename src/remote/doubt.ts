import type { Currency } from '../coherence/currency.ts'

const NOBODY: ReadonlySet<string> = new Set()

/**
 * Whether what a private level holds above shared ones may be believed, where it is not asked at once:
 * only while this process hears of what others invalidate.
 */
export class Doubt {
  /** Whether what cannot be proven is served all the same. */
  readonly serves: boolean
  readonly #currency: Currency
  readonly #onServed: () => void

  /** @param onServed called for each entry that is served unproven */
  constructor(currency: Currency, serves: boolean, onServed: () => void) {
    this.#currency = currency
    this.serves = serves
    this.#onServed = onServed
  }

  /** Those of the keys for which the shared levels cannot say that they hear of them. */
  async about(keys: readonly string[]): Promise<ReadonlySet<string>> {
    if (this.#currency.isProven) return NOBODY
    const proven = await Promise.all(keys.map((key) => this.#currency.proves(key)))
    return new Set(keys.filter((_, n) => !proven[n]))
  }

  served(): void {
    this.#onServed()
  }
}
