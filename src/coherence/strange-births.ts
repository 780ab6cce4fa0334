import type { Opened } from '../entry/frame.ts'
import type { ShardMirror } from './shard-mirror.ts'

/** Milliseconds for which an answer is enough, and the births remembered. */
const ENOUGH = 1000
const MOST = 1000

/**
 * Births of frames that a shard, asked after they were read, knew nothing of. For a second that answer is enough, if
 * nothing new is heard of the shard: otherwise a frame that is damaged, or was left there by somebody hostile, would
 * cost a question with every read.
 */
export class StrangeBirths {
  readonly #mirror: ShardMirror
  /** When the answers came, the first of them first, and what was known then. */
  readonly #answered = new Map<string, number>()
  #known = ''

  constructor(mirror: ShardMirror) {
    this.#mirror = mirror
  }

  /** The shard was asked anew and does not know such a birth, at the monotonic moment `now`. */
  note({ reign, born }: Pick<Opened, 'reign' | 'born'>, now: number): void {
    const known = this.#knownNow()
    if (known !== this.#known) this.#answered.clear()
    this.#known = known
    const name = nameOf(reign, born)
    this.#answered.delete(name)
    this.#answered.set(name, now)
    if (this.#answered.size > MOST) this.#answered.delete(this.#answered.keys().next().value!)
  }

  /** Whether there is nothing to ask: the shard did not know it a moment ago, and nothing was heard since. */
  has({ reign, born }: Pick<Opened, 'reign' | 'born'>, now: number): boolean {
    const answered = this.#answered.get(nameOf(reign, born))
    return answered !== undefined && now - answered < ENOUGH && this.#knownNow() === this.#known
  }

  /** Changes with every step that is heard, or told of: a strange birth is ahead of all of them, or of another history. */
  #knownNow(): string {
    return `${this.#mirror.birth} ${this.#mirror.highest}`
  }
}

function nameOf(reign: string, born: number): string {
  return `${reign} ${born}`
}
