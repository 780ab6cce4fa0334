interface Destroyable {
  destroy?(): unknown
  disconnect?(): unknown
}

/** A client of `@redis/client`, of any kind, as far as it has to be known to end it. */
export interface Endable {
  readonly isReady?: boolean
  /** Those of a cluster, which has a client for each. */
  readonly masters?: readonly { readonly client?: Endable | undefined }[]
  on(event: string, listener: (...args: unknown[]) => void): unknown
  destroy(): unknown
}

/** So many of the clients inside of a client may be connecting at a time. */
const MOST_BEGUN = 8

/**
 * The end of a client of `@redis/client`, whatever it is doing then.
 *
 * Such a client, told to end while its socket is not open yet, forgets that socket: it opens, and belongs to nobody.
 * So a single client is ended once it has one, and the others again when their connecting has led somewhere.
 */
export class Ending {
  readonly #isSingle: boolean
  #client: Endable | undefined
  /** A socket is being opened, which the client does not know yet. */
  #isOpening = false
  #isOver = false
  readonly #begun: AbortController[] = []

  constructor(isSingle: boolean) {
    this.#isSingle = isSingle
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /**
   * Another one each time: for the socket of a client inside of a cluster or Sentinel client, which nobody else can
   * reach. Not for one that connects again and again, for Node keeps all sockets of a signal as long as that lives.
   */
  get signal(): AbortSignal {
    const begun = new AbortController()
    if (this.#isOver) begun.abort()
    else if (this.#begun.push(begun) > MOST_BEGUN) this.#begun.shift()
    return begun.signal
  }

  /** To be called before the client connects. */
  watch(client: Endable): void {
    this.#client = client
    client.on('reconnecting', () => {
      this.#isOpening = true
    })
    for (const event of ['connect', 'error']) client.on(event, () => this.settled())
  }

  /** The client begins to connect. */
  opening(): void {
    this.#isOpening = true
  }

  /** Connecting has led somewhere. */
  settled(): void {
    this.#isOpening = false
    if (this.#isOver) this.#end()
  }

  /** Ends the client, now or as soon as that can be done. */
  end(): void {
    this.#isOver = true
    for (const begun of this.#begun.splice(0)) begun.abort()
    if (!this.#isSingle || !this.#isOpening) this.#end()
  }

  #end(): void {
    const client = this.#client
    if (client === undefined) return
    for (const { client: node } of client.masters ?? []) {
      if (node?.isReady === false) node.on('connect', () => destroy(node))
    }
    destroy(client)
  }
}

/** Ends a client of node-redis at once, whatever its version calls that. */
export function destroy(client: Destroyable): void {
  try {
    const ended = client.destroy === undefined ? client.disconnect?.() : client.destroy()
    // That of a Sentinel client promises it, as those of node-redis 4 do.
    Promise.resolve(ended).catch(() => {})
  } catch {
    // It never was open, or is not any more: that is all that was wanted.
  }
}
