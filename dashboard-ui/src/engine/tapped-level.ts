import type { Entry } from '../../../src/entry/entry.ts'
import type { Era } from '../../../src/entry/era.ts'
import { ABSENT } from '../../../src/entry/held.ts'
import type { Scope } from '../../../src/entry/scope.ts'
import type {
  Inspection,
  Inspects,
  Keeping,
  Level,
  LevelFactory,
  LevelQueue,
  LevelTraits,
  Near,
  Reading,
} from '../../../src/level.ts'
import { memory } from '../../../src/memory/memory.ts'
import type { RemovalReason } from '../../../src/memory/removals.ts'
import type { LevelSetup } from './setup.ts'

/** An entry that left a level. */
export interface Gone {
  readonly key: string
  readonly reason: RemovalReason
}

/** One entry on a shelf. */
interface Item {
  readonly key: string
  readonly value: string
  /** Milliseconds it had left when this was taken; `undefined` for no end. */
  readonly left: number | undefined
  readonly tags: readonly string[]
  /** It lies there and is not served any more: a tag of it was invalidated, or its time is over. */
  readonly isOver: boolean
}

/** What a level held at a moment: the next to be evicted first. Only so many items are listed. */
export interface Shelf {
  readonly size: number
  readonly items: readonly Item[]
  /** The queues of its policy, where it has any. */
  readonly queues: readonly LevelQueue[] | undefined
}

/** Something one level did, with what left it meanwhile and what it held afterwards. */
export type LevelMove = {
  readonly level: number
  readonly gone: readonly Gone[]
  readonly shelf: Shelf
} & (
  | { readonly kind: 'looked'; readonly key: string; readonly found: boolean }
  | { readonly kind: 'kept'; readonly key: string; readonly keeping: Keeping }
  | { readonly kind: 'raised'; readonly scopes: readonly Scope[] }
  /** Time went by. */
  | { readonly kind: 'passed' }
)

/** How many entries of a level are listed in a {@link Shelf}. */
const MOST_ITEMS = 2000

/**
 * A memory level that tells what is asked of it and what comes of it: the real level does the work,
 * this one listens at its door, and to its removals.
 */
class TappedLevel implements Level, Near, Inspects {
  readonly name: string
  readonly timeout: number
  readonly traits: LevelTraits
  readonly #level: Level
  readonly #near: Near
  readonly #tell: (move: LevelMove) => void
  readonly #n: number
  readonly #now: () => number
  /** What has left during the call under way; `undefined` between calls. */
  #gone: Gone[] | undefined

  constructor(n: number, setup: LevelSetup, context: Parameters<LevelFactory>[0], tell: (move: LevelMove) => void) {
    const onRemoval = (key: string, _value: unknown, reason: RemovalReason): void => this.#removed({ key, reason })
    const { capacity: maxEntries, policy, ttl } = setup
    this.#level = memory({ maxEntries, policy, ttl, onRemoval })(context)
    this.#near = this.#level.traits.near!
    this.#n = n
    this.#tell = tell
    this.#now = () => context.world.tick()
    this.name = this.#level.name
    this.timeout = this.#level.timeout
    this.traits = { ...this.#level.traits, near: this, inspects: this }
  }

  get era(): Era {
    return this.#near.era
  }

  look(key: string): unknown {
    const [held, gone] = this.#during(() => this.#near.look(key))
    this.#say(gone, { kind: 'looked', key, found: held !== undefined && held !== ABSENT })
    return held
  }

  peek(key: string): unknown {
    return this.#near.peek(key)
  }

  entry(key: string): Entry | undefined {
    return this.#near.entry(key)
  }

  async read(keys: readonly string[]): Promise<Reading> {
    const [reading, gone] = this.#during(() => this.#level.read(keys))
    const { eras, entries } = await reading
    for (const [at, key] of keys.entries()) this.#say(gone, { kind: 'looked', key, found: entries[at] !== undefined })
    return { eras, entries }
  }

  write(entries: readonly Entry[]): Promise<readonly Keeping[]> {
    return this.#keep(entries, (each) => this.#level.write(each))
  }

  replace(entries: readonly Entry[]): Promise<readonly Keeping[]> {
    return this.#keep(entries, (each) => this.#level.replace(each))
  }

  async raise(scopes: readonly Scope[]): Promise<Era> {
    const [era, gone] = this.#during(() => this.#level.raise(scopes))
    this.#say(gone, { kind: 'raised', scopes })
    return era
  }

  inspect(keys: readonly string[]): Promise<readonly Inspection[]> {
    return this.#level.traits.inspects!.inspect(keys)
  }

  close(): Promise<void> {
    return this.#level.close()
  }

  shelf(): Shelf {
    const sized = this.traits.sized!
    const now = this.#now()
    const items = sized.order(MOST_ITEMS).flatMap((key): Item[] => {
      const entry = this.#near.entry(key)
      // What an invalidated tag covers is there until it is next asked for.
      if (entry === undefined) return [{ key, value: '', left: undefined, tags: [], isOver: true }]
      const left = entry.deadline === Number.POSITIVE_INFINITY ? undefined : Math.max(0, entry.deadline - now)
      return [{ key, value: String(entry.value), left, tags: entry.tags, isOver: false }]
    })
    return { size: sized.measure().size, items, queues: sized.queues?.(MOST_ITEMS) }
  }

  async #keep(
    entries: readonly Entry[],
    work: (entries: readonly Entry[]) => Promise<readonly Keeping[]>,
  ): Promise<readonly Keeping[]> {
    const [keepings, gone] = this.#during(() => work(entries))
    const kept = await keepings
    for (const [at, { key }] of entries.entries()) this.#say(gone, { kind: 'kept', key, keeping: kept[at]! })
    return kept
  }

  /** What memory does, it does before it returns: whatever leaves meanwhile, leaves for this call. */
  #during<T>(work: () => T): [T, readonly Gone[]] {
    this.#gone = []
    const outcome = work()
    const gone = this.#gone
    this.#gone = undefined
    return [outcome, gone]
  }

  #removed(gone: Gone): void {
    if (gone.reason === 'replaced') return
    if (this.#gone !== undefined) this.#gone.push(gone)
    else this.#say([gone], { kind: 'passed' })
  }

  #say(gone: readonly Gone[], what: Said): void {
    this.#tell({ ...what, level: this.#n, gone, shelf: this.shelf() })
  }
}

type Said =
  | { readonly kind: 'looked'; readonly key: string; readonly found: boolean }
  | { readonly kind: 'kept'; readonly key: string; readonly keeping: Keeping }
  | { readonly kind: 'raised'; readonly scopes: readonly Scope[] }
  | { readonly kind: 'passed' }

/** A level of the playground, and a way to look at it. */
export interface Tap {
  readonly make: LevelFactory
  shelf(): Shelf
}

/** @param n the place of the level, 0 for level 1 */
export function tapped(n: number, setup: LevelSetup, tell: (move: LevelMove) => void): Tap {
  let level: TappedLevel | undefined
  return {
    make: (context) => {
      level = new TappedLevel(n, setup, context, tell)
      return level
    },
    shelf: () => level?.shelf() ?? { size: 0, items: [], queues: undefined },
  }
}
