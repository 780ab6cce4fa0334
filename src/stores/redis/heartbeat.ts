import type { World } from '../../world/world.ts'

/** Milliseconds between two looks. Who owes an answer for two of them is taken for gone. */
const EVERY = 2500

/**
 * Finds the connections on which nothing comes back any more, though they are asked for a sign of life.
 *
 * The timeout of a socket finds only those that nobody uses: whatever is written to one begins it anew, and what does
 * not answer is tried again and again. Looks are counted, not time: a process that was held up has not listened.
 */
export class Heartbeat<C extends { readonly isReady?: boolean }> {
  readonly #world: World
  readonly #clients: () => readonly C[]
  readonly #ask: (client: C) => Promise<unknown>
  readonly #gone: (client: C) => void
  readonly #owed = new WeakMap<C, { looks: number }>()
  #cancel = () => {}

  constructor(
    world: World,
    clients: () => readonly C[],
    ask: (client: C) => Promise<unknown>,
    gone: (client: C) => void,
  ) {
    this.#world = world
    this.#clients = clients
    this.#ask = ask
    this.#gone = gone
  }

  begin(): void {
    this.#cancel = this.#world.after(EVERY, () => {
      this.begin()
      for (const client of this.#clients()) this.#look(client)
    })
  }

  end(): void {
    this.#cancel()
  }

  #look(client: C): void {
    const owed = this.#owed.get(client)
    if (client.isReady !== true) this.#owed.delete(client)
    else if (owed === undefined) this.#listen(client)
    else if (++owed.looks === 2) {
      this.#owed.delete(client)
      this.#gone(client)
    }
  }

  #listen(client: C): void {
    const owed = { looks: 0 }
    this.#owed.set(client, owed)
    const over = () => {
      if (this.#owed.get(client) === owed) this.#owed.delete(client)
    }
    this.#ask(client).then(over, over)
  }
}
