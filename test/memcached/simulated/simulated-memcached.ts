import type { FakeWorld } from '../../../src/testing/fake-world.ts'
import { MetaItems } from './meta-items.ts'
import { MetaRequests } from './meta-requests.ts'

/** The client's end of a connection, as the server sees it. */
export interface Peer {
  /** Bytes on their way to the client. */
  answer(bytes: Buffer): void
  /** The server has closed the connection. */
  reset(): void
}

/** A connection at the server. */
export interface Session {
  /** Bytes have arrived. */
  hear(bytes: Buffer): void
  /** The client is gone; what it has sent before is done. */
  end(): void
}

/** How a {@link SimulatedMemcached} is. */
export interface SimulatedMemcachedOptions {
  /** Seconds of its clock a second: a fast one ends items before their time, as a server short of memory does. Default: 1. */
  readonly haste?: number
  /** Whether there is memory for what comes in now. Default: always. */
  readonly hasRoom?: () => boolean
}

/** A Memcached that several simulated processes share, and all that goes wrong with one. */
export class SimulatedMemcached {
  readonly #world: FakeWorld
  readonly #items: MetaItems
  readonly #hasRoom: () => boolean
  readonly #peers = new Set<Peer>()
  /** What lies in its sockets while it is frozen. */
  #held: (() => void)[] = []
  #frozenUntil = Number.NEGATIVE_INFINITY
  #downUntil = Number.NEGATIVE_INFINITY

  constructor(world: FakeWorld, { haste = 1, hasRoom = () => true }: SimulatedMemcachedOptions = {}) {
    this.#world = world
    this.#hasRoom = hasRoom
    const start = world.wall() - world.mono()
    this.#items = new MetaItems(() => Math.floor((start + world.mono() * haste) / 1000))
  }

  get isDown(): boolean {
    return this.#world.mono() < this.#downUntil
  }

  get names(): string[] {
    return this.#items.names
  }

  evict(name: string): void {
    this.#items.evict(name)
  }

  /** A connection was made: it is accepted, frozen or not. */
  accept(peer: Peer): Session {
    const requests = new MetaRequests()
    this.#peers.add(peer)
    return {
      hear: (bytes) => {
        this.#whenAwake(() => this.#answer(peer, requests.feed(bytes)))
      },
      end: () => this.#whenAwake(() => this.#peers.delete(peer)),
    }
  }

  /** Stands still for so long; what arrives meanwhile is done afterwards, in that order. */
  freeze(ms: number): void {
    const wasFrozen = this.#isFrozen
    this.#frozenUntil = Math.max(this.#frozenUntil, this.#world.mono() + ms)
    if (!wasFrozen) this.#thawLater()
  }

  /** Killed, and started again after so long: empty, all connections gone. */
  restart(ms: number): void {
    this.#items.reset()
    this.#held = []
    this.#frozenUntil = Number.NEGATIVE_INFINITY
    this.#downUntil = this.#world.mono() + ms
    const peers = [...this.#peers]
    this.#peers.clear()
    for (const peer of peers) peer.reset()
  }

  /** Closes all connections. */
  dropAll(): void {
    for (const peer of [...this.#peers]) this.drop(peer)
  }

  /** Closes this connection. */
  drop(peer: Peer): void {
    if (this.#peers.delete(peer)) peer.reset()
  }

  get #isFrozen(): boolean {
    return this.#world.mono() < this.#frozenUntil
  }

  #thawLater(): void {
    this.#world.after(this.#frozenUntil - this.#world.mono(), () => {
      if (this.#isFrozen) return this.#thawLater()
      for (const run of this.#held.splice(0)) run()
    })
  }

  #whenAwake(run: () => void): void {
    if (this.#isFrozen) this.#held.push(run)
    else run()
  }

  #answer(peer: Peer, requests: readonly { readonly line: string; readonly body: Buffer }[]): void {
    if (!this.#peers.has(peer)) return
    const replies: Buffer[] = []
    for (const { line, body } of requests) {
      const reply = this.#items.run(line, body, this.#hasRoom())
      if (reply === undefined) throw new Error(`a command that is not simulated: ${line}`)
      replies.push(reply)
    }
    if (replies.length > 0) peer.answer(Buffer.concat(replies))
  }
}
