import type { World } from '../../world/world.ts'
import type { Hears, Line, OpenLine } from './connection.ts'

/** Milliseconds between two signs of life asked for, and for one to come. */
const PULSE = 2000
const PATIENCE = 3000
/** Milliseconds for a connection to be opened. */
const MOST = 5000
/** Milliseconds before a lost connection is opened again: doubled each time, with jitter. */
const SHORTEST = 50
const LONGEST = 2000

/** Who hears a {@link Channel}. */
export interface ChannelListener {
  message(text: string): void
  /** The channel is heard again after it was not: something may have been missed. */
  interrupted(): void
}

/**
 * One channel of a Redis server, heard for as long as the process wants to: a connection that is lost,
 * or does not answer any more, is replaced by another, for ever.
 */
export class Channel {
  readonly #open: OpenLine
  readonly #name: string
  readonly #world: World
  #line: Line | undefined
  #isClosed = false
  #failures = 0
  #opening: AbortController | undefined
  #cancel = () => {}

  constructor(open: OpenLine, name: string, world: World) {
    this.#open = open
    this.#name = name
    this.#world = world
  }

  /** Whether its line is open. */
  get isHeard(): boolean {
    return this.#line !== undefined
  }

  /** Resolves once the channel is heard, or the first attempt has failed: then the listener is told when it is. */
  async listen(listener: ChannelListener): Promise<void> {
    await this.#connect(listener).catch(() => {})
  }

  close(): void {
    this.#isClosed = true
    this.#cancel()
    this.#opening?.abort()
    this.#line?.close()
    this.#line = undefined
  }

  async #connect(listener: ChannelListener): Promise<void> {
    let isLost = false
    const lost = () => {
      if (isLost) return
      isLost = true
      this.#line = undefined
      if (!this.#isClosed) this.#again(listener)
    }
    try {
      const line = await this.#opened({ message: (text) => listener.message(text), lost })
      if (this.#isClosed || isLost) return line.close()
      this.#line = line
      this.#failures = 0
      this.#watch(line, lost)
    } catch (error) {
      if (!this.#isClosed && !isLost) this.#again(listener)
      throw error
    }
  }

  /** A server that accepts a connection and says nothing would be waited for without end. */
  #opened(hears: Hears): Promise<Line> {
    const opening = new AbortController()
    this.#opening = opening
    return new Promise((resolve, reject) => {
      let isLate = false
      const cancel = this.#world.after(MOST, () => {
        isLate = true
        reject(new Error(`nothing is heard of ${this.#name} within ${MOST} ms`))
        opening.abort()
      })
      this.#open(this.#name, hears, opening.signal).then(
        (line) => {
          cancel()
          if (isLate) line.close()
          else resolve(line)
        },
        (error: unknown) => {
          cancel()
          reject(error)
        },
      )
    })
  }

  #again(listener: ChannelListener): void {
    const most = Math.min(LONGEST, SHORTEST * 2 ** this.#failures++)
    this.#cancel()
    this.#cancel = this.#world.after(most * (0.5 + this.#world.random() / 2), () => {
      this.#connect(listener).then(
        () => {
          if (this.#line !== undefined) listener.interrupted()
        },
        // The next attempt is under way.
        () => {},
      )
    })
  }

  /** A connection of which the other side is gone without a word stays open for many minutes. */
  #watch(line: Line, lost: () => void): void {
    if (this.#line !== line) return
    this.#cancel = this.#world.after(PULSE, () => {
      let isOver = false
      const give = (isAlive: boolean) => {
        // What is to be done about a line that is lost by now is under way: that must not be cancelled.
        if (isOver || this.#line !== line) return
        isOver = true
        this.#cancel()
        if (isAlive) return this.#watch(line, lost)
        line.close()
        lost()
      }
      this.#cancel = this.#world.after(PATIENCE, () => give(false))
      line.ping().then(
        () => give(true),
        () => give(false),
      )
    })
  }
}
