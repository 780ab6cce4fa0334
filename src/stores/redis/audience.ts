/** Where a client keeps its {@link Audience}: whoever it was given to counts with the others. */
const AUDIENCE = Symbol('terrace.audience')

interface Attended {
  [AUDIENCE]?: Audience
}

/**
 * Who hears which channel over one client. Several levels may have been given the same client: the
 * subscription of the first is that of all, and it ends with the last.
 */
export class Audience {
  readonly #hearers = new Map<string, Set<(text: string) => void>>()

  /** That of a client, which has it for as long as it lives. */
  static of(client: object): Audience {
    const attended: Attended = client
    if (attended[AUDIENCE] === undefined) Object.defineProperty(client, AUDIENCE, { value: new Audience() })
    return attended[AUDIENCE]!
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
