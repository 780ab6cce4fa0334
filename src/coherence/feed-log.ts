import { type FeedNotice, markOf } from './feed-notice.ts'

const MOST_ORIGINS = 10_000
/** So many marks are remembered of each process: what comes late, or again, is told from what is missing. */
const MOST_MARKS = 16
/** A process that has not been heard for so many of its pauses is not there any more. */
const PAUSES = 3

/** What was heard of one process. */
interface Heard {
  /** Of its last notices, the newest last. */
  readonly marks: string[]
  /** When it was heard last, by this process's monotonic clock. */
  at: number
  every: number
}

/**
 * What was heard of each process, and whether anything is missing.
 *
 * Every notice and sign of life names the mark of the notice before it. If that was not heard, something
 * was lost. A mark is a hash of all that a process has told, so what was forged, replayed, left out or
 * comes in another order never hides that a true notice is missing, nor keeps the next true one from being
 * taken: whoever can publish can cause misses, and can speak in the name of a process that has died.
 */
export class FeedLog {
  /** The longest unheard first. */
  readonly #heard = new Map<string, Heard>()

  /** `lost`: something was sent before that was not heard; also where nobody knows. */
  hear(notice: FeedNotice, now: number): 'new' | 'known' | 'lost' {
    const { origin, after, every, scopes } = notice
    const heard = this.#heard.get(origin) ?? { marks: [''], at: now, every }
    const { marks } = heard
    let isLost = !marks.includes(after)
    if (isLost) note(marks, after)
    const mark = scopes.length > 0 ? markOf(notice) : after
    const isKnown = marks.includes(mark)
    if (!isKnown) note(marks, mark)
    heard.at = now
    heard.every = every
    this.#heard.delete(origin)
    this.#heard.set(origin, heard)
    if (this.#heard.size > MOST_ORIGINS) {
      const [eldest, { every: pause }] = this.#heard.entries().next().value!
      this.#heard.delete(eldest)
      if (pause > 0) isLost = true
    }
    if (isLost) return 'lost'
    return isKnown ? 'known' : 'new'
  }

  /**
   * Whether a process has gone silent without a last word, for `patience` milliseconds at least: what it
   * told last may have been lost, and nothing will ever tell so. Forgets those who have gone.
   */
  missesSomebody(now: number, patience: number): boolean {
    let misses = false
    for (const [origin, { at, every }] of this.#heard) {
      if (now - at <= patience) break
      if (now - at <= every * PAUSES) continue
      this.#heard.delete(origin)
      if (every > 0) misses = true
    }
    return misses
  }
}

function note(marks: string[], mark: string): void {
  marks.push(mark)
  if (marks.length > MOST_MARKS) marks.shift()
}
