import type { AsyncLocalStorage } from 'node:async_hooks'
import { Advisor } from '../advice/advisor.ts'
import { Currency } from '../coherence/currency.ts'
import { Overtaking } from '../coherence/overtaking.ts'
import { Turns } from '../coherence/turns.ts'
import type { Entry } from '../entry/entry.ts'
import type { Era } from '../entry/era.ts'
import type { CacheEvent, StaleReason } from '../events.ts'
import type { Flight } from '../flight/flight.ts'
import { Flights } from '../flight/flights.ts'
import type { Party } from '../flight/party.ts'
import { Pauses } from '../flight/pauses.ts'
import { TagLog } from '../flight/tag-log.ts'
import { Waiting } from '../flight/waiting.ts'
import { Governor } from '../governor/governor.ts'
import { Observers } from '../observe/observers.ts'
import { Tally } from '../observe/stats.ts'
import { makeLevels, type Plan } from '../plan.ts'
import { GuardedLevel } from '../remote/guarded-level.ts'
import { ValueChecks } from '../remote/value-checks.ts'
import { WatchedWorld } from '../world/watched-world.ts'
import { FetchTimes } from './fetch-times.ts'
import type { CachePresence } from './presence.ts'
import { report } from './report.ts'
import type { Route } from './route.ts'
import { Spaces } from './spaces.ts'
import { TimedRefreshes } from './timed-refreshes.ts'
import { Versions } from './versions.ts'
import { Waymarks } from './waymarks.ts'
import type { WriteSession } from './write-session.ts'

/** What a journey through the levels is content with: what is `fresh`, only what is not even `due`, or `nothing` that it finds. */
export type Aim = 'fresh' | 'undue' | 'nothing'

/** What a journey through the levels found. */
export interface Lookup {
  /** The entry to serve, or `undefined` if no level could give one. */
  readonly entry: Entry | undefined
  /** Which level gave it; -1 if none did. */
  readonly level: number
  /** The best of what was found and is not what was looked for: due or stale. */
  readonly spare: Entry | undefined
  /** Which level gave the spare; -1 if none did. */
  readonly spareLevel: number
  /** Each level's era, taken on the way down; `undefined` where the level was not asked or did not say. */
  readonly eras: readonly (Era | undefined)[]
}

/** What a journey to the source found. */
export interface Fetched {
  /** What to answer; `undefined` for nothing found. Its `born` means nothing. */
  readonly entry: Entry | undefined
  /** Which level answered after all; -1 if it was the source. */
  readonly level: number
  /** Why it is a stale copy, where it is one. */
  readonly stale?: StaleReason | undefined
}

/** A journey to the source for one key. */
export type FetchFlight = Flight<Fetched, Party>

/** A journey down through the levels. */
export type Journey = Flight<Lookup, Aim>

/** One key on its way down. */
export interface Descent {
  readonly flight: Journey
  readonly eras: (Era | undefined)[]
  spare: Entry | undefined
  spareLevel: number
  /** Which levels it asks and fills; `undefined` for all. */
  readonly route: Route | undefined
}

/** What all the methods of one cache, and of its namespaces, work with. */
export interface Parts {
  readonly plan: Plan
  /** Every piece of background work that the cache begins, it begins here. */
  readonly world: WatchedWorld
  readonly started: number
  /** Level 1 first. */
  readonly levels: readonly GuardedLevel[]
  readonly lookups: Flights<Lookup, Aim>
  readonly fetches: Flights<Fetched, Party>
  /** Whether some level is outside the process. */
  readonly isFar: boolean
  /** Whether those that are answer without waiting for anybody. */
  readonly isAtHand: boolean
  /** Lookups that set out in this turn. */
  readonly boarding: Descent[]
  readonly turns: Turns
  readonly overtaking: Overtaking
  /** Whether level 1 may be believed. */
  readonly currency: Currency
  /** When tags were invalidated. */
  readonly tags: TagLog
  readonly waiting: Waiting
  /** Where writes stand in the shared levels, and what has to be heard of them. */
  readonly waymarks: Waymarks
  /** How many calls that may yet have counted under a key are not over. */
  readonly lateCounts: Map<string, number>
  /** Keys that are being given another end: what is fetched for them meanwhile is not kept. */
  readonly expiring: Set<string>
  /** In which session a call is made; `undefined` before there was any. */
  sessions: AsyncLocalStorage<WriteSession> | undefined
  /** Flights that take nothing from where it cannot be proven, and have no stale copy of their own: how many demands were known when they set out. */
  readonly strict: WeakMap<FetchFlight, number>
  readonly spaces: Spaces
  readonly versions: Versions
  /** What comes from outside the process is held against these. */
  readonly checks: ValueChecks
  /** Keys for which the source is spared. */
  readonly pauses: Pauses
  readonly timed: TimedRefreshes
  readonly fetchTimes: FetchTimes
  readonly tally: Tally
  readonly observers: Observers
  readonly advisor: Advisor
  /** Lets fetches through to the source; `undefined` where nothing is to spare it. */
  readonly governor: Governor | undefined
  /** How it is found by those that share its levels; set when the levels are followed. */
  presence: CachePresence | undefined
  /** What writes through the cache and has to end before it does, each within so many milliseconds. Must not reject. */
  readonly closers: Set<(within: number) => Promise<void>>
  /** Settles when the cache has closed; `undefined` while it is open. */
  closing: Promise<void> | undefined
  /** Whether that waits for the closers, which may need the cache until then. */
  isDraining: boolean
}

export function makeParts(plan: Plan): Parts {
  const { world } = plan
  const watched = new WatchedWorld(world, plan.waitUntil)
  const observers = new Observers(watched, plan.name)
  if (plan.observe !== undefined) observers.add(plan.observe)
  const grounded = (key: string) => report({ observers }, { type: 'grounded', key })
  const tell = (event: CacheEvent) => report({ observers }, event)
  const levels = makeLevels(plan, tell).map((level) => new GuardedLevel(level, world, observers))
  for (const { name, traits } of levels) {
    const { sheds } = traits
    if (sheds === undefined) continue
    observers.whileHeard('removed', () => {
      sheds.watch((key, reason) => observers.tell({ type: 'removed', key, level: name, reason }))
      return () => sheds.watch(undefined)
    })
  }
  const tags = new TagLog()
  const spaces = new Spaces()
  const checks = new ValueChecks(watched, (event) => {
    spaces.count(event.key, 'mismatched')
    tell(event)
  })
  const shares = levels.flatMap(({ traits }) => (traits.shares === undefined ? [] : [traits.shares]))
  const parts: Parts = {
    plan,
    world: watched,
    started: world.mono(),
    levels,
    lookups: new Flights(world, tags, () => undefined),
    fetches: new Flights(world, tags, grounded),
    isFar: shares.length > 0,
    isAtHand: shares.every(({ isAtHand }) => isAtHand === true),
    boarding: [],
    turns: new Turns(),
    overtaking: new Overtaking(),
    currency: new Currency(world, shares),
    tags,
    waiting: new Waiting(world),
    waymarks: new Waymarks(levels, world),
    lateCounts: new Map(),
    expiring: new Set(),
    sessions: undefined,
    strict: new WeakMap(),
    spaces,
    versions: new Versions(),
    checks,
    pauses: new Pauses(),
    timed: new TimedRefreshes(world),
    fetchTimes: new FetchTimes(),
    tally: new Tally(levels.length),
    observers,
    advisor: new Advisor(plan.advice, levels, world),
    governor: plan.source && new Governor(world, plan.source, tell),
    presence: undefined,
    closers: new Set(),
    closing: undefined,
    isDraining: false,
  }
  return parts
}

/** The deepest level of those that tell what others invalidate in them; -1 if there is none. */
export function deepestHeard(levels: readonly GuardedLevel[]): number {
  return levels.findLastIndex(({ traits: { shares } }) => shares !== undefined && shares.hearing !== 'nothing')
}

/** Counts a request and tells who answered it: level `level`, or none with -1. */
export function answered(parts: Parts, key: string, level: number): void {
  parts.spaces.answered(key, level)
  if (level === -1) {
    parts.tally.misses++
    report(parts, { type: 'miss', key })
  } else {
    const { name } = parts.levels[level]!
    parts.tally.hits[level]!++
    parts.observers.sampleOthers(key, name)
    // For every hit below level 1: no event is made where nobody wants it.
    if (parts.observers.hears('hit')) parts.observers.tell({ type: 'hit', key, level: name })
  }
}
