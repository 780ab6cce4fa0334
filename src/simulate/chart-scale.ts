/** A value on an axis and where it is drawn. */
export interface Tick {
  readonly value: number
  readonly at: number
}

/** Percentages on a linear axis whose ends are round numbers around the data. */
export class RatioScale {
  readonly #low: number
  readonly #high: number
  readonly #step: number
  readonly #top: number
  readonly #bottom: number

  /** `top` and `bottom` are where the ends of the axis are drawn. */
  constructor(ratios: readonly number[], top: number, bottom: number) {
    const least = Math.min(...ratios)
    const most = Math.max(...ratios)
    this.#step = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20].find((step) => (most - least) / step <= 6) ?? 20
    const low = Math.floor(least / this.#step) * this.#step
    const high = Math.ceil(most / this.#step) * this.#step
    this.#low = low <= this.#step * 2 ? 0 : Math.min(low, 100 - this.#step)
    this.#high = Math.min(100, high > this.#low ? high : this.#low + this.#step)
    this.#top = top
    this.#bottom = bottom
  }

  at(ratio: number): number {
    const share = (ratio - this.#low) / (this.#high - this.#low)
    return this.#bottom - share * (this.#bottom - this.#top)
  }

  ticks(): readonly Tick[] {
    const count = Math.round((this.#high - this.#low) / this.#step)
    const values = Array.from({ length: count + 1 }, (_, i) => Number((this.#low + i * this.#step).toFixed(1)))
    return values.map((value) => ({ value, at: this.at(value) }))
  }
}

/** Cache sizes on a logarithmic axis from the smallest to the largest of them. */
export class SizeScale {
  readonly #low: number
  readonly #span: number
  readonly #left: number
  readonly #right: number

  constructor(sizes: readonly number[], left: number, right: number) {
    this.#low = Math.log(Math.min(...sizes))
    this.#span = Math.log(Math.max(...sizes)) - this.#low
    this.#left = left
    this.#right = right
  }

  /** A single size stands in the middle. */
  at(size: number): number {
    const share = this.#span === 0 ? 0.5 : (Math.log(size) - this.#low) / this.#span
    return this.#left + share * (this.#right - this.#left)
  }
}

/**
 * Moves places apart until neighbours are `gap` from each other, within `low` to `high` where there
 * is room, keeping their order. What has to move is spread evenly around where it belongs.
 */
export function spread(places: readonly number[], gap: number, low: number, high: number): readonly number[] {
  const order = places.map((_, index) => index).sort((a, b) => places[a]! - places[b]!)
  // Without the gaps that precede it, each place only has to be no less than the one before: groups
  // that are not, merge at their mean.
  const groups: { sum: number; count: number }[] = []
  for (const [rank, index] of order.entries()) {
    groups.push({ sum: places[index]! - rank * gap, count: 1 })
    while (groups.length > 1 && mean(groups.at(-1)!) <= mean(groups.at(-2)!)) {
      const { sum, count } = groups.pop()!
      groups.at(-1)!.sum += sum
      groups.at(-1)!.count += count
    }
  }
  const flat = groups.flatMap((group) => new Array<number>(group.count).fill(mean(group)))
  const most = high - (order.length - 1) * gap
  const moved = new Array<number>(places.length)
  for (const [rank, index] of order.entries()) {
    moved[index] = Math.max(low, Math.min(most, flat[rank]!)) + rank * gap
  }
  return moved
}

function mean(group: { sum: number; count: number }): number {
  return group.sum / group.count
}
