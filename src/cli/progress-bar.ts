import { clipped, printable } from '../printable.ts'
import type { Progress } from '../simulate/index.ts'
import type { World } from '../world/world.ts'

/** Where progress is shown; `process.stderr` is one. */
export interface ProgressStream {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

const BAR = 24
/** Milliseconds between redraws on a terminal, and between lines elsewhere. */
const REDRAW = 100
const LINE = 10_000
const ERASE = '\r\x1b[K'

/** Shows how far a simulation is: one line that is redrawn on a terminal, a line every 10 seconds elsewhere. */
export class ProgressBar {
  readonly #stream: ProgressStream
  readonly #world: World
  readonly #started: number
  #shown: number
  #drawn = false

  constructor(stream: ProgressStream, world: World) {
    this.#stream = stream
    this.#world = world
    this.#started = world.mono()
    this.#shown = this.#started
  }

  show(progress: Progress): void {
    const now = this.#world.mono()
    const terminal = this.#stream.isTTY === true
    if (now - this.#shown < (terminal ? REDRAW : LINE)) return
    this.#shown = now
    const text = this.#text(progress, now - this.#started)
    if (!terminal) {
      this.#stream.write(`${text}\n`)
      return
    }
    const full = Math.round(progress.done * BAR)
    const line = `${'█'.repeat(full)}${'░'.repeat(BAR - full)} ${text}`
    this.#stream.write(`${ERASE}${clipped(line, Math.max(20, (this.#stream.columns ?? 80) - 1))}`)
    this.#drawn = true
  }

  /** Leaves the terminal as it was. */
  clear(): void {
    if (this.#drawn) this.#stream.write(ERASE)
    this.#drawn = false
  }

  #text({ trace, pass, requests, done }: Progress, elapsed: number): string {
    const doing = pass === 'survey' ? 'counting keys' : 'replaying'
    const left = done > 0.01 ? `, ${remaining((elapsed * (1 - done)) / done)} left` : ''
    return `${Math.floor(done * 100)} %${left}  ${printable(trace)}: ${doing}, ${requests.toLocaleString('en-US')} requests`
  }
}

/** Milliseconds as a rough time to wait. */
function remaining(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000)
  if (seconds < 100) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 100 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`
}
