import { DAWN, type Era } from '../../entry/era.ts'
import { EVERYTHING, type Scope, scopeId } from '../../entry/scope.ts'
import type { FloorRecord, SharedFloor } from './floor-record.ts'

/** Floors kept one by one; past that the older half is forgotten. Few: the whole record is written each time. */
const MOST_PREFIXES = 100
const MOST_TAGS = 500
/** A prefix beyond this is kept as a floor of everything. */
const LONGEST_PREFIX = 1000
/** Own invalidations that are told apart while others may not know of them. */
const MOST_OWN = 100
/** Invalidations of which it is remembered that they are known. */
const MOST_KNOWN = 4000

/** An invalidation of this process of which others may not know yet. */
interface Own {
  readonly scopes: readonly Scope[]
  readonly id: string
  readonly since: number
}

/** What a merge brought. */
export interface Merged {
  /** What others have invalidated that was not known. */
  readonly learned: readonly Scope[]
  /** The record lacks something that is known here. */
  readonly isAhead: boolean
}

/**
 * The floors of prefixes, tags and everything, as one process knows them, over a store without atomic
 * steps: each process writes the whole record, so one write may undo another's. Nothing is lost as
 * long as somebody who knows it lives: records are merged by maximum, and who knows more writes again.
 *
 * A frame is born at the era its writer knew, so a floor must be above every birth handed out by one
 * who did not know of it. Where it is not (a write was undone, or two processes used one era at the same
 * time), it is lifted: by whoever learns it, above its own era; and by who made it, above the era of any
 * record that lacks it, until all others must have read it.
 *
 * Invariant: no floor and no horizon is above the era.
 */
export class SharedFloors implements FloorRecord {
  readonly reign: string
  readonly #nextId: () => string
  readonly #settled: number
  #own: readonly Own[] = []
  readonly #known = new Set<string>()
  readonly #prefixes = new Map<string, SharedFloor>()
  readonly #tags = new Map<string, SharedFloor>()
  #era: Era = DAWN
  #horizon: Era = DAWN
  #all: SharedFloor = { era: DAWN, id: '' }

  /**
   * @param nextId a name no other invalidation has, of any process
   * @param settled milliseconds after which all others have read a record
   */
  constructor(reign: string, nextId: () => string, settled: number) {
    this.reign = reign
    this.#nextId = nextId
    this.#settled = settled
  }

  get era(): Era {
    return this.#era
  }

  get horizon(): Era {
    return this.#horizon
  }

  get all(): SharedFloor {
    return this.#all
  }

  get prefixes(): ReadonlyMap<string, SharedFloor> {
    return this.#prefixes
  }

  get tags(): ReadonlyMap<string, SharedFloor> {
    return this.#tags
  }

  /** Whether nothing known here stands against a frame of this reign. */
  admits(key: string, born: Era, tags: readonly string[]): boolean {
    if (born >= this.#era) return true
    if (born < this.#all.era || born < this.#horizon) return false
    for (const tag of tags) if (born < (this.#tags.get(tag)?.era ?? DAWN)) return false
    for (const [prefix, { era }] of this.#prefixes) if (born < era && key.startsWith(prefix)) return false
    return true
  }

  /** Begins a new era and makes it the floor of these scopes. Those of single keys are left out. */
  raise(scopes: readonly Scope[], now: number): void {
    const floor = { era: ++this.#era, id: this.#nextId() }
    this.#know(floor.id)
    this.#own = [...this.#stillOwn(scopes, now), { scopes, id: floor.id, since: now }]
    for (const scope of scopes) this.#put(scope, floor)
    this.#prune()
  }

  /** Everything that was ever invalidated, as far as it is remembered. */
  scopes(): readonly Scope[] {
    return this.#horizon > DAWN ? [EVERYTHING] : Array.from(floorsOf(this), ([scope]) => scope)
  }

  /** Takes over all that a record says, for one who has handed out no birth yet. */
  adopt(record: FloorRecord): void {
    for (const [scope, floor] of floorsOf(record)) {
      this.#know(floor.id)
      this.#put(scope, floor)
    }
    this.#era = Math.max(this.#era, record.era)
    this.#horizon = Math.max(this.#horizon, record.horizon)
    this.#prune()
  }

  /** Takes over what a record of this reign says that was not known. */
  merge(record: FloorRecord, now: number): Merged {
    const before = this.#era
    const lifted = Math.max(before, record.era) + 1
    const told = new Set<string>()
    const news = new Set<string>()
    const learned: Scope[] = []
    for (const [scope, floor] of floorsOf(record)) {
      // One invalidation may have several scopes: what this record told of is no older knowledge.
      const isKnown = this.#floorOf(scope)?.id === floor.id || (this.#known.has(floor.id) && !news.has(floor.id))
      const era = isKnown || floor.era > before ? floor.era : lifted
      if (!isKnown) {
        learned.push(scope)
        news.add(floor.id)
      }
      told.add(floor.id)
      this.#know(floor.id)
      this.#put(scope, { era, id: floor.id })
      this.#era = Math.max(this.#era, era)
    }
    this.#era = Math.max(this.#era, record.era)
    this.#horizon = Math.max(this.#horizon, record.horizon)
    this.#own = this.#unsettled(now).map((own) => {
      if (told.has(own.id)) return own
      for (const scope of own.scopes) this.#assert(scope, own.id, record.era)
      return { ...own, since: now }
    })
    // Among what others have forgotten there may be something never heard of here.
    if (record.horizon > before) learned.push(EVERYTHING)
    this.#prune()
    return { learned, isAhead: this.#isAheadOf(record) }
  }

  #isAheadOf(record: FloorRecord): boolean {
    if (this.#era > record.era || this.#horizon > record.horizon || this.#all.era > record.all.era) return true
    for (const [name, { era }] of this.#prefixes) if (record.prefixes.get(name)?.era !== era) return true
    for (const [name, { era }] of this.#tags) if (record.tags.get(name)?.era !== era) return true
    return false
  }

  #unsettled(now: number): readonly Own[] {
    return this.#own.filter(({ since }) => now - since < this.#settled)
  }

  /** The own invalidations that these do not cover. Where they are many, the older ones count as one of everything. */
  #stillOwn(scopes: readonly Scope[], now: number): readonly Own[] {
    const covered = new Set(scopes.map(scopeId))
    if (covered.has(scopeId(EVERYTHING))) return []
    const unsettled = this.#unsettled(now)
    if (unsettled.length >= MOST_OWN) {
      const half = unsettled.length >> 1
      return [{ ...unsettled[half]!, scopes: [EVERYTHING] }, ...unsettled.slice(half + 1)]
    }
    return unsettled
      .map((own) => ({ ...own, scopes: own.scopes.filter((scope) => !covered.has(scopeId(scope))) }))
      .filter((own) => own.scopes.length > 0)
  }

  /**
   * Who wrote a record that lacks an invalidation may have handed out any birth up to its era. The floor is
   * lifted under its own name, at an era of its own: those who know only what it was merged with would not
   * take it for news.
   */
  #assert(scope: Scope, id: string, era: Era): void {
    const floor = this.#floorOf(scope)
    // What a floor of everything covers would be forgotten, and its name with it.
    const covered = floor === this.#all ? era : Math.max(era, this.#all.era, this.#horizon)
    if (floor?.id !== id || floor.era <= covered) this.#put(scope, { era: ++this.#era, id })
  }

  #floorOf(scope: Scope): SharedFloor | undefined {
    if (scope.kind === 'prefix' && scope.prefix.length <= LONGEST_PREFIX) return this.#prefixes.get(scope.prefix)
    return scope.kind === 'tag' ? this.#tags.get(scope.tag) : this.#all
  }

  /** Never lowers a floor. */
  #put(scope: Scope, floor: SharedFloor): void {
    if (scope.kind === 'prefix' && scope.prefix.length <= LONGEST_PREFIX) raiseIn(this.#prefixes, scope.prefix, floor)
    else if (scope.kind === 'tag') raiseIn(this.#tags, scope.tag, floor)
    else if (scope.kind !== 'key' && floor.era > this.#all.era) this.#all = floor
  }

  #know(id: string): void {
    this.#known.delete(id)
    this.#known.add(id)
    if (this.#known.size > MOST_KNOWN) this.#known.delete(this.#known.values().next().value!)
  }

  /** Forgets what something else covers, and the older half of what is too much. */
  #prune(): void {
    this.#horizon = Math.max(this.#horizon, pruned(this.#prefixes, MOST_PREFIXES), pruned(this.#tags, MOST_TAGS))
    const covered = Math.max(this.#all.era, this.#horizon)
    for (const floors of [this.#prefixes, this.#tags]) {
      for (const [name, { era }] of floors) if (era <= covered) floors.delete(name)
    }
  }
}

function* floorsOf({ all, prefixes, tags }: FloorRecord): Generator<[Scope, SharedFloor]> {
  if (all.era > DAWN) yield [EVERYTHING, all]
  for (const [prefix, floor] of prefixes) yield [{ kind: 'prefix', prefix }, floor]
  for (const [tag, floor] of tags) yield [{ kind: 'tag', tag }, floor]
}

function raiseIn(floors: Map<string, SharedFloor>, name: string, floor: SharedFloor): void {
  const standing = floors.get(name)
  if (standing === undefined || standing.era < floor.era) floors.set(name, floor)
}

/** @returns the highest era forgotten */
function pruned(floors: Map<string, SharedFloor>, most: number): Era {
  if (floors.size <= most) return DAWN
  const eras = Array.from(floors.values(), ({ era }) => era).sort((a, b) => a - b)
  return eras[eras.length >> 1]!
}
