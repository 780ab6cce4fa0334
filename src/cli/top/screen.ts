import type { ReadStream, WriteStream } from 'node:tty'

/** What is used of a terminal's output and input; `process.stdout` and `process.stdin` are such. */
export type TerminalOut = Pick<WriteStream, 'write' | 'columns' | 'rows' | 'on' | 'off'>
export type TerminalIn = Pick<ReadStream, 'setRawMode' | 'on' | 'off' | 'resume' | 'pause'>

// The other screen of the terminal, no cursor, no wrapping of lines; and back.
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l'
const LEAVE = '\x1b[?7h\x1b[?25h\x1b[?1049l'
const HOME = '\x1b[H'
const END_OF_LINE = '\x1b[K'
const END_OF_SCREEN = '\x1b[J'

const CTRL_C = '\x03'
const CTRL_D = '\x04'

/** A terminal taken over for a while: shows pages, hears keys, and leaves everything as it was. */
export class Screen {
  readonly #out: TerminalOut
  readonly #in: TerminalIn
  readonly #resized: () => void
  readonly #key: (data: Buffer) => void
  #isOpen = false

  /** @param quit called for `q`, Ctrl-C and Ctrl-D. @param resized called when there is another size */
  constructor(out: TerminalOut, input: TerminalIn, quit: () => void, resized: () => void) {
    this.#out = out
    this.#in = input
    this.#resized = resized
    this.#key = (data) => {
      if ([...data.toString('latin1')].some((key) => key === 'q' || key === 'Q' || key === CTRL_C || key === CTRL_D)) {
        quit()
      }
    }
  }

  open(): void {
    this.#isOpen = true
    // Ctrl-C comes as a key from now on.
    this.#in.setRawMode(true)
    this.#in.resume()
    this.#in.on('data', this.#key)
    this.#out.on('resize', this.#resized)
    this.#out.write(ENTER)
  }

  get columns(): number {
    return this.#out.columns || 80
  }

  get rows(): number {
    return this.#out.rows || 24
  }

  show(lines: readonly string[]): void {
    const shown = lines.slice(0, this.rows).map((line) => `${line}${END_OF_LINE}`)
    this.#out.write(`${HOME}${shown.join('\r\n')}${END_OF_SCREEN}`)
  }

  /** May be called twice, and whatever has happened. */
  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#in.off('data', this.#key)
    this.#in.setRawMode(false)
    this.#in.pause()
    this.#out.off('resize', this.#resized)
    this.#out.write(LEAVE)
  }
}
