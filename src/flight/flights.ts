import { Flight } from './flight.ts'

/**
 * At most one flight a key. Who asks for a key in flight shares the answer; an invalidation takes
 * the flight out of the table (*grounds* it), so that whoever asks afterwards starts anew.
 *
 * Invariant: a flight that is in the table is not grounded.
 * Bounded by the number of keys callers are waiting for.
 */
export class Flights<T, P = undefined> {
  readonly #flying = new Map<string, Flight<T, P>>()
  readonly #onGrounded: (key: string) => void

  constructor(onGrounded: (key: string) => void) {
    this.#onGrounded = onGrounded
  }

  get size(): number {
    return this.#flying.size
  }

  find(key: string): Flight<T, P> | undefined {
    return this.#flying.get(key)
  }

  /** Starts the flight for a key that has none. */
  start(key: string, party: P): Flight<T, P> {
    const flight = new Flight<T, P>(key, party)
    this.#flying.set(key, flight)
    return flight
  }

  /** Answers everybody who waits for this flight. */
  land(flight: Flight<T, P>, answer: T): void {
    this.#leave(flight)
    flight.resolve(answer)
  }

  /** Fails everybody who waits for this flight, with the same error, at once. */
  crash(flight: Flight<T, P>, error: unknown): void {
    this.#leave(flight)
    flight.reject(error)
  }

  /** Nothing the key's flight brings may be kept from now on; its callers are still answered. */
  ground(key: string): void {
    const flight = this.#flying.get(key)
    if (flight === undefined) return
    this.#flying.delete(key)
    flight.ground()
    this.#onGrounded(key)
  }

  /** Grounds every flight whose key starts with `prefix`; all of them with `''`. */
  groundPrefix(prefix: string): void {
    for (const key of [...this.#flying.keys()]) if (key.startsWith(prefix)) this.ground(key)
  }

  /** Nobody joins the flights under way any more. They may keep what they bring, unless a level refuses it. */
  leaveAll(): void {
    this.#flying.clear()
  }

  #leave(flight: Flight<T, P>): void {
    if (this.#flying.get(flight.key) === flight) this.#flying.delete(flight.key)
  }
}
