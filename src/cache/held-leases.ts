import type { Lease } from '../level.ts'
import type { GuardedLevel } from '../remote/guarded-level.ts'
import type { Parts } from './parts.ts'

/** The longest a process waits for others to fetch a key before it fetches on its own, in milliseconds … */
export const LONGEST_WAIT = 10_000
/** … and in times of what its own fetches take: nobody waits for a holder that hangs. */
const MOST_FETCHES = 3
/** Renewed so many times in the duration of a lease. */
const RENEWALS = 3

/** How long a process waits for others to fetch a key, in milliseconds. */
export function longestWait({ tally }: Parts, level: GuardedLevel): number {
  const several = (tally.fetchTime ?? LONGEST_WAIT) * MOST_FETCHES
  return Math.min(LONGEST_WAIT, Math.max(level.traits.leases!.duration, several))
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

/** Fetches anew under leases, which are renewed meanwhile, up to the longest that anybody waits for others, and given up then. */
export async function underLeases<T>(
  parts: Parts,
  level: GuardedLevel,
  held: readonly string[],
  bring: () => Promise<T>,
): Promise<T> {
  if (held.length === 0) return bring()
  const end = renewing(parts, level, held, longestWait(parts, level))
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
      observers.background('renewing leases', () => level.abilities.lease(keys))
      if (world.mono() < last) renew()
    })
  }
  renew()
  return () => cancel()
}
