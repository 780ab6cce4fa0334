/**
 * One number that everybody counts. Nothing acknowledged is lost and nothing counted twice, while no
 * store loses data: each loss begins a new epoch.
 */
export class Counter {
  #epoch = 0
  #acknowledged: number[] = []
  #unsure = 0
  #highest = 0
  #isWhole = true
  #suspended = 0

  /** Something was lost, or may be. */
  disturb(): void {
    this.#epoch++
    this.#acknowledged = []
    this.#highest = 0
    this.#isWhole = false
  }

  /** From now on nothing is certain, until what is returned is called. */
  suspend(): () => void {
    this.#suspended++
    this.disturb()
    return () => {
      this.#suspended--
      this.disturb()
    }
  }

  /** Somebody counts. @returns what to call when he was answered; it tells what is wrong with the answer */
  begin(): { counted(sum: number): string | undefined; failed(): void } {
    const epoch = this.#epoch
    const least = this.#highest
    return {
      counted: (sum) => {
        if (epoch !== this.#epoch || this.#suspended > 0) return undefined
        const isTwice = this.#acknowledged.includes(sum)
        this.#acknowledged.push(sum)
        this.#highest = Math.max(this.#highest, sum)
        if (isTwice) return `two callers were told the same sum, ${sum}`
        return sum > least ? undefined : `a caller was told ${sum} after ${least}`
      },
      failed: () => {
        this.#unsure++
      },
    }
  }

  /** What is wrong with this sum at rest. */
  whyWrong(sum: number): string | undefined {
    const least = this.#isWhole ? this.#acknowledged.length : this.#highest
    const most = this.#isWhole ? this.#acknowledged.length + this.#unsure : Number.POSITIVE_INFINITY
    return sum >= least && sum <= most ? undefined : `the sum is ${sum}, expected ${least} to ${most}`
  }
}
