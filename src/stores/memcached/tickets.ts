import type { Era } from '../../entry/era.ts'

/** What a process knew when it handed out an era for a key. */
export interface Ticket {
  /** The node, by index, and which connection to it. */
  readonly node: number
  readonly generation: number
  /** The node's wide invalidations, as far as this process knew of them. */
  readonly reign: string
  readonly era: Era
  /** The version of the item: it changes with everything that happens to the key. 0: none. */
  readonly cas: number
}

/** Everything of a ticket but the low 32 bits of `cas`. */
interface Session {
  readonly number: number
  readonly node: number
  readonly generation: number
  readonly reign: string
  readonly era: Era
  /** `cas` without its low 32 bits. */
  readonly base: number
}

const LOW = 2 ** 32
/** Session numbers take the other 21 bits of a number. */
const NUMBERS = 2 ** 21
const REMEMBERED = 65_536
const MOST_BASES = 64

/**
 * The eras this process hands out, one for each key it read: the version of the key's item, and in the
 * bits above it the number of a session, under which the rest is remembered. A session is good for
 * all keys of a node until something else changes: the connection, or the wide era known.
 *
 * Bounded: of the last 65,536 sessions each ticket is good; older ones are void.
 */
export class Tickets {
  readonly #sessions: (Session | undefined)[] = []
  /** The sessions that are open, by node and base. */
  readonly #open: Map<number, Session>[] = []
  #last = 0

  issue({ node, generation, reign, era, cas }: Ticket): Era {
    const low = cas % LOW
    const base = cas - low
    this.#open[node] ??= new Map()
    const open = this.#open[node]
    let session = open.get(base)
    if (session?.generation !== generation || session.era !== era || session.reign !== reign) {
      if (open.size >= MOST_BASES) open.clear()
      session = this.#begin(node, generation, reign, era, base)
      open.set(base, session)
    }
    return session.number * LOW + low
  }

  /** What stands behind an era; `undefined` if this process has forgotten, or never handed it out. */
  open(born: Era): Ticket | undefined {
    const number = Math.floor(born / LOW)
    const session = this.#sessions[number % REMEMBERED]
    if (session === undefined || session.number !== number) return undefined
    const { node, generation, reign, era, base } = session
    return { node, generation, reign, era, cas: base + (born % LOW) }
  }

  #begin(node: number, generation: number, reign: string, era: Era, base: number): Session {
    this.#last = (this.#last % (NUMBERS - 1)) + 1
    const session = { number: this.#last, node, generation, reign, era, base }
    this.#sessions[this.#last % REMEMBERED] = session
    return session
  }
}
