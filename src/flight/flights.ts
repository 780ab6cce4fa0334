import type { World } from '../world/world.ts'
import { Flight } from './flight.ts'
import type { TagLog } from './tag-log.ts'

/** Flights that have left, and are still in the table. */
const MOST_GONE = 100

/**
 * At most one flight a key. Who asks for a key in flight shares the answer; an invalidation takes
 * the flight out of the table (*grounds* it), so that whoever asks afterwards starts anew.
 *
 * Others of the same key may be under way apart: they are joined by nobody, and grounded all the same.
 *
 * Invariant: a flight that is in the table is not grounded; one that is under way is in the table, apart, or grounded.
 * Bounded by twice the number of flights under way, or 100 more.
 */
export class Flights<T, P = undefined> {
  /**
   * Who has left is `undefined` here until the map is made anew, not deleted. A `Map` that shrinks leaves
   * its table behind, and V8 links it to the next one: a table that has grown old keeps all that follow,
   * with what was in them, until the next full collection. At 100 lookups at a time that was a third of
   * all values read.
   */
  #flying = new Map<string, Flight<T, P> | undefined>()
  #size = 0
  /** By key, those under way that are not in the table: who comes joins another. */
  readonly #apart = new Map<string, Set<Flight<T, P>>>()
  /** Grounded by what keeps stale copies: what does not may still come. */
  readonly #withSpares = new Set<Flight<T, P>>()
  readonly #world: World
  readonly #tags: TagLog
  readonly #onGrounded: (key: string) => void

  constructor(world: World, tags: TagLog, onGrounded: (key: string) => void) {
    this.#world = world
    this.#tags = tags
    this.#onGrounded = onGrounded
  }

  /** How many keys are in flight, but for those that are so apart alone. */
  get size(): number {
    return this.#size
  }

  /** The keys in flight, each once. */
  keys(): string[] {
    const keys = new Set(this.#apart.keys())
    for (const [key, flight] of this.#flying) if (flight !== undefined) keys.add(key)
    return [...keys]
  }

  find(key: string): Flight<T, P> | undefined {
    return this.#flying.get(key)
  }

  /** Whether a flight for a key is under way that nobody joins. */
  hasApart(key: string): boolean {
    return this.#apart.size > 0 && this.#apart.has(key)
  }

  /** Starts the flight for a key that has none, or in the place of the one it has. */
  start(key: string, party: P): Flight<T, P> {
    const flight = new Flight<T, P>(key, party, this.#tags.now, this.#world.tick())
    const before = this.#flying.get(key)
    if (before === undefined) this.#size++
    else this.#setApart(before)
    this.#flying.set(key, flight)
    return flight
  }

  /** Starts a flight that nobody joins. */
  startAlone(key: string, party: P): Flight<T, P> {
    const flight = new Flight<T, P>(key, party, this.#tags.now, this.#world.tick())
    this.#setApart(flight)
    return flight
  }

  /** Answers everybody who waits for this flight. */
  land(flight: Flight<T, P>, answer: T): void {
    this.#end(flight)
    flight.resolve(answer)
  }

  /** Fails everybody who waits for this flight, with the same error, at once. */
  crash(flight: Flight<T, P>, error: unknown): void {
    this.#end(flight)
    flight.reject(error)
  }

  /**
   * Nothing the key's flight brings may be kept from now on; its callers are still answered. With `keepsSpare` its
   * spare may be served as stale.
   */
  ground(key: string, keepsSpare = false): void {
    if (!keepsSpare) this.#takeSpares((other) => other === key)
    const flight = this.#flying.get(key)
    if (flight === undefined && !this.hasApart(key)) return
    if (flight !== undefined) this.#ground(flight, keepsSpare)
    for (const other of this.#apart.get(key) ?? []) this.#ground(other, keepsSpare)
    this.#onGrounded(key)
  }

  /** {@link Flights.ground} for one flight, whatever others there are of its key. */
  groundOne(flight: Flight<T, P>): void {
    const { key } = flight
    if (this.#flying.get(key) !== flight && this.#apart.get(key)?.has(flight) !== true) return
    this.#ground(flight, false)
    this.#onGrounded(key)
  }

  /** Grounds every flight whose key starts with `prefix`; all of them with `''`. */
  groundPrefix(prefix: string, keepsSpare = false): void {
    if (!keepsSpare) this.#takeSpares((key) => key.startsWith(prefix))
    for (const key of this.keys()) if (key.startsWith(prefix)) this.ground(key, keepsSpare)
  }

  #ground(flight: Flight<T, P>, keepsSpare: boolean): void {
    this.#end(flight)
    flight.ground(keepsSpare)
    if (keepsSpare) this.#withSpares.add(flight)
  }

  #takeSpares(covers: (key: string) => boolean): void {
    if (this.#withSpares.size === 0) return
    for (const flight of this.#withSpares) if (covers(flight.key)) flight.ground(false)
  }

  /** Nobody joins this flight any more. It may keep what it brings, unless a level refuses it. */
  leave(flight: Flight<T, P>): void {
    if (this.#flying.get(flight.key) !== flight) return
    this.#leave(flight)
    this.#setApart(flight)
  }

  #setApart(flight: Flight<T, P>): void {
    const others = this.#apart.get(flight.key)
    if (others === undefined) this.#apart.set(flight.key, new Set([flight]))
    else others.add(flight)
  }

  /** Of those under way it is none any more. */
  #end(flight: Flight<T, P>): void {
    this.#leave(flight)
    this.#withSpares.delete(flight)
    if (this.#apart.size === 0) return
    const others = this.#apart.get(flight.key)
    if (others?.delete(flight) === true && others.size === 0) this.#apart.delete(flight.key)
  }

  #leave(flight: Flight<T, P>): void {
    if (this.#flying.get(flight.key) !== flight) return
    this.#flying.set(flight.key, undefined)
    this.#size--
    const gone = this.#flying.size - this.#size
    if (gone < MOST_GONE || gone < this.#size) return
    const remaining = new Map<string, Flight<T, P> | undefined>()
    for (const [key, flying] of this.#flying) if (flying !== undefined) remaining.set(key, flying)
    this.#flying = remaining
  }
}
