import { hex } from '../coherence/random-name.ts'
import { LONGEST_TOKEN, readToken, type Waymark, writeToken } from '../coherence/token.ts'
import type { Mark, Position } from '../entry/position.ts'
import { keyScope, type Scope } from '../entry/scope.ts'
import type { Positions, Shares } from '../level.ts'
import type { GuardedLevel } from '../remote/guarded-level.ts'
import type { World } from '../world/world.ts'

/** What somebody must not be behind, and since when this process knows. */
export interface Demand {
  readonly waymark: Waymark
  /** A moment of `World.tick()`: what sets out later comes after all of it … */
  readonly since: number
  /** … and so does what sets out when so many demands were known. */
  readonly nth: number
}

/**
 * What a read that must not be behind may believe: everything (`firm`); of the levels above a shared one that tells
 * no positions nothing that was there before (`blind`); nothing that lies in any level (`none`), for it cannot be proven.
 */
export type Footing = 'firm' | 'blind' | 'none'

/** Somebody whose writes are told apart. */
export interface Author {
  /** A write of his is over. */
  wrote(scopes: readonly Scope[]): void
}

/** A shared level that tells where writes stand. */
interface Placed {
  readonly positions: Positions
  /** It, and the shared ones below it. */
  readonly from: readonly GuardedLevel[]
}

/** Tokens remembered. The oldest is forgotten: then it is as if it had come now. */
const MOST_SEEN = 500
const WRITER_DIGITS = 8
const NOBODY = '0'.repeat(WRITER_DIGITS)
const NO_MARKS: ReadonlyMap<number, Mark> = new Map()

/**
 * Where the writes of this process stand in the levels it shares with others, and whether it has heard of what
 * others wrote. Costs nothing but a count a write until it is asked.
 */
export class Waymarks {
  readonly #world: World
  /** The deepest first. */
  readonly #placed: readonly Placed[]
  readonly #blind: readonly GuardedLevel[]
  /** Private levels above a blind one, with none between that tells positions. Level 1 first. */
  readonly #suspects: readonly GuardedLevel[]
  /** Those of them that a look below level 1 would ask. */
  readonly #inTheWay: readonly GuardedLevel[]
  readonly #shared: readonly Shares[]
  readonly #seen = new Map<string, Demand>()
  #writer: string | undefined
  #demands = 0
  #writes = 0
  #wideWrites = 0
  /** Whose writes are told apart from all others, in the call that is made now. */
  author: (() => Author | undefined) | undefined

  constructor(levels: readonly GuardedLevel[], world: World) {
    this.#world = world
    const placed: Placed[] = []
    const blind: GuardedLevel[] = []
    const suspects: GuardedLevel[] = []
    const passed: GuardedLevel[] = []
    let isSuspect = false
    for (const level of levels.toReversed()) {
      const { shares } = level.traits
      if (shares === undefined) {
        if (isSuspect) suspects.unshift(level)
        continue
      }
      passed.push(level)
      isSuspect = shares.positions === undefined
      if (shares.positions === undefined) blind.push(level)
      else placed.push({ positions: shares.positions, from: [...passed] })
    }
    this.#shared = levels.flatMap(({ traits: { shares } }) => (shares === undefined ? [] : [shares]))
    this.#placed = placed
    this.#blind = blind
    this.#suspects = suspects
    this.#inTheWay = suspects.filter((level) => level !== levels[0] || level.traits.near === undefined)
  }

  /** Whether there is anybody who could be behind. */
  get matters(): boolean {
    return this.#placed.length + this.#blind.length > 0
  }

  /** How many demands were made so far. */
  get demands(): number {
    return this.#demands
  }

  /** Notes a write of these scopes when it is over, whatever became of it; in the session in which it is called. */
  noting<T>(scopes: readonly Scope[], write: Promise<T>): Promise<T> {
    if (!this.matters) return write
    const author = this.author?.()
    return write.finally(() => {
      this.#writes++
      if (isWide(scopes)) this.#wideWrites++
      author?.wrote(scopes)
    })
  }

  /** Where the writes of these scopes stand; `undefined`: all writes there were. */
  mark(scopes?: readonly Scope[]): Waymark {
    this.#writer ??= hex(this.#world, WRITER_DIGITS)
    const positions = this.#placed.map(({ from, positions: told }) => {
      const position = told.position(scopes)
      // What a level has missed others may bring up from it, until those above are told again as well.
      return from.some(({ pending }) => pending > 0) ? { ...position, isOpen: true } : position
    })
    const isBlind = this.#blind.length > 0 && this.#writes > 0
    const isOfAll = scopes === undefined ? this.#wideWrites > 0 : isWide(scopes)
    return { writer: this.#writer, count: this.#writes, positions, isBlind, isWide: isBlind && isOfAll }
  }

  /** The text of {@link Waymarks.mark}. */
  token(): string {
    return writeToken(this.mark())
  }

  /** What a token asks for. One that is none of ours asks for whatever can be asked for. */
  demand(token: string): Demand {
    const seen = this.#seen.get(token)
    if (seen !== undefined) return seen
    const waymark = readToken(token) ?? this.#anything()
    const demand = { waymark, since: this.#world.tick(), nth: ++this.#demands }
    // What is too long to be ours is not worth the memory.
    if (token.length > LONGEST_TOKEN) return demand
    this.#seen.set(token, demand)
    if (this.#seen.size > MOST_SEEN) this.#seen.delete(this.#seen.keys().next().value!)
    return demand
  }

  /** What it asks for to be behind nothing that was so many milliseconds ago; `undefined` if that is known to be so. */
  within(maxStaleness: number): Demand | undefined {
    if (maxStaleness === Number.POSITIVE_INFINITY) return undefined
    const now = this.#world.tick()
    const isKnown = this.#shared.every(({ hearing, provenUntil, maxStaleness: own }) => {
      return hearing !== 'nothing' && provenUntil - own + maxStaleness > now
    })
    return isKnown ? undefined : { waymark: this.#anything(), since: now, nth: ++this.#demands }
  }

  /** What may be believed of a key, as far as it can be told at once; `undefined`: it has to be asked. */
  footing({ waymark }: Demand, key: string): Footing | undefined {
    for (const [n, { positions }] of this.#placed.entries()) {
      const position = waymark.positions[n]
      if (position !== undefined && !positions.isReached(position, key)) return undefined
    }
    if (!waymark.isBlind || this.#blind.length === 0) return 'firm'
    return waymark.isWide ? undefined : this.#blindly
  }

  /** The same, by asking each shared level once, if it must be. Never rejects. */
  async findFooting(demand: Demand, key: string): Promise<Footing> {
    const { waymark } = demand
    const questions = this.#placed.map(({ positions }, n) => {
      const position = waymark.positions[n]
      return position === undefined || positions.isReached(position, key) || positions.reach(position, key)
    })
    if (waymark.isBlind && waymark.isWide) for (const level of this.#blind) questions.push(inquire(level, key))
    const answers = await Promise.all(questions)
    if (!answers.every(Boolean)) return 'none'
    return waymark.isBlind && this.#blind.length > 0 ? this.#blindly : 'firm'
  }

  /** Takes keys out of the private levels that cannot be believed, and would be asked after level 1. */
  async clearWay(keys: readonly string[]): Promise<void> {
    await Promise.all(this.#inTheWay.map((level) => level.raise(keys.map(keyScope))))
  }

  get #blindly(): Footing {
    return this.#suspects.length > 0 ? 'blind' : 'firm'
  }

  #anything(): Waymark {
    const open: Position = { shards: 0, marks: NO_MARKS, isOpen: true }
    const positions = this.#placed.map(() => open)
    return { writer: NOBODY, count: 0, positions, isBlind: this.#blind.length > 0, isWide: this.#blind.length > 0 }
  }
}

function isWide(scopes: readonly Scope[]): boolean {
  return scopes.some(({ kind }) => kind !== 'key')
}

function inquire({ traits: { shares } }: GuardedLevel, key: string): Promise<boolean> {
  return shares!.inquire?.(key) ?? shares!.prove(key)
}
