/** Where a client keeps its {@link Audience}: whoever it was given to counts with the others. */
const AUDIENCE = Symbol('terrace.audience')

interface Attended {
  [AUDIENCE]?: Audience
}

type Listener = (...args: unknown[]) => void

/** A client, as far as it is listened to. */
export interface Emitter {
  on(event: string, listener: Listener): unknown
  off(event: string, listener: Listener): unknown
}

/** Who is told of an event, and the one listener of the client by which they are. */
interface Told {
  readonly all: Set<Listener>
  readonly tell: Listener
}

/**
 * Who hears which channel and which event of one client. Several levels may have been given the same client:
 * the subscription of the first is that of all, and it ends with the last. An emitter warns of its eleventh
 * listener for an event, so they share one for each event, too.
 */
export class Audience {
  readonly #client: Emitter
  readonly #events = new Map<string, Told>()
  readonly #hearers = new Map<string, Set<(text: string) => void>>()

  /** That of a client, which has it for as long as it lives. */
  static of(client: Emitter): Audience {
    const attended: Emitter & Attended = client
    if (attended[AUDIENCE] === undefined) Object.defineProperty(client, AUDIENCE, { value: new Audience(client) })
    return attended[AUDIENCE]!
  }

  private constructor(client: Emitter) {
    this.#client = client
  }

  /** From now on the listener is told of this event of the client. */
  on(event: string, listener: Listener): void {
    const told = this.#events.get(event)
    if (told !== undefined) {
      told.all.add(listener)
      return
    }
    const all = new Set([listener])
    // Of a copy: who hears that a connection is lost stops listening to it.
    const tell: Listener = (...args) => {
      for (const each of [...all]) each(...args)
    }
    this.#events.set(event, { all, tell })
    this.#client.on(event, tell)
  }

  off(event: string, listener: Listener): void {
    const told = this.#events.get(event)
    if (told === undefined) return
    told.all.delete(listener)
    if (told.all.size > 0) return
    this.#events.delete(event)
    this.#client.off(event, told.tell)
  }

  /** To be called before the channel is subscribed to: from then on nobody else ends the subscription. */
  join(channel: string, hear: (text: string) => void): void {
    const hearers = this.#hearers.get(channel)
    if (hearers === undefined) this.#hearers.set(channel, new Set([hear]))
    else hearers.add(hear)
  }

  leave(channel: string, hear: (text: string) => void): void {
    const hearers = this.#hearers.get(channel)
    hearers?.delete(hear)
    if (hearers?.size === 0) this.#hearers.delete(channel)
  }

  /** Whether anybody hears the channel, or is about to. */
  hears(channel: string): boolean {
    return this.#hearers.has(channel)
  }

  /** Told what came over a channel. Always the same function: a client that counts its listeners counts one. */
  readonly tell = (text: unknown, channel: unknown): void => {
    for (const hear of this.#hearers.get(String(channel)) ?? []) hear(String(text))
  }
}
