import type { Entry } from '../entry/entry.ts'
import { DAWN, type Era } from '../entry/era.ts'
import { type Floor, MOST_FLOORS } from '../entry/finding.ts'
import { EVERYTHING, keepsStale, keyScope, type Scope } from '../entry/scope.ts'
import { FloorMap } from './floor-map.ts'
import { floorsOver } from './floors-over.ts'
import { SoftFloors } from './soft-floors.ts'

/** How many floors are remembered by default; always the last half of them. */
const LIMITS: FloorLimits = { keys: 20_000, prefixes: 200, tags: 20_000 }

/** Whatever floors can cover. */
export type Coverable = Pick<Entry, 'key' | 'born' | 'tags'>

/** How many floors of each kind are remembered one by one, at most. */
export interface FloorLimits {
  readonly keys: number
  readonly prefixes: number
  readonly tags: number
}

/**
 * The floors of one level: at which era a key, a prefix, a tag or everything was last invalidated.
 *
 * An entry may be served if and only if it was born at or after every floor that covers it; as fresh, if that is
 * so of the floors of freshness as well (`soft-floors.ts`). Memory
 * is bounded: the oldest floors of a kind are forgotten first, and the highest era among them stands
 * as a floor for everything that kind can cover (the horizon, `floor-map.ts`). So a forgotten floor can cost a needless fetch, never
 * a stale answer: an attacker who invalidates at will gains nothing else.
 *
 * A floor of a key guards against what was read or fetched before it and is brought after it. What
 * already lay in the level is removed at once, so the horizon of keys is asked at writes only.
 *
 * Cost: O(1) for a key and for each tag, O(prefixes) where prefixes were invalidated.
 * Invariant: no floor and no horizon is above the era.
 */
export class Floors {
  readonly #keys: FloorMap
  readonly #prefixes: FloorMap
  readonly #tags: FloorMap
  readonly #soft: SoftFloors
  #all: Era = DAWN
  #era: Era = DAWN
  #latest: Era = DAWN

  constructor(limits: FloorLimits = LIMITS) {
    this.#keys = new FloorMap(limits.keys)
    this.#prefixes = new FloorMap(limits.prefixes)
    this.#tags = new FloorMap(limits.tags)
    this.#soft = new SoftFloors(limits)
  }

  /** How many times {@link Floors.raise} was called. */
  get era(): Era {
    return this.#era
  }

  /** When last a tag was invalidated, or anything was kept as stale: what is younger neither covers. */
  get latest(): Era {
    return this.#latest
  }

  /** Begins a new era and makes it the floor of every scope. */
  raise(scopes: readonly Scope[]): Era {
    const era = ++this.#era
    for (const scope of scopes) {
      if (scope.kind === 'tag' || keepsStale(scope)) this.#latest = era
      if (keepsStale(scope)) this.#soft.raise(scope, era)
      else if (scope.kind === 'key') this.#keys.raise(scope.key, era)
      else if (scope.kind === 'prefix') this.#prefixes.raise(scope.prefix, era)
      else if (scope.kind === 'tag') this.#tags.raise(scope.tag, era)
      else this.#raiseAll(era)
    }
    return era
  }

  /** Whether an entry may be kept now: no floor, known or forgotten, stands against it, nor against its freshness. */
  admits(entry: Coverable): boolean {
    return entry.born >= this.#keys.horizon && this.barrier(entry) === undefined && this.expiry(entry) === undefined
  }

  /** The scope whose floor stands against the freshness of an entry, if there is one: it may only be served stale. */
  expiry(entry: Coverable): Scope | undefined {
    return this.#soft.over(entry)
  }

  /** The scope whose floor stands against an entry that the level holds, if there is one. */
  barrier(entry: Coverable): Scope | undefined {
    const { key, born } = entry
    // Nothing was raised since its birth: the usual case.
    if (born >= this.#era) return undefined
    if (born < this.#all || born < this.#prefixes.horizon) return EVERYTHING
    if (born < this.#keys.get(key)) return keyScope(key)
    if (this.#prefixes.size > 0) {
      for (const [prefix, era] of this.#prefixes) {
        if (born < era && key.startsWith(prefix)) return { kind: 'prefix', prefix }
      }
    }
    return entry.tags.length === 0 ? undefined : this.tagBarrier(entry)
  }

  /** {@link Floors.barrier} for levels that remove keys and prefixes at once, so that only tags remain to be asked. */
  tagBarrier(entry: Coverable): Scope | undefined {
    const { born, tags } = entry
    if (tags.length === 0) return undefined
    if (born < this.#tags.horizon) return EVERYTHING
    for (const tag of tags) {
      if (born < this.#tags.get(tag)) return { kind: 'tag', tag }
    }
    return undefined
  }

  /** The floors that cover a key and what carries these tags, as far as they are remembered; bounded in number. */
  covering(key: string, tags: readonly string[]): Floor[] {
    const forgotten = tags.length === 0 ? this.#prefixes.horizon : Math.max(this.#prefixes.horizon, this.#tags.horizon)
    const all = Math.max(this.#all, forgotten)
    const floors = floorsOver(key, tags, { all, keys: this.#keys, prefixes: this.#prefixes, tags: this.#tags })
    return [...floors, ...this.#soft.covering(key, tags)].slice(0, MOST_FLOORS)
  }

  #raiseAll(era: Era): void {
    this.#all = era
    this.#keys.clear()
    this.#prefixes.clear()
    this.#tags.clear()
    this.#soft.clear()
  }
}
