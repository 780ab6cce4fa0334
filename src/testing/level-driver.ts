import { deepStrictEqual, ok } from 'node:assert/strict'
import { type Entry, outranks } from '../entry/entry.ts'
import { DAWN, type Era, UNCHECKED } from '../entry/era.ts'
import { EVERYTHING, keyScope, type Scope } from '../entry/scope.ts'
import type { Keeping, Level } from '../level.ts'
import type { World } from '../world/world.ts'

const KEYS = ['a', 'ab', 'abc', 'b', '']
const TAGS = ['x', 'y']
const LIVES = [50, 500, Number.POSITIVE_INFINITY]
/** Where time cannot be stopped, nothing may be about to end. */
const LONG_LIVES = [600_000, Number.POSITIVE_INFINITY]

/**
 * Random calls of one level beside the plainest model of it: all floors ever raised, one after the
 * other, and the entries by key. After each call both must tell the same about every key.
 */
export class LevelDriver {
  readonly #level: Level
  readonly #world: World
  readonly #pass: ((ms: number) => void) | undefined
  readonly #held = new Map<string, Entry>()
  readonly #floors: { readonly scope: Scope; readonly era: Era }[] = []
  /** Eras handed out by reads: what a fetch under way would come back with. */
  readonly #tickets: Era[] = []
  #era: Era = DAWN

  /** @param pass lets time pass, where it can be told to. */
  constructor(level: Level, world: World, pass?: (ms: number) => void) {
    this.#level = level
    this.#world = world
    this.#pass = pass
  }

  /** Learns which era the level begins with. */
  async begin(): Promise<void> {
    this.#era = (await this.#level.read(KEYS)).eras[0]!
    this.#tickets.push(this.#era)
  }

  async step(where: string): Promise<void> {
    const die = this.#die(10)
    if (die < 4) await this.#write(where)
    else if (die < 6) await this.#replace(where)
    else if (die < 8) await this.#raise(where)
    else if (die < 9) this.#pass?.(this.#die(100))
    const { eras, entries } = await this.#level.read(KEYS)
    const era = eras[0]!
    deepStrictEqual(new Set(eras), new Set([this.#era]), `${where}: eras`)
    this.#tickets.push(era)
    const told = entries.map((entry) => entry?.value)
    for (const entry of entries) ok(entry === undefined || entry.born <= era, `${where}: an entry of a later era`)
    const { near } = this.#level.traits
    if (near !== undefined)
      deepStrictEqual(
        KEYS.map((key) => near.look(key)),
        told,
        `${where}: look`,
      )
    deepStrictEqual(
      told,
      KEYS.map((key) => this.#served(key)?.value),
      `${where}: values`,
    )
  }

  async #write(where: string): Promise<void> {
    const born = this.#tickets[this.#die(this.#tickets.length)]!
    const entry = this.#entry(born)
    const keeping = this.#isBarred(entry) || outranks(this.#served(entry.key), entry) ? 'superseded' : 'kept'
    const told = await this.#level.write([entry])
    // What was looked for later may stand against what was looked for earlier.
    const standing = this.#served(entry.key)
    if (told[0] === 'superseded' && standing !== undefined && standing.born > born) return
    if (keeping === 'kept') this.#held.set(entry.key, entry)
    this.#expect(told, [keeping], `${where}: write`)
  }

  async #replace(where: string): Promise<void> {
    const entry = this.#entry(UNCHECKED)
    const wins = !outranks(this.#served(entry.key), entry)
    const keepings = await this.#level.replace([entry])
    this.#expect(keepings, [wins ? 'kept' : 'superseded'], `${where}: replace`)
    // Whether a replacement that changes nothing begins an era is the level's own affair.
    const era = (await this.#level.read(KEYS)).eras[0]!
    if (wins) {
      deepStrictEqual(era, this.#era + 1, `${where}: the era of a replacement`)
      this.#floors.push({ scope: keyScope(entry.key), era })
      this.#held.set(entry.key, { ...entry, born: era })
    }
    this.#era = era
  }

  async #raise(where: string): Promise<void> {
    const scope = this.#scope()
    this.#era++
    this.#floors.push({ scope, era: this.#era })
    deepStrictEqual(await this.#level.raise([scope]), this.#era, `${where}: raise`)
  }

  #expect(told: readonly Keeping[], expected: readonly Keeping[], where: string): void {
    deepStrictEqual([...told], [...expected], where)
  }

  #served(key: string): Entry | undefined {
    const entry = this.#held.get(key)
    return entry === undefined || this.#isBarred(entry) || entry.deadline <= this.#world.mono() ? undefined : entry
  }

  #isBarred(entry: Entry): boolean {
    return this.#floors.some(({ scope, era }) => entry.born < era && covers(scope, entry))
  }

  #entry(born: Era): Entry {
    const value = this.#die(1_000_000)
    const tags = TAGS.filter(() => this.#die(2) === 0)
    const lives = this.#pass === undefined ? LONG_LIVES : LIVES
    const deadline = this.#world.mono() + lives[this.#die(lives.length)]!
    const version = this.#die(3) === 0 ? this.#die(5) : undefined
    return { key: this.#key(), found: true, value, born, deadline, tags, version }
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
