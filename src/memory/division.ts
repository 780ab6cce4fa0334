import { PrefixIndex } from '../entry/prefix-index.ts'
import { invariant, TerraceError } from '../errors.ts'
import type { KeyTap, Measure, Share, ShareFigures, Sized } from '../level-figures.ts'
import type { Rank } from '../rank.ts'
import type { RemovalListener } from './removals.ts'
import type { Residents } from './residents.ts'

/** In what a level is bounded, and what its policy is called. */
export interface LevelKind {
  readonly boundsEntries: boolean
  readonly boundsBytes: boolean
  readonly policy: string
}

/** The bounds of a part; `maxBytes` is `undefined` where nothing is weighed. */
export interface PartBounds {
  readonly maxEntries: number
  readonly maxBytes: number | undefined
}

type Entries = Residents<string, unknown>

/** What tells how full it is. */
type Measured = Pick<Sized, 'measure'>

/**
 * The entries of a level, those of some prefixes apart from all others, in parts with bounds and a policy of their
 * own: what is used elsewhere evicts nothing there. The bounds of a part are taken from those of what it was a
 * part of, so that all of them together are the level's.
 */
export class Division {
  /** What lies in no part. */
  readonly rest: Entries
  /** Whether there are parts. */
  isDivided = false
  readonly #kind: LevelKind
  readonly #make: (bounds: PartBounds) => Entries
  readonly #parts = new PrefixIndex<Entries>()
  readonly #measured = new Map<Entries, Measured>()
  #listener: RemovalListener<string, unknown> | undefined
  #tap: KeyTap | undefined

  /** @param make makes an empty part */
  constructor(rest: Entries, kind: LevelKind, make: (bounds: PartBounds) => Entries) {
    this.rest = rest
    this.#kind = kind
    this.#make = make
  }

  /** Where the entries of a key lie. */
  of(key: string): Entries {
    return this.isDivided ? (this.#parts.find(key) ?? this.rest) : this.rest
  }

  /** All of them. */
  *[Symbol.iterator](): IterableIterator<Entries> {
    yield this.rest
    for (const [, part] of this.#parts) yield part
  }

  /**
   * Gives the keys that begin with `prefix` a part. What lies under them moves there, in the order in which it would
   * be evicted; what does not fit is. @throws TerraceError `ERR_OPTION_INVALID`, and nothing has changed then
   */
  divide(prefix: string, share: Share): void {
    const from = this.of(prefix)
    const { maxEntries, maxBytes } = this.#boundsOf(from, share)
    const part = this.#make({ maxEntries, maxBytes })
    part.watch(this.#listener)
    part.tell(this.#tap)
    const slots = [...from.policy.order()].filter((slot) => from.table.keyAt(slot).startsWith(prefix))
    const moving: { key: string; held: unknown; end: number; rank: Rank }[] = []
    for (const slot of slots) {
      const key = from.table.keyAt(slot)
      if (from.isDue(slot)) from.remove(key)
      else {
        moving.push({ key, held: from.table.valueAt(slot), end: from.end(slot), rank: from.rankAt(slot) })
        from.withdraw(slot)
      }
    }
    this.#parts.set(prefix, part)
    this.isDivided = true
    for (const { key, held, end, rank } of moving) part.put(key, held, end, rank)
    from.resize(from.maxEntries - maxEntries, maxBytes === undefined ? from.maxBytes : from.maxBytes - maxBytes)
  }

  /** What a prefix has of the level; if it has no part of its own, only where it may be counted. */
  share(prefix: string, isCounted: boolean): ShareFigures | undefined {
    const part = this.#parts.get(prefix)
    if (part !== undefined) {
      const bytes = this.#kind.boundsBytes ? part.bytes : undefined
      const maxBytes = this.#kind.boundsBytes ? part.maxBytes : undefined
      return { entries: part.table.size, bytes, maxEntries: part.maxEntries, maxBytes }
    }
    if (!isCounted) return undefined
    let entries = 0
    for (const each of this) for (const [key] of each.pairs(true)) if (key.startsWith(prefix)) entries++
    return { entries, bytes: undefined, maxEntries: undefined, maxBytes: undefined }
  }

  watch(listener: RemovalListener<string, unknown> | undefined): void {
    this.#listener = listener
    for (const each of this) each.watch(listener)
  }

  tell(tap: KeyTap | undefined): void {
    this.#tap = tap
    for (const each of this) each.tell(tap)
  }

  /** How full it is where a key lies: the same object for all keys that lie there. */
  partOf(key: string): Measured {
    const home = this.of(key)
    const known = this.#measured.get(home)
    if (known !== undefined) return known
    const part = { measure: () => this.#sum([home]) }
    this.#measured.set(home, part)
    return part
  }

  measure(): Measure {
    return this.#sum(this)
  }

  #sum(homes: Iterable<Entries>): Measure {
    const { boundsBytes, policy } = this.#kind
    const sum = { size: 0, bytes: 0, evictions: 0, expired: 0, maxEntries: 0, maxBytes: 0 }
    for (const { table, bytes, counts, maxEntries, maxBytes } of homes) {
      sum.size += table.size
      sum.bytes += bytes
      sum.evictions += counts.evictions
      sum.expired += counts.expired
      sum.maxEntries += maxEntries
      sum.maxBytes += maxBytes
    }
    return boundsBytes ? { ...sum, policy } : { ...sum, bytes: undefined, maxBytes: undefined, policy }
  }

  /** Up to `most` keys, the next to be evicted first; what lies in no part goes before what does. */
  order(most: number): string[] {
    const keys: string[] = []
    for (const { policy, table } of this) {
      for (const slot of policy.order()) {
        if (keys.length === most) return keys
        keys.push(table.keyAt(slot))
      }
    }
    return keys
  }

  close(): void {
    for (const each of this) each.close()
  }

  /** Proves the invariants of all parts, and that each holds what belongs there. @throws TerraceError `ERR_INVARIANT` */
  check(): void {
    for (const each of this) {
      each.check()
      for (const [key] of each.pairs(false)) {
        invariant(this.of(key) === each, () => `'${key}' lies in another part than where it is looked for`)
      }
    }
  }

  /** What is not said of two bounds is in proportion to the other. */
  #boundsOf(from: Entries, { maxEntries, maxBytes }: Share): PartBounds {
    const { boundsEntries, boundsBytes } = this.#kind
    if (!boundsBytes && maxBytes !== undefined) invalid('maxBytes: level 1 is not bounded by bytes; say maxEntries')
    if (!boundsEntries && maxBytes === undefined) invalid('maxEntries: level 1 is bounded by bytes; say maxBytes')
    const most = maxEntries ?? atLeastOne((from.maxEntries * maxBytes!) / from.maxBytes)
    if (most >= from.maxEntries) invalid(`maxEntries: expected less than what is left in level 1 (${from.maxEntries})`)
    if (!boundsBytes) return { maxEntries: most, maxBytes: undefined }
    const heaviest = maxBytes ?? atLeastOne((from.maxBytes * most) / from.maxEntries)
    if (heaviest >= from.maxBytes) invalid(`maxBytes: expected less than what is left in level 1 (${from.maxBytes})`)
    return { maxEntries: most, maxBytes: heaviest }
  }
}

function atLeastOne(bound: number): number {
  return Math.max(1, Math.floor(bound))
}

function invalid(text: string): never {
  throw new TerraceError('ERR_OPTION_INVALID', `namespace: ${text}`)
}
