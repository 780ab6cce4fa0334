// Time spent running: elapsed time without the time the thread waited in the kernel's run queue.
// On a machine that does other work as well this halves the spread of the figures. Where the
// kernel does not tell (not Linux), it is plain elapsed time.
import { readFileSync } from 'node:fs'

const SCHEDSTAT = '/proc/thread-self/schedstat'

/** Nanoseconds this thread has been runnable without running, 0 where unknown. */
export function waited() {
  try {
    return Number(readFileSync(SCHEDSTAT, 'latin1').split(' ')[1])
  } catch {
    return 0
  }
}

export class Stopwatch {
  #started = performance.now()
  #waited = waited()

  restart() {
    this.#waited = waited()
    this.#started = performance.now()
  }

  /** Nanoseconds of running since the (re)start. */
  nanoseconds() {
    const elapsed = (performance.now() - this.#started) * 1e6
    return Math.max(0, elapsed - (waited() - this.#waited))
  }
}
