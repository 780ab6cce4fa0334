import { atEndOfTurn } from '../../world/turn.ts'

/** Whoever asks for so many keys at once waits for the server, and then the server for him. */
const LARGE = 16

type Send = () => Promise<unknown>

/**
 * Keeps large reads of one turn of the event loop apart.
 *
 * What node-redis is handed in one turn it writes at the end of that turn, together; so the server answers it together,
 * and what all of the callers ask next is written together again, after the last answer was decoded. From then on this
 * process and the server work by turns, for good. Here the first large read goes out at once, and what follows it in
 * the same turn goes out in the next one, some microseconds later: the answers come apart, and while one is decoded the
 * server has the other to work on. From then on nothing waits any more, for each turn brings one answer.
 */
export class Apart {
  #waiting: (() => void)[] = []
  #hasSent = false

  /** @param keys how many are read by what `send` sends */
  send(keys: number, send: Send): Promise<unknown> {
    if (keys < LARGE) return send()
    if (this.#hasSent) return this.#later(send)
    const answer = send()
    this.#begin()
    return answer
  }

  /** Not through the reactions of a promise: they would come after {@link Apart.#begin}. */
  #later(send: Send): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#waiting.push(() => {
        try {
          resolve(send())
        } catch (error) {
          reject(error)
        }
      })
    })
  }

  /** The client has set down its own end of the turn before: this one comes after it. */
  #begin(): void {
    this.#hasSent = true
    atEndOfTurn(this.#end)
  }

  readonly #end = (): void => {
    this.#hasSent = false
    const waiting = this.#waiting
    if (waiting.length === 0) return
    this.#waiting = []
    for (const send of waiting) send()
    this.#begin()
  }
}
