import { birthplace } from '../entry/birthplace.ts'
import { NUMBER, type Stamp, stampFrame } from '../entry/frame.ts'
import { keyScope, movedScope, type Scope } from '../entry/scope.ts'
import { TerraceError } from '../errors.ts'
import type { Keeping } from '../level.ts'
import type { Counted, Expired, Framed, Invalidation, Kept, Leased, News, Point, Step, Terms } from './ledger.ts'
import { freshFrame, isBarred, isOfUse, outranks, raiseFloors, standing } from './ledger-core-floors.ts'
import { highestBirth, prolonged } from './ledger-core-frames.ts'
import { endLeases, takeLeases } from './ledger-core-leases.ts'
import { curtailed } from './ledger-core-log.ts'
import { LEDGER_BOUNDS, type LedgerBounds, type LedgerTables, NO_LINK, type ShardState } from './ledger-core-tables.ts'

/** What `LedgerCore` needs to know besides its tables. */
export interface LedgerCoreOptions {
  readonly leaseTime: number
  /** A new random name of a reign: 16 hexadecimal digits. */
  readonly nameReign: () => string
  /** Told of what a step did, after it did it, and in that order. */
  readonly feed?: LedgerCoreFeed | undefined
  readonly bounds?: LedgerBounds | undefined
}

interface LedgerCoreFeed {
  invalidated(step: Invalidation): void
  settled(keys: readonly string[]): void
}

/**
 * What each step of a `Ledger` does to one shard, as plain code over tables: the simulator and the
 * file run it, and the scripts of Redis are tested against it. `time` is the store's clock.
 *
 * Every step begins alike:
 * 1. Where it has terms, and `time` is past `notAfter`: it throws and nothing has happened.
 * 2. If state, key floors and wide floors are not all there and of one reign, or if a finite birth or
 *    the point asked about claims an era of this very reign that is above the shard's (the tail of its history was
 *    lost): a new reign begins, with era 0, no floors and an empty log. Data and leases stay, but no
 *    frame of another reign counts as being there.
 *
 * A frame *stands* if it is whole, of this reign, not dead, not of an era to come, and no wide floor
 * is above its birth. (Floors of keys need not be asked: raising one takes the frame away.) It is *stale* from the moment
 * until which its upkeep says that it is fresh, where it tells of one, and where a *floor of freshness* is above its
 * birth: it stands, but is no value to count on any more. Scopes that keep what is stale raise such floors: among those
 * of prefixes and tags, under names of `soft-name.ts`; that of everything is that of the empty prefix.
 *
 * A step *advances* the shard by making one era: the link of the step becomes the shard's, the scopes
 * get the era as their floor, one step goes into the log, one notice to the feed. Then it forgets:
 * - where there are more key floors, prefix floors or tag floors than the bound, the lowest, and all of
 *   the same era as the highest that must go; that era becomes the horizon of keys, or of the wide floors;
 * - if everything was raised, all floors of prefixes and tags;
 * - of the log, all but the last 1,000. (Keys with names of more than 1,024 bytes are told to the feed
 *   alone; the log notes that there were some.)
 *
 * Cost: O(prefixes + tags) a frame, O(log n) a floor.
 */
export class LedgerCore {
  readonly #tables: LedgerTables
  readonly #options: LedgerCoreOptions
  readonly #bounds: LedgerBounds

  constructor(tables: LedgerTables, options: LedgerCoreOptions) {
    this.#tables = tables
    this.#options = options
    this.#bounds = options.bounds ?? LEDGER_BOUNDS
  }

  /**
   * `since`, if the point is of this reign and on this shard's history: its link is that of its era,
   * and the log reaches back to the era after it. Otherwise `whole`.
   */
  sync(time: number, since: Point | undefined): News {
    const state = this.#open(time, undefined, since?.reign, since?.era)
    const step = where(state, state.link, time)
    if (since !== undefined && since.reign === state.reign) {
      if (since.era === state.era && since.link === state.link) return { ...step, kind: 'since', steps: [] }
      const steps = since.era < state.era ? this.#tables.log.after(since.era) : []
      const isComplete = steps.length > 0 && steps.length === state.era - since.era
      if (isComplete && steps[0]!.prev === since.link) return { ...step, kind: 'since', steps }
    }
    const prefixes = [...this.#tables.prefixFloors.entries()]
    const tags = [...this.#tables.tagFloors.entries()]
    return { ...step, kind: 'whole', floors: { all: state.all, horizon: state.wideHorizon, prefixes, tags } }
  }

  /**
   * One frame after the other:
   * - `superseded`, and nothing changes, if the terms are of another reign; if its link is not that of
   *   the shard's step that made the era of its birth, or that step is forgotten (the shard's own link
   *   at its own era; zeros at era 0); if its birth is below the horizon of keys, the floor of its key,
   *   a wide floor that covers it, of freshness as well, or the wide horizon; or if the frame that stands there was born later, or both have versions and its own is the older one;
   * - `refused`, and nothing changes, if its ttl is not above 0;
   * - else `kept`: stamped, put, its lease ended.
   *
   * No era. The keys whose lease was ended and had been refused to somebody are published as settled.
   */
  fill(time: number, frames: readonly Framed[], terms: Terms): Kept {
    const state = this.#open(time, terms, terms.reign, highestBirth(frames))
    const keepings = frames.map((framed): Keeping => {
      const { key, born, ttl } = framed
      if (isBarred(this.#tables, state, framed, terms.reign)) return 'superseded'
      const there = standing(this.#tables, state, key, time)
      if (there !== undefined && (there.born > born || outranks(there, framed))) return 'superseded'
      if (!(ttl > 0)) return 'refused'
      this.#put(framed, birthplace(state.reign, framed.link), born, time)
      return 'kept'
    })
    this.#settle(frames, keepings, time)
    return { ...where(state, state.link, time), keepings }
  }

  /**
   * Every frame is judged by what was there before the step:
   * - `superseded`, and nothing changes, if the frame that stands there has a newer version;
   * - *overtaken*, also told as `superseded`, if its birth is finite and is barred as in `fill`
   *   (reign, link, horizons, floors; not births of frames): what lies there is removed;
   * - `refused`, and what lies there is removed, if its ttl is not above 0;
   * - else `kept`: stamped with the new era as its birth, put, its lease ended.
   *
   * Advances the shard once for all keys but the first kind, if there are any; then settles as `fill` does.
   */
  replace(time: number, frames: readonly Framed[], terms: Terms): Kept {
    const state = this.#open(time, terms, terms.reign, highestBirth(frames))
    const verdicts = frames.map((framed) => this.#verdict(state, framed, terms, time))
    const changed = frames.filter((_, n) => verdicts[n] !== 'outranked')
    const step = this.#advance(state, changed.map(scopeOf), terms, time)
    const keepings = frames.map((framed, n): Keeping => {
      const verdict = verdicts[n]!
      if (verdict === 'kept') this.#put(framed, birthplace(state.reign, state.link), state.era, time)
      else if (verdict !== 'outranked') this.#tables.remove(framed.key)
      return verdict === 'kept' || verdict === 'refused' ? verdict : 'superseded'
    })
    this.#settle(frames, keepings, time)
    return { ...step, keepings }
  }

  /** Advances the shard, also for no scopes, and removes what lies under the keys that are named. */
  raise(time: number, scopes: readonly Scope[], terms: Terms): Step {
    const state = this.#open(time, terms)
    for (const scope of scopes) if (scope.kind === 'key') this.#tables.remove(scope.key)
    return this.#advance(state, scopes, terms, time, true)
  }

  /**
   * One key after the other: `filled` if a frame stands there that is fresh, of an absence too; the milliseconds left
   * if another holds a lease that has not ended, and then it is noted that somebody waits; else
   * `granted`, from now for the lease time, keeping that note where the holder renews.
   */
  lease(time: number, keys: readonly string[], holder: string): Leased {
    const state = this.#open(time)
    const isFilled = (key: string) => freshFrame(this.#tables, state, key, time) !== undefined
    const leases = takeLeases(this.#tables.leases, keys, holder, time, this.#options.leaseTime, isFilled)
    return { ...where(state, state.link, time), leases }
  }

  /** Ends the leases of `holder`, or whoever's if it is `undefined`, that have not ended; settles as `fill` does. No era. */
  release(time: number, keys: readonly string[], holder: string | undefined): void {
    const awaited = endLeases(this.#tables.leases, keys, holder, time)
    if (awaited.length > 0) this.#options.feed?.settled(awaited)
  }

  /**
   * If a number stands there that is fresh (codec 1): the sum, with tags and version as they are, stamped now, with
   * its end and its upkeep as they are, or moved as in `expire` where there is a `ttl`. If the sum is not finite, or
   * another value stands there: no frame, and nothing changes. If nothing stands there, or what is stale, or an
   * absence: `framed` as it is, for its own ttl.
   *
   * Advances the shard, puts the frame (or removes what lies there, if it would be dead already), ends the lease and settles.
   */
  increment(time: number, framed: Framed, by: number, ttl: number | undefined, terms: Terms): Counted {
    const state = this.#open(time, terms)
    const there = freshFrame(this.#tables, state, framed.key, time)
    if (there?.found !== true) return this.#count(state, framed.frame, framed.key, time + framed.ttl, time, terms)
    const sum = there.codec === NUMBER ? view(there.payload).getFloat64(0, true) + by : Number.NaN
    if (!Number.isFinite(sum)) return { ...where(state, state.link, time), frame: undefined }
    const frame = Uint8Array.from(this.#tables.frame(framed.key)!)
    view(frame).setFloat64(frame.length - 8, sum, true)
    const deadAt = ttl === undefined ? there.deadAt : prolonged(frame, there, time, ttl)
    return this.#count(state, frame, framed.key, deadAt, time, terms)
  }

  /**
   * If a value stands there that is fresh, it is so for `ttl` from now on. Without an upkeep that is its end; with one
   * it is due as long before that as it was (when it was, where that was for ever before), and stale for as long
   * afterwards. Its birth and when it was stamped stay. A ttl that is not above 0
   * removes it. Advances the shard, with a scope that is `moved` where something stays: the floor is for fills that
   * were under way, and not for what lies there. If nothing stands there, or what is stale, or an absence, nothing changes.
   */
  expire(time: number, key: string, ttl: number, terms: Terms): Expired {
    const state = this.#open(time, terms)
    const there = freshFrame(this.#tables, state, key, time)
    if (there?.found !== true) return { ...where(state, state.link, time), found: false }
    const frame = Uint8Array.from(this.#tables.frame(key)!)
    const step = this.#advance(state, [ttl > 0 ? movedScope(key) : keyScope(key)], terms, time)
    const { reign, born, stamped } = there
    this.#stampAndPut(key, frame, { reign, born, stamped, deadAt: prolonged(frame, there, time, ttl) }, time)
    return { ...step, found: true }
  }

  /** Removes what lies under those keys and does not stand, or is below a floor of freshness and has no time to be stale. No step of the protocol: nobody can tell. @returns how many */
  sweep(time: number, keys: Iterable<string>): number {
    const state = this.#tables.state()
    let removed = 0
    for (const key of keys) {
      if (state !== undefined && isOfUse(this.#tables, state, key, time)) continue
      this.#tables.remove(key)
      removed++
    }
    return removed
  }

  #open(time: number, terms?: Terms, reign?: string, highest?: number): ShardState {
    if (terms !== undefined && !(time <= terms.notAfter)) {
      throw new TerraceError('ERR_LEVEL_TIMEOUT', 'the call reached the store after its end: it has had no effect')
    }
    const state = this.#tables.state()
    const isAhead = state !== undefined && reign === state.reign && highest !== undefined && highest > state.era
    if (state !== undefined && !isAhead) return state
    const name = this.#options.nameReign()
    const fresh: ShardState = { reign: name, era: 0, link: NO_LINK, all: 0, keyHorizon: 0, wideHorizon: 0 }
    this.#tables.begin(fresh)
    return fresh
  }

  /** Nothing happens for no scopes, unless `always`. */
  #advance(state: ShardState, scopes: readonly Scope[], terms: Terms, time: number, always = false): Step {
    const prev = state.link
    if (scopes.length === 0 && !always) return where(state, prev, time)
    const era = ++state.era
    state.link = terms.link
    const { keyFloors, prefixFloors, tagFloors, log } = this.#tables
    raiseFloors(this.#tables, state, scopes)
    state.keyHorizon = Math.max(state.keyHorizon, keyFloors.prune(this.#bounds.keys))
    const forgotten = Math.max(prefixFloors.prune(this.#bounds.prefixes), tagFloors.prune(this.#bounds.tags))
    state.wideHorizon = Math.max(state.wideHorizon, forgotten)
    const { reign, link } = state
    const step = { reign, era, link, prev, origin: terms.origin, scopes }
    log.append(curtailed(step, this.#bounds.names), era - this.#bounds.steps)
    this.#tables.save(state)
    this.#options.feed?.invalidated(step)
    return where(state, prev, time)
  }

  #verdict(
    state: ShardState,
    framed: Framed,
    terms: Terms,
    time: number,
  ): 'outranked' | 'overtaken' | 'refused' | 'kept' {
    const there = standing(this.#tables, state, framed.key, time)
    if (there !== undefined && outranks(there, framed)) return 'outranked'
    if (Number.isFinite(framed.born) && isBarred(this.#tables, state, framed, terms.reign)) return 'overtaken'
    return framed.ttl > 0 ? 'kept' : 'refused'
  }

  #count(state: ShardState, frame: Uint8Array, key: string, deadAt: number, time: number, terms: Terms): Counted {
    const step = this.#advance(state, [keyScope(key)], terms, time)
    const { reign, link, era } = state
    this.#stampAndPut(key, frame, { reign: birthplace(reign, link), born: era, stamped: time, deadAt }, time)
    this.release(time, [key], undefined)
    return { ...step, frame }
  }

  #put({ key, frame, ttl }: Framed, reign: string, born: number, time: number): void {
    this.#stampAndPut(key, frame, { reign, born, stamped: time, deadAt: time + ttl }, time)
  }

  #stampAndPut(key: string, frame: Uint8Array, stamp: Stamp, time: number): void {
    stampFrame(frame, stamp)
    if (stamp.deadAt > time) this.#tables.put(key, frame, stamp.deadAt)
    else this.#tables.remove(key)
  }

  #settle(frames: readonly Framed[], keepings: readonly Keeping[], time: number): void {
    const kept = frames.filter((_, n) => keepings[n] === 'kept').map(({ key }) => key)
    this.release(time, kept, undefined)
  }
}

function where({ reign, era, link }: ShardState, prev: string, time: number): Step {
  return { reign, era, link, prev, time }
}

function scopeOf({ key }: Framed): Scope {
  return keyScope(key)
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
