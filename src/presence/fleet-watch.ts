import { hex } from '../coherence/random-name.ts'
import type { Listening, Meeting } from '../stores/meeting.ts'
import type { Cancel, World } from '../world/world.ts'
import { type Presence, presenceIn } from './presence.ts'
import { callText } from './roll-call.ts'

/** One cache of one process of the fleet. */
export interface FleetNode extends Omit<Presence, 'every' | 'echoes'> {
  /** It is the cache that watches. */
  readonly isThis: boolean
  /** The level over which it was heard last. */
  readonly level: string
  /** Milliseconds since it was last heard. */
  readonly silence: number
  /** It has not answered for so long that it is most likely gone. */
  readonly isGone: boolean
  /** Milliseconds that a question took to it over the feed, and its answer back; `undefined` before that is known. */
  readonly lag: number | undefined
}

/** A level, and where those who share it meet. */
export interface MeetingPlace {
  readonly level: string
  readonly meeting: Meeting
}

/** Milliseconds from one call to the next, and how long each is good for. */
const EVERY = 5000
const LASTS = 15_000
/** Milliseconds from one answer of a process to its next: so many, and more where there are many processes. */
const SHORTEST_PAUSE = 2000
const PAUSE_PER_NODE = 20
const LONGEST_PAUSE = 20_000
/** Who misses so many of his times to answer is most likely gone … */
const PATIENCE = 2
/** … give or take these milliseconds, and forgotten after so many more. */
const SLACK = 1500
const MEMORY = 60_000
/** Processes that are listed at most, and answers that are looked at in a second. */
const MOST_NODES = 500
const MOST_ANSWERS = 500
/** For how long it is said that there were too many, in milliseconds. */
const CROWDED = 10_000
/** Calls that answers are known by. */
const MOST_CALLS = 16

interface Known {
  presence: Presence
  level: string
  at: number
  lag: number | undefined
}

/**
 * Watches who is there among the processes that share levels with this one: it calls, again and again, and
 * remembers who answers. What they tell was sent by anybody who can publish where they meet: it is
 * bounded in length, number and rate, shown and never relied on.
 */
export class FleetWatch {
  readonly #places: readonly MeetingPlace[]
  readonly #ownId: string
  readonly #world: World
  readonly #caller: string
  readonly #nodes = new Map<string, Known>()
  readonly #listening: readonly Listening[]
  /** By number: when a call was sent. */
  readonly #sent = new Map<number, number>()
  #number = 0
  #cancel: Cancel | undefined
  #second = 0
  #answers = 0
  #crowdedAt = Number.NEGATIVE_INFINITY
  readonly #closed: () => void
  #isClosed = false

  /** Not for callers: use `cache.watchFleet()`. */
  constructor(places: readonly MeetingPlace[], ownId: string, world: World, closed: () => void) {
    this.#closed = closed
    this.#places = places
    this.#ownId = ownId
    this.#world = world
    this.#caller = hex(world, 16)
    this.#listening = places.map(({ level, meeting }) => meeting.listen((text) => this.#hear(level, text)))
    if (places.length === 0) return
    // Who called before it listens would miss the answers.
    const heard = Promise.all(this.#listening.map((each) => each.heard))
    world.background(
      heard.then(() => this.#call()),
      'asking who is there',
    )
  }

  /** The levels over which others can be heard; empty where none has a feed. */
  get levels(): readonly string[] {
    return this.#places.map(({ level }) => level)
  }

  /** Whether this process hears its own answers: otherwise it cannot hear others', who are not gone for that. */
  get isHeard(): boolean {
    const own = this.#nodes.get(this.#ownId)
    return own !== undefined && !this.#isGone(own, this.#world.mono())
  }

  /** Whether there are more than can be listed, or they answer faster than is looked at. */
  get isCrowded(): boolean {
    return this.#world.mono() - this.#crowdedAt < CROWDED
  }

  /** Who has answered of late: first this process, then the others by their names. */
  nodes(): FleetNode[] {
    const now = this.#world.mono()
    this.#forget(now)
    const nodes = [...this.#nodes.values()].map(({ presence, level, at, lag }): FleetNode => {
      const { every, echoes, ...told } = presence
      const isThis = told.id === this.#ownId
      return { ...told, isThis, level, silence: now - at, isGone: now - at > patience(every), lag }
    })
    return nodes.sort((a, b) => Number(b.isThis) - Number(a.isThis) || order(a, b))
  }

  /** Asks no more. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#closed()
    this.#cancel?.()
    for (const { stop } of this.#listening) stop()
    this.#nodes.clear()
  }

  #call(): void {
    if (this.#isClosed) return
    const now = this.#world.mono()
    this.#forget(now)
    const number = ++this.#number
    this.#sent.set(number, now)
    this.#sent.delete(number - MOST_CALLS)
    const every = Math.min(LONGEST_PAUSE, Math.max(SHORTEST_PAUSE, this.#nodes.size * PAUSE_PER_NODE))
    const text = callText({ caller: this.#caller, number, every, lasts: LASTS })
    for (const { meeting } of this.#places) {
      // Nobody hears it: the next one follows.
      this.#world.background(
        meeting.call(text).catch(() => undefined),
        'asking who is there',
      )
    }
    this.#cancel = this.#world.after(EVERY, () => this.#call())
  }

  #hear(level: string, text: string): void {
    if (this.#isClosed) return
    const now = this.#world.mono()
    if (now - this.#second >= 1000) {
      this.#second = now
      this.#answers = 0
    }
    if (++this.#answers > MOST_ANSWERS) {
      this.#crowdedAt = now
      return
    }
    const presence = presenceIn(text)
    if (presence === undefined) return
    const known = this.#nodes.get(presence.id)
    if (known === undefined && this.#nodes.size >= MOST_NODES && !this.#makeRoom(now)) {
      this.#crowdedAt = now
      return
    }
    this.#nodes.set(presence.id, { presence, level, at: now, lag: this.#lagOf(presence, now) ?? known?.lag })
  }

  /** How long call and answer took together, without the time that passed in the other process: no clocks are compared. */
  #lagOf({ echoes }: Presence, now: number): number | undefined {
    const echo = echoes.find(({ caller }) => caller === this.#caller)
    const sent = echo && this.#sent.get(echo.number)
    if (echo === undefined || sent === undefined) return undefined
    const lag = now - sent - echo.held
    // Two clocks do not run alike, and what is told is rounded.
    return lag < -5 ? undefined : Math.max(0, lag)
  }

  #isGone({ presence, at }: Known, now: number): boolean {
    return now - at > patience(presence.every)
  }

  #forget(now: number): void {
    for (const [id, known] of this.#nodes) {
      if (now - known.at > patience(known.presence.every) + MEMORY) this.#nodes.delete(id)
    }
  }

  /** Whoever is gone makes room first. */
  #makeRoom(now: number): boolean {
    for (const [id, known] of this.#nodes) {
      if (this.#isGone(known, now)) return this.#nodes.delete(id)
    }
    return false
  }
}

function patience(every: number): number {
  return every * PATIENCE + SLACK
}

function order(a: FleetNode, b: FleetNode): number {
  const [one, other] = [`${a.process} ${a.cache} ${a.id}`, `${b.process} ${b.cache} ${b.id}`]
  return one < other ? -1 : 1
}
