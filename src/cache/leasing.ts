import type { Era } from '../entry/era.ts'
import type { Party } from '../flight/party.ts'
import type { Lease } from '../level.ts'
import type { GuardedLevel } from '../remote/guarded-level.ts'
import { ANEW, leaseInTime, longestWait, renewing, underLeases } from './held-leases.ts'
import { freshIn, levelOf, lookUp, lookUpOne } from './lookup.ts'
import type { Aim, FetchFlight, Parts } from './parts.ts'

/** A key no level has, with the eras each level gave on the way down. */
export interface Missing {
  readonly flight: FetchFlight
  readonly eras: readonly (Era | undefined)[]
}

/** Goes to the source for these. @returns the flights whose entries level `n` has kept */
export type Bring = (own: readonly Missing[], n: number) => Promise<ReadonlySet<FetchFlight>>

/**
 * Whoever waits looks by itself, too: at first after so many milliseconds, by whether the level tells when a lease
 * is over, then after pauses that grow by half, to the longest. So what is there is soon found.
 */
const LOOKS = { told: { first: 100, longest: 500 }, untold: { first: 10, longest: 100 } }
const GROWTH = 1.5
/** The longest time for which a process does not ask again whether somebody else has fetched a key anew, in milliseconds. */
const LONGEST_PAUSE = 1000

/** A journey to the source. */
export interface Journeying {
  /** The monotonic moment at which looking through the levels began. */
  readonly began: number
  readonly aim: Aim
}

/** A journey to the source past a level that gives leases, and whoever makes it. */
interface LeasedJourney {
  readonly parts: Parts
  /** Level `n`. */
  readonly level: GuardedLevel
  readonly n: number
  readonly party: Party
  readonly bring: Bring
}

/**
 * Fetches what nobody else in the fleet is fetching at once; the rest when its turn comes, or takes
 * what another process brought. `bring` goes to the source. Rejects with what `bring` throws.
 *
 * A process waits only as long as somebody holds the lease of a key: it ends when the holder has kept
 * the value, gives up, or dies. If the holder's fetch came to nothing, all others fetch at once. Looking
 * and asking for the lease take no longer than the level's deadline.
 *
 * A value that is fetched anew before it is stale (`undue`) is left to whoever is at it already; who wants it
 * fetched now (`nothing` will do) asks for no lease.
 */
export async function fetchInTurn(
  parts: Parts,
  missing: readonly Missing[],
  party: Party,
  { began, aim }: Journeying,
  bring: Bring,
): Promise<void> {
  const n = parts.plan.leases ? parts.levels.findLastIndex(({ traits }) => traits.leases !== undefined) : -1
  // A level that could not say what it has cannot say who fetches it either.
  const leased = n === -1 ? [] : missing.filter(({ eras }) => eras[n] !== undefined)
  if (leased.length === 0 || aim === 'nothing') return void (await bring(missing, n))
  const level = parts.levels[n]!
  const journey: LeasedJourney = { parts, level, n, party, bring }
  if (aim === 'undue') return fetchAnew(journey, missing)
  const free = missing.filter(({ eras }) => eras[n] === undefined)
  const keys = leased.map(({ flight }) => flight.key)
  const leases = await leaseInTime(parts, level, keys, began + level.timeout)
  if (leases === undefined) return void (await bring(missing, n))
  const held: Missing[] = []
  const filled: Missing[] = []
  const others: Promise<void>[] = []
  for (const [at, each] of leased.entries()) {
    const lease = leases[at]!
    if (lease.kind === 'granted') held.push(withEra(each, n, lease.era))
    else if (lease.kind === 'filled') filled.push(each)
    else others.push(awaitOther(journey, each, lease))
  }
  await all([
    ...others,
    filled.length === 0 ? undefined : takeFilled(journey, filled),
    held.length === 0 ? undefined : hold(journey, held),
    free.length === 0 ? undefined : bring(free, n),
  ])
}

/** Leases are over, of this process or others. */
export function settled({ waiting, pauses }: Parts, keys: readonly string[]): void {
  waiting.wake(keys)
  for (const key of keys) if (key.startsWith(ANEW)) pauses.waited(key.slice(ANEW.length))
}

/** Fetches what nobody else fetches anew; of the rest what there is has to do. */
async function fetchAnew({ parts, level, n, bring }: LeasedJourney, missing: readonly Missing[]): Promise<void> {
  const { world, fetches, pauses } = parts
  const names = missing.map(({ flight }) => ANEW + flight.key)
  const leases = await leaseInTime(parts, level, names, world.mono() + level.timeout)
  const held = names.filter((_, at) => leases?.[at]?.kind === 'granted')
  const own = missing.filter((each, at) => {
    const { flight } = each
    const lease = leases?.[at]
    // Somebody may wait for it by now: he gets what there is, or what is fetched.
    if (lease?.kind !== 'taken' || flight.spare === undefined) return true
    pauses.wait(flight.key, Math.min(lease.ms, LONGEST_PAUSE), world.tick())
    fetches.land(flight, flight.spare)
    return false
  })
  if (own.length === 0) return
  await underLeases(parts, level, held, () => bring(own, n))
}

/**
 * Looks again for what has come meanwhile. What is still not found lies there and cannot be read, or does not fit:
 * one process fetches it, under the lease for fetching anew, all keys together, while the others wait.
 */
async function takeFilled(journey: LeasedJourney, filled: readonly Missing[]): Promise<void> {
  const { parts, level, n, bring } = journey
  const { world, tally } = parts
  tally.awaited += filled.length
  const open = await landFound(parts, filled)
  if (open.length === 0) return
  const names = open.map(({ flight }) => ANEW + flight.key)
  const leases = await leaseInTime(parts, level, names, world.mono() + level.timeout)
  const own = open.filter((_, at) => leases?.[at]?.kind !== 'taken')
  const others = open.flatMap((each, at) => {
    const lease = leases?.[at]
    return lease?.kind === 'taken' ? [awaitAnew(journey, each, lease.ms)] : []
  })
  const held = names.filter((_, at) => leases?.[at]?.kind === 'granted')
  const fetching = own.length === 0 ? undefined : underLeases(parts, level, held, () => bring(own, n))
  await all([...others, fetching])
}

/** Waits until whoever fetches a key anew is done, or has had the time for it. */
async function awaitAnew(
  { parts, level, n, party, bring }: LeasedJourney,
  missing: Missing,
  ms: number,
): Promise<void> {
  const { key } = missing.flight
  await parts.waiting.settled(ANEW + key, Math.min(ms + 1, longestWait(parts, level, key)))
  if (party.deserted !== undefined) throw party.deserted.reason
  const open = await landFound(parts, [missing])
  if (open.length > 0) await bring(open, n)
}

/** Lands the flights of what the levels have by now. @returns the others, with the eras of the last look */
async function landFound(parts: Parts, missing: readonly Missing[]): Promise<Missing[]> {
  const { fetches, world } = parts
  const keys = missing.map(({ flight }) => flight.key)
  leaveLooks(parts, keys)
  const lookups = await lookUp(parts, keys)
  return missing.flatMap(({ flight }, at) => {
    const lookup = lookups[at]!
    const entry = freshIn(lookup, world.tick())
    if (entry === undefined) return [{ flight, eras: lookup.eras }]
    fetches.land(flight, { entry, level: levelOf(lookup) })
    return []
  })
}

/** What is under way may have been answered before there was anything: nobody who looks for what has come joins it. */
function leaveLooks({ lookups }: Parts, keys: readonly string[]): void {
  for (const key of keys) {
    const underWay = lookups.find(key)
    if (underWay !== undefined) lookups.leave(underWay)
  }
}

/** Fetches under leases, which are renewed meanwhile and given up if nothing was kept. */
async function hold({ parts, level, n, bring }: LeasedJourney, held: readonly Missing[]): Promise<void> {
  const { observers, tally } = parts
  const keys = held.map(({ flight }) => flight.key)
  tally.leased += keys.length
  const end = renewing(parts, level, keys, Number.POSITIVE_INFINITY)
  let kept: ReadonlySet<FetchFlight> = new Set()
  try {
    kept = await bring(held, n)
  } finally {
    end()
    // A kept entry has ended its lease by that.
    const given = held.filter(({ flight }) => !kept.has(flight)).map(({ flight }) => flight.key)
    level.abilities.ended(held.filter(({ flight }) => kept.has(flight)).map(({ flight }) => flight.key))
    if (given.length > 0) observers.background('giving up leases', () => level.abilities.release(given))
  }
}

/** Waits for whoever holds the lease of one key. */
async function awaitOther(journey: LeasedJourney, missing: Missing, first: Lease): Promise<void> {
  const { parts, level, n, party, bring } = journey
  const { fetches, waiting, world, tally } = parts
  const { flight } = missing
  const { key } = flight
  const end = world.mono() + longestWait(parts, level, key)
  tally.awaited++
  let lease: Lease | undefined = first
  const { first: firstLook, longest } = level.traits.leases!.tellsEnds === true ? LOOKS.told : LOOKS.untold
  let pause = firstLook
  while (lease?.kind === 'taken' && world.mono() < end && parts.closing === undefined) {
    const wasSettled = await waiting.settled(key, Math.min(pause, lease.ms + 1, end - world.mono()))
    pause = Math.min(pause * GROWTH, longest)
    if (party.deserted !== undefined) throw party.deserted.reason
    lease = (await level.abilities.lease([key]))?.[0]
    // Settled, and nothing to read: the fetch came to nothing, so nobody waits in a row for the next.
    if (wasSettled && lease?.kind === 'taken') break
  }
  if (lease?.kind === 'granted') return hold(journey, [withEra(missing, n, lease.era)])
  if (lease?.kind !== 'filled') return void (await bring([missing], n))
  leaveLooks(parts, [key])
  const lookup = await lookUpOne(parts, key)
  const entry = freshIn(lookup, world.tick())
  if (entry === undefined) return void (await bring([{ flight, eras: lookup.eras }], n))
  fetches.land(flight, { entry, level: levelOf(lookup) })
}

function withEra({ flight, eras }: Missing, n: number, era: Era): Missing {
  return { flight, eras: eras.map((known, at) => (at === n ? era : known)) }
}

/** All of it, also where one fails; then the first failure. */
async function all(work: readonly (Promise<unknown> | undefined)[]): Promise<void> {
  const outcomes = await Promise.allSettled(work)
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
}
