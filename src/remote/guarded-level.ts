import type { Trust } from '../coherence/currency.ts'
import { RecentScopes } from '../coherence/recent-scopes.ts'
import { isStale } from '../entry/age.ts'
import type { Entry } from '../entry/entry.ts'
import type { Era } from '../entry/era.ts'
import type { Finding } from '../entry/finding.ts'
import { keyScope, type Scope } from '../entry/scope.ts'
import type { BreakerState } from '../events.ts'
import type { Inspection, Keeping, Level, LevelTraits, Near } from '../level.ts'
import type { Observers } from '../observe/observers.ts'
import type { World } from '../world/world.ts'
import { Abilities } from './abilities.ts'
import { Arrears } from './arrears.ts'
import type { Doubt } from './doubt.ts'
import { LevelCalls } from './level-calls.ts'
import { LevelReads, type Look } from './level-reads.ts'
import type { LevelTally } from './level-tally.ts'
import { type Doing, LevelWrites } from './level-writes.ts'
import { isAnything } from './shape.ts'
import type { ValueChecks } from './value-checks.ts'
import type { Witness } from './witness.ts'

/**
 * A level that cannot fail its callers: whatever goes wrong is an event and a count (`level-calls.ts`),
 * and an invalidation the level missed is remembered and sent again (`level-writes.ts`). Until it has
 * landed, what the level holds under it is unknown (`arrears.ts`).
 */
export class GuardedLevel {
  readonly name: string
  /** Milliseconds one call may take. */
  readonly timeout: number
  readonly traits: LevelTraits
  readonly tally: LevelTally
  /** What it can do besides. */
  readonly abilities: Abilities
  readonly #world: World
  readonly #calls: LevelCalls
  readonly #arrears: Arrears
  readonly #reads: LevelReads
  readonly #writes: LevelWrites
  /** Taken away when the level closes, so that a read that hits need not ask whether it has. */
  #nearest: Near | undefined
  /** What a near level above shared ones is believed by. */
  #trust: Trust | undefined
  /** Shared levels above this one, where it is shared as well. */
  #above: readonly GuardedLevel[] = []
  /** What was brought up to those. */
  readonly #carried = new RecentScopes()

  constructor(level: Level, world: World, observers: Observers) {
    this.name = level.name
    this.timeout = level.timeout
    this.traits = level.traits
    this.#world = world
    this.#nearest = level.traits.near
    this.#calls = new LevelCalls(level, world, observers, () => this.#writes.catchUp.hurry())
    this.#writes = new LevelWrites(this.#calls, (scopes) => {
      for (const above of this.#above) above.forget(scopes)
    })
    const { catchUp } = this.#writes
    this.#arrears = new Arrears(catchUp.journal)
    this.#reads = new LevelReads(this.#calls, this.#arrears)
    const { attempts, tally } = this.#calls
    this.tally = tally
    const fail = this.#calls.fail.bind(this.#calls)
    const background = observers.background.bind(observers)
    this.abilities = new Abilities(level.traits, { attempts, catchUp, fail, background })
  }

  /** From now on `look` and `peek` answer only while it is trusted. */
  believe(trust: Trust): void {
    this.#trust = trust
  }

  /** This level is shared, and so are those above and below: see {@link Arrears}. */
  standsBetween(above: readonly GuardedLevel[], below: readonly GuardedLevel[]): void {
    this.#above = above
    this.#arrears.standsAbove(below.map((level) => level.#arrears))
  }

  /** What this level holds under these is out of date: unknown, until it has been told. */
  forget(scopes: readonly Scope[]): void {
    this.#writes.catchUp.missed(scopes, undefined)
    this.#calls.observers.background('telling a level what is out of date', () => this.raise(scopes))
  }

  /** This level has lost these, and is told again by whoever found that out. @returns to be called when it was told */
  owes(scopes: readonly Scope[]): () => void {
    const paid = this.#arrears.owe(scopes)
    return () => {
      paid()
      // What others brought there meanwhile.
      for (const level of this.#above) level.forget(scopes)
    }
  }

  /** What lies here under these keys is being brought up to the levels above. */
  carries(keys: readonly string[]): void {
    if (this.#above.length > 0) this.#carried.remember(keys.map(keyScope), this.#world.mono())
  }

  /**
   * This level has lost its history: it may have been another than the one that others invalidated in, such as a master
   * that was deposed and did not know it yet. What came from it is out of date in the levels above, then, and nobody
   * but this process knows that it is there.
   */
  disowns(): void {
    const scopes = this.#carried.at(this.#world.mono())
    this.#carried.clear()
    if (scopes.length > 0) for (const level of this.#above) level.forget(scopes)
  }

  /** From now on what a read finds is served only as far as it can be proven. */
  doubtedBy(doubt: Doubt): void {
    this.#reads.doubtedBy(doubt)
  }

  /** Tells `witness` from now on what is read and kept here; with `undefined`, nobody. */
  witnessedBy(witness: Witness | undefined): void {
    this.#calls.witness = witness
  }

  /** From now on what a read finds is served only as far as it fits. */
  checkedBy(checks: ValueChecks): void {
    this.#calls.checks = checks
  }

  /** Whether nothing stays longer than a while here, for a level below does not tell what others change. */
  get isLimited(): boolean {
    return this.#writes.isLimited
  }

  /** What is written from now on stays no longer than so many milliseconds. */
  limit(longest: number): void {
    this.#writes.limit(longest)
  }

  /** Whether this level is asked; `closed` is the ordinary state. */
  get breaker(): BreakerState {
    return this.#calls.attempts.state
  }

  /** How many invalidations this level has missed and not yet been told. */
  get pending(): number {
    return this.#arrears.pending
  }

  /** Whether what this level holds under the key counts as unknown, for an invalidation has not reached it. */
  isBehind(key: string): boolean {
    return this.#arrears.covers(key)
  }

  /** {@link GuardedLevel.isBehind}, for an entry this level holds: its tags count as well. */
  isBehindOn(entry: Entry): boolean {
    return this.#arrears.coversEntry(entry)
  }

  /** Where this level is near: what it holds (`Near.look`), at once. Counts as a use. */
  look(key: string): unknown {
    if (this.#trust !== undefined && !this.#trust.isProven) return undefined
    return this.lookAnyway(key)
  }

  /** {@link GuardedLevel.look}, proven or not. */
  lookAnyway(key: string): unknown {
    const near = this.#nearest
    if (near === undefined) return undefined
    let held: unknown
    try {
      if (this.#mayServe(near, key)) held = near.look(key)
    } catch (error) {
      this.#calls.fail('read', error)
    }
    if (held === undefined) this.tally.misses++
    else this.tally.hits++
    return held
  }

  /** {@link GuardedLevel.look} that leaves no trace. */
  peek(key: string): unknown {
    const near = this.#nearest
    if (this.#trust !== undefined && !this.#trust.isProven) return undefined
    try {
      return near !== undefined && this.#mayServe(near, key) ? near.peek(key) : undefined
    } catch (error) {
      this.#calls.fail('read', error)
      return undefined
    }
  }

  /**
   * What a near level holds that is due or stale, after {@link GuardedLevel.look} has missed it; if it is fresh
   * still, that was no miss.
   */
  lookDue(key: string): Entry | undefined {
    const entry = this.entry(key)
    if (entry?.upkeep === undefined) return undefined
    if (!isStale(entry, this.#world.tick())) {
      this.tally.misses--
      this.tally.hits++
    }
    return entry
  }

  /** The whole entry under a key, due and stale ones as well. */
  entry(key: string): Entry | undefined {
    const near = this.#nearest
    try {
      return near !== undefined && this.#mayServe(near, key) ? near.entry(key) : undefined
    } catch (error) {
      this.#calls.fail('read', error)
      return undefined
    }
  }

  /** What a near level that has just missed knows: its era, unless it failed or is behind. */
  nearEra(key: string): Era | undefined {
    try {
      return this.isBehind(key) ? undefined : this.traits.near?.era
    } catch (error) {
      this.#calls.fail('read', error)
      return undefined
    }
  }

  /** The era of a key where this level knows it at once, pending or not: what a write takes along. */
  eraAtOnce(key: string): Era | undefined {
    const { near, shares } = this.traits
    try {
      return near?.era ?? (shares?.checksBirths === true ? shares.eraOf(key) : undefined)
    } catch (error) {
      this.#calls.fail('read', error)
      return undefined
    }
  }

  /** {@link GuardedLevel.eraAtOnce} of every key as it is now, for later. */
  erasAtOnce(): (key: string) => Era | undefined {
    const { near, shares } = this.traits
    try {
      if (near === undefined) return (shares?.checksBirths === true ? shares.eras?.() : undefined) ?? nothing
      const { era } = near
      return () => era
    } catch (error) {
      this.#calls.fail('read', error)
      return nothing
    }
  }

  /** The same by reading, `NaN` for those keys for which the level gives none in time. Counts as no hit and no miss. */
  erasOf(keys: readonly string[]): Promise<readonly Era[]> {
    return this.#reads.erasOf(keys)
  }

  read(keys: readonly string[]): Promise<Look[]> {
    return this.#reads.read(keys)
  }

  /** Looks without a trace where the level can, otherwise as `read` does; `undefined` if it failed. */
  inspect(keys: readonly string[]): Promise<readonly Inspection[] | undefined> {
    return this.#reads.inspect(keys)
  }

  /** Everything the level can tell of a key, for a person to read: counts as no hit and no miss. `undefined` if it failed. */
  explain(key: string): Promise<Finding | undefined> {
    return this.#reads.explain(key)
  }

  /** The keys of this level, as far as it can list them. One that fails on the way lists no more. */
  keys(prefix: string): AsyncGenerator<string> {
    return this.#reads.keys(prefix)
  }

  /** Keeps entries born at eras of this level. `pending` is never the answer: a failed fill is just not kept. */
  write(entries: readonly Entry[]): Promise<readonly (Keeping | 'failed')[]> {
    return this.#writes.write(entries)
  }

  /** Makes the entries the truth of this level. Told apart by key: one late call holds up its own keys only. */
  replace(entries: readonly Entry[]): Promise<readonly Doing[]> {
    return this.#writes.replace(entries)
  }

  /** Invalidates. */
  raise(scopes: readonly Scope[]): Promise<Doing> {
    return this.#writes.raise(scopes)
  }

  /** Tells it once more, and at once, what it has missed, though it has not answered of late. */
  flush(): Promise<void> {
    return this.#writes.catchUp.flush()
  }

  async close(): Promise<void> {
    this.#nearest = undefined
    this.#writes.catchUp.close()
    const { attempts, level } = this.#calls
    const attempt = await attempts.last(() => level.close(), isAnything)
    if (!attempt.ok) this.#calls.fail('close', attempt.error)
  }

  /** Only while an invalidation is pending the whole entry is wanted, with its tags. */
  #mayServe(near: Near, key: string): boolean {
    if (this.#arrears.pending === 0) return true
    const entry = near.entry(key)
    return entry !== undefined && !this.isBehindOn(entry)
  }
}

function nothing(): undefined {
  return undefined
}
