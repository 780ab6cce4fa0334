import type { UnknownReason, VerifiedWithin } from '../observe/verified.ts'

/** The counts of one comparison. */
export class Figures {
  /** Milliseconds, ascending. */
  readonly bounds: readonly number[]
  agreedAtOnce = 0
  suspected = 0
  disagreed = 0
  /** By bound, without those that agreed at once. */
  readonly #agreed: number[]
  readonly #late: number[]
  readonly unknown: Record<UnknownReason, number> = {
    unanswered: 0,
    gone: 0,
    put: 0,
    moved: 0,
    failed: 0,
    crowded: 0,
  }

  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.#agreed = bounds.map(() => 0)
    this.#late = bounds.map(() => 0)
  }

  /** So many reads had agreed within a bound, or had not. */
  count(bound: number, outcome: 'agreed' | 'late', reads: number): void {
    const counts = outcome === 'agreed' ? this.#agreed : this.#late
    counts[bound]! += reads
  }

  within(): VerifiedWithin[] {
    return this.bounds.map((within, n) => {
      const agreed = this.agreedAtOnce + this.#agreed[n]!
      const late = this.#late[n]!
      const all = agreed + late
      const ratio = all === 0 ? undefined : agreed / all
      return { within, agreed, late, ratio, atLeast: all === 0 ? undefined : lowerBound(agreed, all) }
    })
  }
}

/** The normal deviate that 5 % lie above. */
const Z = 1.6448536269514722

/** Wilson 1927, "Probable inference, the law of succession, and statistical inference": one-sided, 95 %. */
function lowerBound(agreed: number, all: number): number {
  const share = agreed / all
  const centre = share + (Z * Z) / (2 * all)
  const margin = Z * Math.sqrt((share * (1 - share)) / all + (Z * Z) / (4 * all * all))
  return Math.max(0, (centre - margin) / (1 + (Z * Z) / all))
}

/** A share in percent, rounded down, with so many digits that it does not look like everything. */
export function percent(share: number): string {
  if (share === 1) return '100 %'
  const digits = Math.min(6, Math.max(0, Math.ceil(-Math.log10(1 - share)) - 1))
  const scale = 10 ** digits
  // What 0.999 is in binary is a hair off.
  return `${Math.floor(share * 100 * scale + 1e-6) / scale} %`
}

/** Milliseconds as a person says them. */
export function time(ms: number): string {
  if (ms % 3_600_000 === 0) return `${ms / 3_600_000} h`
  if (ms % 60_000 === 0) return `${ms / 60_000} min`
  return `${ms / 1000} s`
}
