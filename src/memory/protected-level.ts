import { types } from 'node:util'
import { type Entry, withValue } from '../entry/entry.ts'
import type { Era } from '../entry/era.ts'
import type { Finding } from '../entry/finding.ts'
import { ABSENT } from '../entry/held.ts'
import type { Scope } from '../entry/scope.ts'
import type {
  Copies,
  Explains,
  Inspection,
  Inspects,
  Keeping,
  Level,
  LevelContext,
  LevelTraits,
  Near,
  Reading,
} from '../level.ts'

/**
 * How values are kept from being changed by those who gave or got them: `freeze` freezes what is kept,
 * deeply (`Object.freeze`: it does not stop `map.set`, nor writing into a buffer); `clone` keeps and
 * hands out copies (`structuredClone`: any depth and kind, at its price on every hit).
 */
export type Protection = 'freeze' | 'clone'

/** A near level whose values nobody outside can change. */
export class ProtectedLevel implements Level, Near, Inspects, Explains, Copies {
  readonly name: string
  readonly timeout: number
  readonly traits: LevelTraits
  readonly #level: Level
  readonly #near: Near
  readonly #inspects: Inspects
  readonly #explains: Explains
  readonly #protection: Protection
  readonly #context: LevelContext

  /** @param level must be near, inspect and explain. */
  constructor(level: Level, protection: Protection, context: LevelContext) {
    this.name = level.name
    this.timeout = level.timeout
    this.traits = {
      ...level.traits,
      near: this,
      inspects: this,
      explains: this,
      copies: protection === 'clone' ? this : undefined,
    }
    this.#level = level
    this.#near = level.traits.near!
    this.#inspects = level.traits.inspects!
    this.#explains = level.traits.explains!
    this.#protection = protection
    this.#context = context
  }

  get era(): Era {
    return this.#near.era
  }

  look(key: string): unknown {
    return this.#out(this.#near.look(key))
  }

  peek(key: string): unknown {
    return this.#out(this.#near.peek(key))
  }

  /** What cannot be copied is refused where it is to be kept, which is told, and goes as it is to whoever has asked. */
  copy(held: unknown): unknown {
    try {
      return this.#out(held)
    } catch {
      return held
    }
  }

  entry(key: string): Entry | undefined {
    return this.#entryOut(this.#near.entry(key))
  }

  async read(keys: readonly string[]): Promise<Reading> {
    const { eras, entries } = await this.#level.read(keys)
    return { eras, entries: entries.map((entry) => this.#entryOut(entry)) }
  }

  async inspect(keys: readonly string[]): Promise<readonly Inspection[]> {
    const inspections = await this.#inspects.inspect(keys)
    return inspections.map(({ entry, barredBy }) => ({ entry: this.#entryOut(entry), barredBy }))
  }

  async explain(key: string): Promise<Finding> {
    const finding = await this.#explains.explain(key)
    return { ...finding, entry: this.#entryOut(finding.entry) }
  }

  write(entries: readonly Entry[]): Promise<readonly Keeping[]> {
    return this.#keep(entries, (own) => this.#level.write(own))
  }

  replace(entries: readonly Entry[]): Promise<readonly Keeping[]> {
    return this.#keep(entries, async (own, refused) => {
      if (refused.length > 0) await this.#level.raise(refused.map(({ key }) => ({ kind: 'key', key })))
      return this.#level.replace(own)
    })
  }

  raise(scopes: readonly Scope[]): Promise<Era> {
    return this.#level.raise(scopes)
  }

  close(): Promise<void> {
    return this.#level.close()
  }

  /** A value that cannot be protected is refused. In the same turn, as everything in memory. */
  async #keep(
    entries: readonly Entry[],
    work: (own: readonly Entry[], refused: readonly Entry[]) => Promise<readonly Keeping[]>,
  ): Promise<readonly Keeping[]> {
    const taken = entries.map((entry) => this.#entryIn(entry))
    const keepings = await work(
      taken.filter((entry) => entry !== undefined),
      entries.filter((_, n) => taken[n] === undefined),
    )
    let next = 0
    return taken.map((entry) => (entry === undefined ? 'refused' : keepings[next++]!))
  }

  #entryIn(entry: Entry): Entry | undefined {
    if (!isObject(entry.value)) return entry
    try {
      if (this.#protection === 'clone') return withValue(entry, structuredClone(entry.value))
      freeze(entry.value)
      return entry
    } catch (reason) {
      this.#context.report?.({ type: 'refused', key: entry.key, level: this.name, reason })
      return undefined
    }
  }

  #entryOut(entry: Entry | undefined): Entry | undefined {
    if (entry === undefined || this.#protection === 'freeze' || !isObject(entry.value)) return entry
    return withValue(entry, structuredClone(entry.value))
  }

  #out(held: unknown): unknown {
    return this.#protection === 'freeze' || held === ABSENT || !isObject(held) ? held : structuredClone(held)
  }
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

/** Freezes an object and all it holds, without recursion: depth and cycles do no harm. */
function freeze(root: object): void {
  const seen = new Set([root])
  // A set tells what is added to it while it is walked.
  for (const object of seen) {
    // A view of a buffer cannot be frozen.
    if (ArrayBuffer.isView(object)) continue
    Object.freeze(object)
    for (const held of Object.values(object)) if (isObject(held)) seen.add(held)
    for (const held of valuesBesides(object)) if (isObject(held)) seen.add(held)
    if (object instanceof Map) for (const pair of object) for (const held of pair) if (isObject(held)) seen.add(held)
    if (object instanceof Set) for (const held of object) if (isObject(held)) seen.add(held)
  }
}

/** What callers get at, and `Object.values` does not tell: members named by symbols, and what an error holds. */
function valuesBesides(object: object): readonly unknown[] {
  const named = object as Readonly<Record<PropertyKey, unknown>>
  const symbols = Object.getOwnPropertySymbols(object)
  const values = symbols
    .filter((symbol) => Object.prototype.propertyIsEnumerable.call(object, symbol))
    .map((symbol) => named[symbol])
  return types.isNativeError(object) ? [...values, object.cause, named.errors] : values
}
