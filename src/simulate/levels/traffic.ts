import { type Fingerprint, fingerprint, mixed } from '../fingerprint.ts'
import { ReplayWorld } from '../replay-world.ts'

/** How requests are spread over application servers: at random, one after the other, or by their keys. */
export type Balance = 'random' | 'turns' | 'key'

/** What a trace does not say of its traffic. */
export interface Traffic {
  readonly balance: Balance
  /** Requests a second, of all servers together; `undefined` where time plays no part. */
  readonly rate: number | undefined
  /** How long a fetched value lives, in milliseconds. */
  readonly ttl: number
  /** The chance that a key has changed, and was invalidated everywhere, just before a request for it. */
  readonly writes: number
  readonly seed: number
}

/** Chooses the server that gets a request; the choices follow from the seed. */
export class Balancer {
  readonly #balance: Balance
  readonly #servers: number
  readonly #draws: ReplayWorld
  readonly #print: Fingerprint = { low: 0, high: 0 }
  #turn = -1

  constructor({ balance, seed }: Traffic, servers: number) {
    this.#balance = balance
    this.#servers = servers
    this.#draws = new ReplayWorld(mixed(seed ^ 0x5eed))
  }

  next(key: number | string): number {
    if (this.#servers === 1) return 0
    if (this.#balance === 'random') return Math.floor(this.#draws.random() * this.#servers)
    if (this.#balance === 'turns') {
      this.#turn = (this.#turn + 1) % this.#servers
      return this.#turn
    }
    fingerprint(key, this.#print)
    return mixed(this.#print.low ^ Math.imul(this.#print.high, 0x9e3779b1)) % this.#servers
  }
}
