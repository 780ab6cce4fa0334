import type { Lease } from '../level.ts'
import type { GuardedLevel } from '../remote/guarded-level.ts'
import type { Parts } from './parts.ts'

/**
 * What is in front of a key in the name of the lease for fetching it anew: that for fetching it would not be
 * granted where there is a value to read.
 */
export const ANEW = '\0anew\0'

/** The longest a process waits for others to fetch a key before it fetches on its own, in milliseconds: always … */
const LONGEST_WAIT = 10_000
/** … while it has fetched none of its kind: most sources answer in that, and nobody waits longer for one that hangs … */
const UNKNOWN_WAIT = 2000
/** … and afterwards so many times what its own fetches take, for the holder's may take longer … */
const FETCHES = 2
/** … and so much more, for the way through the level and for what else a busy process has to do. */
const SLACK = 100
/** So many times what its own fetches take, a process that fetches anew keeps others from doing it: what hangs must not. */
const HELD_FETCHES = 3
/** Renewed so many times in the duration of a lease. */
const RENEWALS = 3

/**
 * How long a process waits for others to fetch a key, in milliseconds: about as long as fetching it would have
 * taken here. Whoever waited so long asks the level once more, which its deadline bounds.
 */
export function longestWait({ fetchTimes }: Parts, { timeout }: GuardedLevel, key: string): number {
  const usual = fetchTimes.usual(key)
  const wait = usual === undefined ? UNKNOWN_WAIT : usual * FETCHES + SLACK
  return Math.max(0, Math.min(wait, LONGEST_WAIT - timeout))
}

/** For how long the leases for fetching anew are renewed, in milliseconds: longer than that fetch should take. */
function longestHold({ fetchTimes }: Parts, { traits }: GuardedLevel, names: readonly string[]): number {
  const usual = Math.max(...names.map((name) => fetchTimes.usual(name.slice(ANEW.length)) ?? LONGEST_WAIT))
  return Math.min(LONGEST_WAIT, Math.max(traits.leases!.duration, usual * HELD_FETCHES))
}

/** The leases, if the level gives them by `deadline`; those it grants later are given up. */
export async function leaseInTime(
  { world, observers }: Parts,
  level: GuardedLevel,
  keys: readonly string[],
  deadline: number,
): Promise<readonly Lease[] | undefined> {
  const left = deadline - world.mono()
  if (left <= 0) return undefined
  const asked = level.abilities.lease(keys)
  let isLate = false
  const late = Promise.withResolvers<undefined>()
  const cancel = world.after(
    left,
    () => {
      isLate = true
      late.resolve(undefined)
    },
    true,
  )
  const leases = await Promise.race([asked, late.promise])
  cancel()
  if (isLate) observers.background('giving up leases', async () => giveUp(level, keys, await asked))
  return leases
}

async function giveUp(
  level: GuardedLevel,
  keys: readonly string[],
  given: readonly Lease[] | undefined,
): Promise<void> {
  const granted = keys.filter((_, n) => given?.[n]?.kind === 'granted')
  if (granted.length > 0) await level.abilities.release(granted)
}

/** Fetches anew under leases, which are renewed meanwhile, as long as that should take, and given up then. */
export async function underLeases<T>(
  parts: Parts,
  level: GuardedLevel,
  held: readonly string[],
  bring: () => Promise<T>,
): Promise<T> {
  if (held.length === 0) return bring()
  const end = renewing(parts, level, held, longestHold(parts, level, held))
  try {
    return await bring()
  } finally {
    end()
    parts.observers.background('giving up leases', () => level.abilities.release(held))
  }
}

/** Renews leases for so many milliseconds. @returns ends it */
export function renewing(
  { world, observers }: Parts,
  level: GuardedLevel,
  keys: readonly string[],
  longest: number,
): () => void {
  const pause = level.traits.leases!.duration / RENEWALS
  const last = world.mono() + longest - pause
  let cancel = (): void => undefined
  const renew = (): void => {
    cancel = world.after(pause, () => {
      observers.background('renewing leases', () => level.abilities.renew(keys))
      if (world.mono() < last) renew()
    })
  }
  renew()
  return () => cancel()
}
