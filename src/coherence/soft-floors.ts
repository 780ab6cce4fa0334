import type { Entry } from '../entry/entry.ts'
import { DAWN, type Era } from '../entry/era.ts'
import type { Floor } from '../entry/finding.ts'
import { type Scope, softened } from '../entry/scope.ts'
import { hardNameIn } from '../stores/soft-name.ts'
import { FloorMap, oldestFirst } from './floor-map.ts'
import { floorsOver } from './floors-over.ts'

/** How many floors of each kind are remembered one by one, at most. */
export interface SoftLimits {
  readonly prefixes: number
  readonly tags: number
}

/**
 * The floors of freshness: what was born below one that covers it is not fresh, though it may be served stale.
 *
 * As with floors of service the oldest are forgotten first, and the highest era among them counts as a floor of
 * everything of their kind: a forgotten floor can cost a fetch, and never makes anything fresh again.
 *
 * Cost: one comparison for what was born since the last was raised, else O(prefixes + tags).
 * Invariant: no floor and no horizon is above `highest`.
 */
export class SoftFloors {
  readonly #limits: SoftLimits
  #prefixes: FloorMap
  #tags: FloorMap
  #all: Era = DAWN
  #highest: Era = DAWN

  constructor(limits: SoftLimits) {
    this.#limits = limits
    this.#prefixes = new FloorMap(limits.prefixes)
    this.#tags = new FloorMap(limits.tags)
  }

  /** Those among all floors of prefixes and tags, in any order. */
  static among(
    limits: SoftLimits,
    prefixes: readonly (readonly [string, Era])[],
    tags: readonly (readonly [string, Era])[],
  ): SoftFloors {
    const floors = new SoftFloors(limits)
    for (const [name, era] of oldestFirst(prefixes)) {
      const prefix = hardNameIn(name)
      if (prefix !== undefined) floors.raise({ kind: 'prefix', prefix }, era)
    }
    for (const [name, era] of oldestFirst(tags)) {
      const tag = hardNameIn(name)
      if (tag !== undefined) floors.raise({ kind: 'tag', tag }, era)
    }
    return floors
  }

  /** They may come in any order; of a key there is none. */
  raise(scope: Scope, era: Era): void {
    if (scope.kind === 'key') return
    if (era > this.#highest) this.#highest = era
    if (scope.kind === 'all') this.#all = Math.max(this.#all, era)
    else if (scope.kind === 'prefix') this.#prefixes.raiseTo(scope.prefix, era)
    else this.#tags.raiseTo(scope.tag, era)
  }

  /** The scope whose floor stands against the freshness of this, if there is one. */
  over({ key, born, tags }: Pick<Entry, 'key' | 'born' | 'tags'>): Scope | undefined {
    // The usual case.
    if (born >= this.#highest) return undefined
    if (born < this.#all || born < this.#prefixes.horizon) return { kind: 'all', keepsStale: true }
    for (const [prefix, era] of this.#prefixes) {
      if (born < era && key.startsWith(prefix)) return { kind: 'prefix', prefix, keepsStale: true }
    }
    if (tags.length > 0 && born < this.#tags.horizon) return { kind: 'all', keepsStale: true }
    for (const tag of tags) if (born < this.#tags.get(tag)) return { kind: 'tag', tag, keepsStale: true }
    return undefined
  }

  /** The floors that cover a key and what carries these tags, as far as they are remembered; bounded in number. */
  covering(key: string, tags: readonly string[]): Floor[] {
    if (this.#highest === DAWN) return []
    const horizon = Math.max(this.#prefixes.horizon, tags.length === 0 ? DAWN : this.#tags.horizon)
    const remembered = { all: Math.max(this.#all, horizon), prefixes: this.#prefixes, tags: this.#tags }
    return floorsOver(key, tags, remembered).map(({ scope, era }) => ({ scope: softened(scope), era }))
  }

  /** Forgets all: something stands above every floor here. */
  clear(): void {
    if (this.#highest === DAWN) return
    this.#prefixes = new FloorMap(this.#limits.prefixes)
    this.#tags = new FloorMap(this.#limits.tags)
    this.#all = DAWN
    this.#highest = DAWN
  }
}
