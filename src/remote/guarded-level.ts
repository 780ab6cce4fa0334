import type { Currency } from '../coherence/currency.ts'
import { isDead } from '../entry/age.ts'
import { type Entry, endingAt } from '../entry/entry.ts'
import type { Era } from '../entry/era.ts'
import type { Finding } from '../entry/finding.ts'
import { keyScope, type Scope } from '../entry/scope.ts'
import { TerraceError } from '../errors.ts'
import type { BreakerState, CacheEvent, LevelOperation } from '../events.ts'
import type { Inspection, Keeping, Level, LevelTraits, Near } from '../level.ts'
import type { Observers } from '../observe/observers.ts'
import type { World } from '../world/world.ts'
import { Abilities } from './abilities.ts'
import { type Attempt, Attempts } from './attempts.ts'
import { inBatches } from './batches.ts'
import { CatchUp } from './catch-up.ts'
import type { Doubt } from './doubt.ts'
import { findIn } from './find-in.ts'
import { LevelTally } from './level-tally.ts'
import { listed } from './listing.ts'
import { areInspections, areKeepings, isAnything, isEra, isFinding, isReading } from './shape.ts'

/** What one level knows about one key. Unknown is not absent: the level failed, was late, or is behind. */
export type Look =
  | { readonly kind: 'found'; readonly entry: Entry }
  | { readonly kind: 'absent'; readonly era: Era }
  | { readonly kind: 'unknown' }

/**
 * What a level did with a write or an invalidation. `pending`: it failed; the invalidation is sent
 * again in the background, and until it lands this level's copy is not served.
 */
export type Doing = 'done' | 'superseded' | 'refused' | 'pending'

const UNKNOWN: Look = Object.freeze({ kind: 'unknown' })

/**
 * A level that cannot fail its callers: whatever goes wrong is an event and a count (`attempts.ts`),
 * and an invalidation the level missed is remembered and sent again (`catch-up.ts`). Until it has
 * landed, what the level holds under it is unknown.
 */
export class GuardedLevel {
  readonly name: string
  /** Milliseconds one call may take. */
  readonly timeout: number
  readonly traits: LevelTraits
  readonly tally: LevelTally = new LevelTally()
  readonly #level: Level
  readonly #world: World
  readonly #observers: Observers
  readonly #attempts: Attempts
  readonly #catchUp: CatchUp
  /** What it can do besides. */
  readonly abilities: Abilities
  /** Taken away when the level closes, so that a read that hits need not ask whether it has. */
  #nearest: Near | undefined
  /** What a near level above shared ones is believed by. */
  #currency: Currency | undefined
  /** The same for a private level that is asked. */
  #doubt: Doubt | undefined
  /** Shared levels above this one, and below it. */
  #above: readonly GuardedLevel[] = []
  #below: readonly GuardedLevel[] = []
  /** Milliseconds nothing stays longer here, above a level that tells nothing. */
  #longest = Number.POSITIVE_INFINITY

  constructor(level: Level, world: World, observers: Observers) {
    this.name = level.name
    this.timeout = level.timeout
    this.traits = level.traits
    this.#level = level
    this.#nearest = level.traits.near
    this.#world = world
    this.#observers = observers
    this.#attempts = new Attempts(world, observers, level.name, level.timeout, (state) => {
      this.#report({ type: 'breaker', level: level.name, state })
      if (state === 'closed') this.#catchUp.hurry()
    })
    this.#catchUp = new CatchUp(
      world,
      observers,
      (scopes) => this.#raise(scopes, true),
      (scopes) => {
        this.#report({ type: 'levelCaughtUp', level: this.name, scopes: scopes.length })
        for (const level of this.#above) level.forget(scopes)
      },
    )
    this.abilities = new Abilities(level.traits, {
      attempts: this.#attempts,
      catchUp: this.#catchUp,
      fail: (operation, error) => this.#fail(operation, error),
    })
  }

  /** From now on `look` and `peek` answer only while the currency is proven. */
  believe(currency: Currency): void {
    this.#currency = currency
  }

  /**
   * This level is shared, and so are those above and below. What one below has missed, other processes
   * may find there and bring here at any time: until it has landed there, and was told here once
   * more, this level is behind as well.
   */
  standsBetween(above: readonly GuardedLevel[], below: readonly GuardedLevel[]): void {
    this.#above = above
    this.#below = below
  }

  /** What this level holds under these is out of date: unknown, until it has been told. */
  forget(scopes: readonly Scope[]): void {
    this.#catchUp.missed(scopes, undefined)
    this.#observers.background('telling a level what is out of date', () => this.raise(scopes))
  }

  /** From now on what a read finds is served only as far as it can be proven. */
  doubtedBy(doubt: Doubt): void {
    this.#doubt = doubt
  }

  /** From now on nothing stays longer than so many milliseconds. */
  limit(longest: number): void {
    this.#longest = Math.min(this.#longest, longest)
  }

  /** Whether this level is asked; `closed` is the ordinary state. */
  get breaker(): BreakerState {
    return this.#attempts.state
  }

  /** How many invalidations this level has missed and not yet been told. */
  get pending(): number {
    return this.#catchUp.journal.size
  }

  /** Whether what this level holds under the key counts as unknown, for an invalidation has not reached it. */
  isBehind(key: string): boolean {
    return this.#catchUp.journal.covers(key) || this.#below.some((level) => level.isBehind(key))
  }

  /** {@link GuardedLevel.isBehind}, for an entry this level holds: its tags count as well. */
  isBehindOn(entry: Entry): boolean {
    return this.#catchUp.journal.coversEntry(entry) || this.#below.some((level) => level.isBehindOn(entry))
  }

  get #mayBeBehind(): boolean {
    return this.pending > 0 || this.#below.some(({ pending }) => pending > 0)
  }

  /** Where this level is near: what it holds (`Near.look`), at once. Counts as a use. */
  look(key: string): unknown {
    if (this.#currency !== undefined && !this.#currency.isProven) return undefined
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
      this.#fail('read', error)
    }
    if (held === undefined) this.tally.misses++
    else this.tally.hits++
    return held
  }

  /** {@link GuardedLevel.look} that leaves no trace. */
  peek(key: string): unknown {
    const near = this.#nearest
    if (this.#currency !== undefined && !this.#currency.isProven) return undefined
    try {
      return near !== undefined && this.#mayServe(near, key) ? near.peek(key) : undefined
    } catch (error) {
      this.#fail('read', error)
      return undefined
    }
  }

  /** The whole entry behind {@link GuardedLevel.peek}. */
  entry(key: string): Entry | undefined {
    const near = this.#nearest
    try {
      return near !== undefined && this.#mayServe(near, key) ? near.entry(key) : undefined
    } catch (error) {
      this.#fail('read', error)
      return undefined
    }
  }

  /** What a near level that has just missed knows: its era, unless it failed or is behind. */
  nearEra(key: string): Era | undefined {
    try {
      return this.isBehind(key) ? undefined : this.traits.near?.era
    } catch (error) {
      this.#fail('read', error)
      return undefined
    }
  }

  /** The era of a key where this level knows it at once, pending or not: what a write takes along. */
  eraAtOnce(key: string): Era | undefined {
    const { near, shares } = this.traits
    try {
      return near?.era ?? (shares?.checksBirths === true ? shares.eraOf(key) : undefined)
    } catch (error) {
      this.#fail('read', error)
      return undefined
    }
  }

  /** The same by reading, `NaN` for those keys for which the level gives none in time. Counts as no hit and no miss. */
  erasOf(keys: readonly string[]): Promise<readonly Era[]> {
    return inBatches(this.#world, this.timeout, keys, async (some) => {
      const attempt = await this.#attempts.ask('read', some, () => this.#level.read(some), isReading(some))
      if (attempt.ok) return attempt.answer.eras
      this.#fail('read', attempt.error)
      return some.map(() => Number.NaN)
    })
  }

  read(keys: readonly string[]): Promise<Look[]> {
    return this.#doubt === undefined ? this.#read(keys) : this.#readDoubting(keys, this.#doubt)
  }

  async #readDoubting(keys: readonly string[], doubt: Doubt): Promise<Look[]> {
    const unproven = await doubt.about(keys)
    if (unproven.size === 0) return this.#read(keys)
    if (!doubt.serves) return spread(keys, await this.#read(keys.filter((key) => !unproven.has(key))), unproven)
    const looks = await this.#read(keys)
    for (const [n, { kind }] of looks.entries()) if (kind === 'found' && unproven.has(keys[n]!)) doubt.served()
    return looks
  }

  async #read(keys: readonly string[]): Promise<Look[]> {
    const asked = this.#mayBeBehind ? keys.filter((key) => !this.isBehind(key)) : keys
    if (asked.length === 0) return keys.map(() => UNKNOWN)
    const isOvertaken = this.#watch()
    const began = this.#world.mono()
    const attempt = await this.#attempts.ask('read', asked, () => this.#level.read(asked), isReading(asked))
    this.tally.timed(this.#world, began)
    if (!attempt.ok) {
      this.#fail('read', attempt.error)
      return keys.map(() => UNKNOWN)
    }
    const { eras, entries } = attempt.answer
    const looks = entries.map((entry, n) => (isOvertaken(entry) ? UNKNOWN : this.#judge(entry, eras[n]!)))
    if (asked === keys) return looks
    const byKey = new Map(asked.map((key, n) => [key, looks[n]!]))
    return keys.map((key) => byKey.get(key) ?? UNKNOWN)
  }

  /** Keeps entries born at eras of this level. `pending` is never the answer: a failed fill is just not kept. */
  write(entries: readonly Entry[]): Promise<readonly (Keeping | 'failed')[]> {
    return inBatches(this.#world, this.timeout, entries, (some) => this.#write(some))
  }

  async #write(entries: readonly Entry[]): Promise<readonly (Keeping | 'failed')[]> {
    const attempt = await this.#attempts.ask(
      'write',
      entries,
      () => this.#level.write(this.#limited(entries)),
      areKeepings(entries.length),
    )
    if (!attempt.ok) {
      this.#fail('write', attempt.error)
      return entries.map(() => 'failed')
    }
    this.tally.sets += entries.length
    this.#reportSuperseded(entries, attempt.answer)
    return attempt.answer
  }

  /** Makes the entries the truth of this level. Told apart by key: one late call holds up its own keys only. */
  async replace(entries: readonly Entry[]): Promise<readonly Doing[]> {
    const { journal } = this.#catchUp
    const free = entries.filter((entry) => !journal.isHeld(keyScope(entry.key)))
    if (free.length < entries.length) {
      const held = entries.filter((entry) => journal.isHeld(keyScope(entry.key)))
      this.#catchUp.missed(held.map(scopeOf), undefined)
    }
    if (free.length === 0) return entries.map(() => 'pending')
    const doings = new Map<string, Doing>()
    const outcomes = await inBatches(this.#world, this.timeout, free, (some) => this.#replaceFree(some))
    for (const [n, entry] of free.entries()) doings.set(entry.key, outcomes[n]!)
    return entries.map((entry) => doings.get(entry.key) ?? 'pending')
  }

  /** Invalidates. */
  async raise(scopes: readonly Scope[]): Promise<Doing> {
    const doings = await inBatches(this.#world, this.timeout, scopes, async (some) => [await this.#raiseSome(some)])
    return doings.includes('pending') ? 'pending' : 'done'
  }

  async #raiseSome(scopes: readonly Scope[]): Promise<Doing> {
    const { journal } = this.#catchUp
    if (scopes.every((scope) => journal.isHeld(scope))) {
      this.#catchUp.missed(scopes, undefined)
      return 'pending'
    }
    const sent = journal.now()
    const attempt = await this.#raise(scopes, false)
    if (!attempt.ok) {
      this.#catchUp.missed(scopes, attempt.over)
      return 'pending'
    }
    for (const scope of scopes) if (scope.kind === 'key') this.tally.deletes++
    this.#catchUp.landed(scopes, sent)
    return scopes.some((scope) => journal.isHeld(scope)) ? 'pending' : 'done'
  }

  /** Looks without a trace where the level can, otherwise as `read` does; `undefined` if it failed. */
  async inspect(keys: readonly string[]): Promise<readonly Inspection[] | undefined> {
    const { inspects } = this.traits
    if (inspects === undefined) {
      const looks = await this.read(keys)
      if (looks.every((look) => look.kind === 'unknown')) return undefined
      return looks.map((look) => ({ entry: look.kind === 'found' ? look.entry : undefined, barredBy: undefined }))
    }
    const isOvertaken = this.#watch()
    const attempt = await this.#attempts.run('inspect', keys, () => inspects.inspect(keys), areInspections(keys))
    if (!attempt.ok) this.#fail('inspect', attempt.error)
    return attempt.ok && !attempt.answer.some(({ entry }) => isOvertaken(entry)) ? attempt.answer : undefined
  }

  /** Everything the level can tell of a key, for a person to read: counts as no hit and no miss. `undefined` if it failed. */
  async explain(key: string): Promise<Finding | undefined> {
    const attempt = await this.#attempts.run('inspect', [key], () => findIn(this.#level, key), isFinding(key))
    if (!attempt.ok) this.#fail('inspect', attempt.error)
    return attempt.ok ? attempt.answer : undefined
  }

  /** The keys of this level, as far as it can list them. One that fails on the way lists no more. */
  async *keys(prefix: string): AsyncGenerator<string> {
    const { scans } = this.traits
    if (scans === undefined) return
    const first = (step: () => Promise<unknown>) => this.#attempts.ask('keys', [], step, isAnything)
    try {
      const keys = listed(scans, prefix, { world: this.#world, timeout: this.timeout, first })
      for await (const key of keys) if (!this.isBehind(key)) yield key
    } catch (error) {
      this.#fail('keys', error)
    }
  }

  async close(): Promise<void> {
    this.#nearest = undefined
    this.#catchUp.close()
    const attempt = await this.#attempts.last(() => this.#level.close(), isAnything)
    if (!attempt.ok) this.#fail('close', attempt.error)
  }

  #limited(entries: readonly Entry[]): readonly Entry[] {
    if (this.#longest === Number.POSITIVE_INFINITY) return entries
    const latest = this.#world.tick() + this.#longest
    return entries.map((entry) => (entry.deadline > latest ? endingAt(entry, latest) : entry))
  }

  /** Only while an invalidation is pending the whole entry is wanted, with its tags. */
  #mayServe(near: Near, key: string): boolean {
    if (this.pending === 0) return true
    const entry = near.entry(key)
    return entry !== undefined && !this.isBehindOn(entry)
  }

  /**
   * To be called before a read is sent. Keys this level is behind on are not asked for; tags are seen
   * only in the answer, and an invalidation of theirs may have landed after the level read, before it
   * answered. Then nothing with tags in that answer can be believed.
   */
  #watch(): (entry: Entry | undefined) => boolean {
    const { journal } = this.#catchUp
    if (!this.#mayBeBehind) return notOvertaken
    const { landings } = journal
    return (entry) => entry !== undefined && entry.tags.length > 0 && journal.landings !== landings
  }

  #judge(entry: Entry | undefined, era: Era): Look {
    // Nothing is known of this key alone: it counts as a failure of the level.
    if (Number.isNaN(era)) this.tally.failures++
    if (Number.isNaN(era) || (entry !== undefined && this.#mayBeBehind && this.isBehindOn(entry))) return UNKNOWN
    if (entry !== undefined && !isDead(entry, this.#world.tick())) {
      this.tally.hits++
      return { kind: 'found', entry }
    }
    this.tally.misses++
    return { kind: 'absent', era }
  }

  async #replaceFree(entries: readonly Entry[]): Promise<readonly Doing[]> {
    const scopes = entries.map(scopeOf)
    const sent = this.#catchUp.journal.now()
    const attempt = await this.#attempts.ask(
      'replace',
      entries,
      () => this.#level.replace(this.#limited(entries)),
      areKeepings(entries.length),
    )
    if (!attempt.ok) {
      this.#fail('replace', attempt.error)
      this.#catchUp.missed(scopes, attempt.over)
      return entries.map(() => 'pending')
    }
    this.tally.sets += entries.length
    this.#catchUp.landed(scopes, sent)
    this.#reportSuperseded(entries, attempt.answer)
    return attempt.answer.map((keeping) => (keeping === 'kept' ? 'done' : keeping))
  }

  /** @param waits whether to wait for a level that has not answered of late */
  async #raise(scopes: readonly Scope[], waits: boolean): Promise<Attempt<Era>> {
    const raise = (): Promise<Era> => this.#level.raise(scopes)
    const attempts = this.#attempts
    const attempt = await (waits
      ? attempts.run('raise', scopes, raise, isEra)
      : attempts.ask('raise', scopes, raise, isEra))
    if (!attempt.ok) this.#fail('raise', attempt.error)
    return attempt
  }

  #reportSuperseded(entries: readonly Entry[], keepings: readonly Keeping[]): void {
    for (const [n, keeping] of keepings.entries()) {
      if (keeping === 'superseded') this.#report({ type: 'superseded', key: entries[n]!.key, level: this.name })
    }
  }

  #report(event: CacheEvent): void {
    if (this.#observers.hears(event.type)) this.#observers.tell(event)
  }

  #fail(operation: LevelOperation, error: unknown): void {
    // What was not asked has not failed: the breaker has told already.
    if (error instanceof TerraceError && error.code === 'ERR_LEVEL_UNAVAILABLE') return
    this.tally.failures++
    this.#report({ type: 'levelFailed', level: this.name, operation, error })
  }
}

function notOvertaken(): boolean {
  return false
}

function scopeOf(entry: Entry): Scope {
  return keyScope(entry.key)
}

/** Answers about some of the keys as answers about all of them. */
function spread(keys: readonly string[], looks: readonly Look[], unasked: ReadonlySet<string>): Look[] {
  let next = 0
  return keys.map((key) => (unasked.has(key) ? UNKNOWN : looks[next++]!))
}
