import type { Cancel } from '../world/world.ts'

/** Something that runs at a moment of virtual time. */
export interface Timer {
  readonly due: number
  /** Of two that fall due at the same moment the lower one comes first. */
  readonly order: number
  readonly run: () => void
}

interface Waiting extends Timer {
  state: 'waiting' | 'fired' | 'cancelled'
}

/** Timers by deadline, in a binary heap. A cancelled one stays in it until its time comes. */
export class TimerQueue {
  readonly #heap: Waiting[] = []
  #waiting = 0

  /** How many are waiting. */
  get waiting(): number {
    return this.#waiting
  }

  /** @returns takes it out again, if it is still there */
  add({ due, order, run }: Timer): Cancel {
    const timer: Waiting = { due, order, run, state: 'waiting' }
    this.#waiting++
    let at = this.#heap.push(timer) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(timer, this.#heap[parent]!)) break
      this.#heap[at] = this.#heap[parent]!
      at = parent
    }
    this.#heap[at] = timer
    return () => {
      if (timer.state === 'waiting') this.#waiting--
      timer.state = 'cancelled'
    }
  }

  /** Takes out the first one, if it falls due by `end`. */
  take(end: number): Timer | undefined {
    for (let first = this.#heap[0]; first !== undefined && first.due <= end; first = this.#heap[0]) {
      this.#removeFirst()
      if (first.state === 'cancelled') continue
      first.state = 'fired'
      this.#waiting--
      return first
    }
    return undefined
  }

  #removeFirst(): void {
    const last = this.#heap.pop()!
    if (this.#heap.length === 0) return
    let at = 0
    for (let child = 1; child < this.#heap.length; child = 2 * at + 1) {
      if (child + 1 < this.#heap.length && isBefore(this.#heap[child + 1]!, this.#heap[child]!)) child++
      if (!isBefore(this.#heap[child]!, last)) break
      this.#heap[at] = this.#heap[child]!
      at = child
    }
    this.#heap[at] = last
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.due < b.due || (a.due === b.due && a.order < b.order)
}
