import type { Feed, FeedListener } from '../../src/feeds/feed.ts'
import type { FakeWorld } from '../../src/testing/fake-world.ts'

/** Milliseconds between two texts that had to wait. */
const SLOWLY = 10

/** To be heard first takes so many times as long. */
const CONNECTING = 10

/** One process's end of a {@link LossyHub}. */
export interface End extends Feed {
  /** Neither hears nor is heard. */
  isCut: boolean
  /** What is published while it is cut fails at once, instead of vanishing. */
  isRefused: boolean
  /** The last text was handed over, and went out. */
  isWell: boolean
  /** From now on it hears nothing for so many milliseconds, and then everything in order, but slowly. */
  stall(ms: number): void
  /** Called for each text that went out. */
  onSent: () => void
  /** Is told that it was interrupted, as one that has connected again is. */
  tellInterrupted(): void
}

/** A feed that delays, changes the order, loses and repeats, each with a chance of 0 to 1. */
export class LossyHub {
  readonly #world: FakeWorld
  readonly #ends: { readonly end: End; readonly hear: (text: string) => unknown }[] = []
  loss = 0
  repetition = 0
  failure = 0
  /** Milliseconds: the longest a text is on its way. */
  latency = 1
  /** Nobody hears anything, and what is published fails, or vanishes. */
  outage: 'none' | 'refusing' | 'silent' = 'none'

  constructor(world: FakeWorld) {
    this.#world = world
  }

  end(): End {
    let own: FeedListener | undefined
    /** What waits to be heard, while it is stalled. */
    let backlog: string[] | undefined
    const drain = () => {
      const text = backlog?.shift()
      if (text === undefined) {
        backlog = undefined
        return
      }
      if (!end.isCut && this.outage === 'none') own?.message(text)
      this.#world.after(SLOWLY, drain)
    }
    const end: End = {
      isCut: false,
      isRefused: false,
      isWell: true,
      onSent: () => undefined,
      stall: (ms) => {
        if (backlog !== undefined) return
        backlog = []
        this.#world.after(ms, drain)
      },
      publish: async (text) => {
        const isFailure = this.#chance(this.failure)
        const isCut = end.isCut || this.outage !== 'none'
        end.isWell = !isCut && !isFailure
        if (this.outage === 'refusing' || (end.isCut && end.isRefused)) throw new Error('not connected')
        if (!isCut && !(isFailure && this.#chance(0.5))) this.#spread(text)
        await this.#wait()
        if (isFailure) throw new Error('the feed failed')
        if (end.isWell) end.onSent()
      },
      subscribe: async (listener) => {
        await this.#wait(CONNECTING)
        own = listener
      },
      close: async () => {
        own = undefined
      },
      tellInterrupted: () => own?.interrupted(),
    }
    this.#ends.push({ end, hear: (text) => (backlog === undefined ? own?.message(text) : backlog.push(text)) })
    return end
  }

  #spread(text: string): void {
    for (const { end, hear } of this.#ends) {
      const times = this.#chance(this.loss) ? 0 : this.#chance(this.repetition) ? 2 : 1
      for (let n = 0; n < times; n++) {
        this.#world.after(this.#world.random() * this.latency, () => {
          if (!end.isCut && this.outage === 'none') hear(text)
        })
      }
    }
  }

  #chance(share: number): boolean {
    return this.#world.random() < share
  }

  #wait(times = 1): Promise<void> {
    return new Promise((resolve) => {
      this.#world.after(this.#world.random() * this.latency * times, resolve)
    })
  }
}
