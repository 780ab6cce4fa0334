import { tableOf } from './screen-table.ts'
import type { Frame } from './summary.ts'
import { plainLine } from './summary-text.ts'

const HOME = '\x1b[H'
const UP = (lines: number) => `\x1b[${lines}A`
const ERASE_BELOW = '\x1b[0J'

/** What is used of where frames are shown; `process.stdout` is one. */
export interface ScreenStream {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
  write(text: string): unknown
  on(event: 'resize', listener: () => void): unknown
}

/**
 * Shows frames: a table redrawn in place on a terminal, a plain line every five seconds elsewhere.
 *
 * No line of a table is wider than the terminal, and it never has more than fit above the cursor: so that it takes as
 * many lines as it has, and the next one begins where it began. When the size changes terminals rearrange what they
 * show, each in its own way: nobody knows then where the table is, and the screen is begun anew.
 */
export class Screen {
  readonly #out: ScreenStream
  readonly #above: string
  #lines = 0
  #nextLine = 0
  #isRearranged = false

  /** @param above what stands above the table, and is to be read again where the screen is begun anew */
  constructor(out: ScreenStream, above: string) {
    this.#out = out
    this.#above = above
    out.on('resize', () => {
      this.#isRearranged = true
    })
  }

  /** How often a new frame is worth showing, in milliseconds. */
  get period(): number {
    return this.#out.isTTY ? 250 : 1000
  }

  show(frame: Frame): void {
    if (!this.#out.isTTY) {
      if (frame.elapsed < this.#nextLine) return
      this.#nextLine += 5
      this.#out.write(`${plainLine(frame)}\n`)
      return
    }
    // A terminal that does not know its size says 0. Its last row is the cursor's.
    const lines = tableOf(frame, this.#out.columns || 80, Math.max(1, (this.#out.rows || 24) - 1))
    this.#out.write(`${this.#begin()}${lines.join('\n')}\n`)
    this.#lines = lines.length
    this.#isRearranged = false
  }

  /** Goes to where the table begins, and leaves nothing there. */
  #begin(): string {
    if (this.#lines === 0) return ERASE_BELOW
    if (this.#isRearranged) return `${HOME}${ERASE_BELOW}${this.#above}`
    return `${UP(this.#lines)}${ERASE_BELOW}`
  }
}
