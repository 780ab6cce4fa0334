/** Stops a timer that {@link World.after} started. Calling it late or twice does nothing. */
export type Cancel = () => void

/**
 * All nondeterminism of the library, behind one door: clocks, timers, randomness, background work.
 *
 * Production uses `systemWorld`; tests and simulations pass a world of their own, so that a whole
 * run follows from one seed.
 */
export interface World {
  /** Wall-clock time in milliseconds since the Unix epoch. It can jump; for display and for the wire only. */
  wall(): number
  /** Monotonic time in milliseconds from an arbitrary origin, never going back. */
  mono(): number
  /**
   * {@link World.mono}, but cheap, in whole milliseconds and up to about two milliseconds old, or as old as the
   * turn of the event loop if that takes longer; no older than the last reading of `mono`. What expiry reads at
   * every access. It never goes back.
   */
  tick(): number
  /**
   * Runs `run` once, `delay` milliseconds by {@link World.mono} from now or later, never earlier. Keeps the process
   * alive only if somebody waits for it (`awaited`).
   */
  after(delay: number, run: () => void, awaited?: boolean): Cancel
  /** Runs `run` when the promise reactions that are ready have run: what belongs together has been asked for by then. */
  soon(run: () => void): void
  /** A uniform random number in [0, 1). */
  random(): number
  /**
   * Takes charge of work nobody awaits. `why` names it; a rejection is reported (the system world
   * emits a process warning), never thrown and never left unhandled.
   */
  background(work: Promise<unknown>, why: string): void
}
