import { deepStrictEqual } from 'node:assert/strict'
import { type Entry, outranks } from '../entry/entry.ts'
import { type Era, UNCHECKED } from '../entry/era.ts'
import { EVERYTHING, keyScope, type Scope } from '../entry/scope.ts'
import type { Keeping, Level } from '../level.ts'
import type { World } from '../world/world.ts'

const KEYS = ['a', 'ab', 'abc', 'b', '']
const TAGS = ['x', 'y']
const LIVES = [50, 500, Number.POSITIVE_INFINITY]
/** Where time cannot be stopped, nothing may be about to end. */
const LONG_LIVES = [600_000, Number.POSITIVE_INFINITY]

/** How a {@link LevelDriver} treats its level. */
export interface DriverOptions {
  /** Lets time pass, where it can be told to. */
  readonly pass: ((ms: number) => void) | undefined
  /** Whether the level may supersede what nothing stands against. */
  readonly forgetful: boolean
}

/** An era a level handed out, and when: what a fetch under way would come back with. */
interface Ticket {
  readonly era: Era
  /** How many invalidations there had been. */
  readonly moment: number
}

interface Held {
  readonly entry: Entry
  readonly moment: number
}

/**
 * Random calls of one level beside the plainest model of it: all invalidations there ever were, one after
 * the other, and the entries by key. After each call both must tell the same about every key.
 */
export class LevelDriver {
  readonly #level: Level
  readonly #world: World
  readonly #pass: ((ms: number) => void) | undefined
  readonly #forgetful: boolean
  readonly #held = new Map<string, Held>()
  readonly #floors: Scope[] = []
  readonly #tickets = new Map<string, Ticket[]>(KEYS.map((key) => [key, []]))

  constructor(level: Level, world: World, { pass, forgetful }: DriverOptions) {
    this.#level = level
    this.#world = world
    this.#pass = pass
    this.#forgetful = forgetful
  }

  /** Learns which eras the level begins with. */
  async begin(): Promise<void> {
    await this.#read()
  }

  async step(where: string): Promise<void> {
    const die = this.#die(10)
    if (die < 4) await this.#write(where)
    else if (die < 6) await this.#replace(where)
    else if (die < 8) await this.#raise()
    else if (die < 9) this.#pass?.(this.#die(100))
    const told = (await this.#read()).map((entry) => entry?.value)
    const { near } = this.#level.traits
    if (near !== undefined)
      deepStrictEqual(
        KEYS.map((key) => near.look(key)),
        told,
        `${where}: look`,
      )
    deepStrictEqual(
      told,
      KEYS.map((key) => this.#served(key)?.entry.value),
      `${where}: values`,
    )
  }

  async #read(): Promise<readonly (Entry | undefined)[]> {
    const moment = this.#floors.length
    const { eras, entries } = await this.#level.read(KEYS)
    for (const [n, key] of KEYS.entries()) this.#tickets.get(key)!.push({ era: eras[n]!, moment })
    return entries
  }

  async #write(where: string): Promise<void> {
    const key = this.#key()
    const tickets = this.#tickets.get(key)!
    const { era, moment } = tickets[this.#die(tickets.length)]!
    const entry = this.#entry(key, era)
    const standing = this.#served(key)
    const isBarred = this.#isBarred(entry, moment) || outranks(standing?.entry, entry)
    const told = await this.#level.write([entry])
    // What was looked for later may stand against what was looked for earlier.
    const mayBe = this.#forgetful || (standing !== undefined && standing.moment > moment)
    if (told[0] === 'superseded' && mayBe) return
    if (!isBarred) this.#held.set(key, { entry, moment })
    this.#expect(told, [isBarred ? 'superseded' : 'kept'], `${where}: write`)
  }

  async #replace(where: string): Promise<void> {
    const entry = this.#entry(this.#key(), UNCHECKED)
    const wins = !outranks(this.#served(entry.key)?.entry, entry)
    const keepings = await this.#level.replace([entry])
    this.#expect(keepings, [wins ? 'kept' : 'superseded'], `${where}: replace`)
    if (!wins) return
    this.#floors.push(keyScope(entry.key))
    this.#held.set(entry.key, { entry, moment: this.#floors.length })
  }

  async #raise(): Promise<void> {
    const scope = this.#scope()
    this.#floors.push(scope)
    await this.#level.raise([scope])
  }

  #expect(told: readonly Keeping[], expected: readonly Keeping[], where: string): void {
    deepStrictEqual([...told], [...expected], where)
  }

  #served(key: string): Held | undefined {
    const held = this.#held.get(key)
    if (held === undefined || this.#isBarred(held.entry, held.moment)) return undefined
    return held.entry.deadline <= this.#world.mono() ? undefined : held
  }

  #isBarred(entry: Entry, moment: number): boolean {
    return this.#floors.slice(moment).some((scope) => covers(scope, entry))
  }

  #entry(key: string, born: Era): Entry {
    const value = this.#die(1_000_000)
    const tags = TAGS.filter(() => this.#die(2) === 0)
    const lives = this.#pass === undefined ? LONG_LIVES : LIVES
    const deadline = this.#world.mono() + lives[this.#die(lives.length)]!
    const version = this.#die(3) === 0 ? this.#die(5) : undefined
    return { key, found: true, value, born, deadline, tags, version }
  }

  #scope(): Scope {
    const die = this.#die(8)
    if (die === 0) return EVERYTHING
    if (die < 3) return { kind: 'tag', tag: TAGS[this.#die(TAGS.length)]! }
    return die < 5 ? { kind: 'prefix', prefix: this.#key() } : keyScope(this.#key())
  }

  #key(): string {
    return KEYS[this.#die(KEYS.length)]!
  }

  #die(sides: number): number {
    return Math.floor(this.#world.random() * sides)
  }
}

function covers(scope: Scope, { key, tags }: Entry): boolean {
  if (scope.kind === 'key') return scope.key === key
  if (scope.kind === 'prefix') return key.startsWith(scope.prefix)
  return scope.kind === 'all' || tags.includes(scope.tag)
}
