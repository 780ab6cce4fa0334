import { TerraceError } from '../errors.ts'
import { KeyNumbers } from './key-numbers.ts'
import { NumberList } from './number-list.ts'
import type { Batch } from './trace.ts'

/** Stands for "is not asked for again"; no trace is this long. */
export const NEVER: number = 2 ** 32 - 1

/** What the first pass over a trace finds out. */
export interface Survey {
  readonly requests: number
  readonly distinctKeys: number
  /** For each request the place of the next one for the same key, or {@link NEVER}; only if asked for. */
  readonly nextUses: NumberList | undefined
}

/**
 * The first pass: counts requests and distinct keys, and for the optimum notes next uses.
 *
 * Memory: 16 to 32 bytes a distinct key; with next uses 4 more, and 4 bytes a request (400 MB for
 * 100 million), all in typed arrays outside the JavaScript heap.
 */
export class Surveyor {
  readonly #numbers = new KeyNumbers()
  readonly #lastUses = new NumberList()
  readonly #nextUses: NumberList | undefined
  #requests = 0

  constructor(withNextUses: boolean) {
    this.#nextUses = withNextUses ? new NumberList() : undefined
  }

  get requests(): number {
    return this.#requests
  }

  /** @throws TerraceError `ERR_UNSUPPORTED` for next uses in a trace of more than 4 billion requests. */
  take(batch: Batch): void {
    const { keys } = batch
    for (let i = 0; i < keys.length; i++) {
      const number = this.#numbers.numberOf(keys[i]!)
      if (this.#nextUses !== undefined) this.#note(number, this.#nextUses)
    }
    this.#requests += keys.length
  }

  survey(): Survey {
    return { requests: this.#requests, distinctKeys: this.#numbers.size, nextUses: this.#nextUses }
  }

  #note(number: number, nextUses: NumberList): void {
    const position = nextUses.length
    if (position === NEVER) throw new TerraceError('ERR_UNSUPPORTED', 'the trace is too long for the optimum')
    nextUses.push(NEVER)
    if (number === this.#lastUses.length) {
      this.#lastUses.push(position)
    } else {
      nextUses.set(this.#lastUses.at(number), position)
      this.#lastUses.set(number, position)
    }
  }
}
