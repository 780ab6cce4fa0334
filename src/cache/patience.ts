import { isDead } from '../entry/age.ts'
import { expired } from '../entry/entry.ts'
import { TerraceError } from '../errors.ts'
import type { StaleReason } from '../events.ts'
import type { Party } from '../flight/party.ts'
import type { Aim, Fetched, FetchFlight, Parts } from './parts.ts'
import type { Terms } from './terms.ts'

/** A fetch that nobody waits for any more may take so many times the longest anybody waits. */
const PATIENCE = 10

/** How long somebody waits. */
interface Waiting {
  readonly terms: Terms
  /** Takes no stale copy. */
  readonly isStrict?: boolean | undefined
  /** Who wants a value fetched anew is in no hurry to get the old one. */
  readonly aim: Aim
  /** When it aborts, he has left. */
  readonly signal?: AbortSignal | undefined
}

/** What a flight brings, or a stale copy in its place where it takes longer than the terms allow. */
export function inTime(parts: Parts, flight: FetchFlight, { terms, isStrict, aim, signal }: Waiting): Promise<Fetched> {
  const { hardTimeout } = terms
  const isPatient = isStrict === true || aim === 'nothing'
  const softTimeout = isPatient ? Number.POSITIVE_INFINITY : terms.softTimeout
  if (softTimeout === Number.POSITIVE_INFINITY && hardTimeout === Number.POSITIVE_INFINITY) return flight.answer
  return new Promise((resolve, reject) => {
    const { world } = parts
    const timers: (() => void)[] = []
    let isOver = false
    const end = (): void => {
      isOver = true
      for (const cancel of timers) cancel()
      signal?.removeEventListener('abort', end)
    }
    // Who has left has no say in what becomes of the fetch.
    signal?.addEventListener('abort', end)
    /** @returns whether it is settled */
    const settleForStale = (): boolean => {
      if (isOver) return true
      const stale = isStrict === true ? undefined : standIn(parts, flight, 'slow')
      if (stale === undefined) return false
      end()
      flight.party.want()
      resolve(stale)
      return true
    }
    flight.answer.then(
      (fetched) => {
        end()
        resolve(fetched)
      },
      (error) => {
        end()
        reject(error)
      },
    )
    const impatient = (): void => {
      if (!settleForStale()) flight.onSpare(settleForStale)
    }
    if (softTimeout === 0) impatient()
    else if (softTimeout < hardTimeout) timers.push(world.after(softTimeout, impatient, true))
    if (hardTimeout === Number.POSITIVE_INFINITY) return
    const giveUp = (): void => {
      if (settleForStale()) return
      end()
      flight.party.want()
      reject(new TerraceError('ERR_FETCH_TIMEOUT', `getOrFetch: no value within ${hardTimeout} ms`))
    }
    timers.push(world.after(hardTimeout, giveUp, true))
  })
}

/** A source that hangs must not hold a key for ever, where callers do not wait for ever. */
export function abandonLate(
  { world, fetches }: Parts,
  flights: readonly FetchFlight[],
  party: Party,
): (() => void) | undefined {
  if (party.patience === Number.POSITIVE_INFINITY) return undefined
  let cancel: (() => void) | undefined
  const wait = (longest: number, waited: number): void => {
    cancel = world.after(longest - waited, () => {
      // Somebody with more patience may have joined.
      const most = party.patience * PATIENCE
      if (most === Number.POSITIVE_INFINITY) return
      if (most > longest) return wait(most, longest)
      const error = new TerraceError('ERR_FETCH_TIMEOUT', `getOrFetch: no answer of the fetcher within ${longest} ms`)
      for (const flight of flights) {
        // What it brings after all must not meet what is fetched in its place.
        if (!flight.hasLanded) flight.ground(true)
        fetches.crash(flight, error)
      }
      party.abandon(error)
    })
  }
  wait(party.patience * PATIENCE, 0)
  return () => cancel?.()
}

/**
 * The stale copy that may be served in the place of what a flight brings; `undefined` if there is none. An
 * invalidation that has come since the flight set out stands against it, unless that keeps what is stale: then it
 * is stale by now, if it was not.
 */
export function standIn(parts: Parts, flight: FetchFlight, reason: StaleReason): Fetched | undefined {
  const { spare } = flight
  const now = parts.world.tick()
  if (spare?.entry === undefined || flight.isSpareGone || isDead(spare.entry, now)) return undefined
  const { tags } = spare.entry
  if (parts.tags.isGone(tags, flight.began)) return undefined
  if (!parts.currency.isProven && parts.plan.whenCutOff === 'fetch') return undefined
  const isExpired = flight.grounded || parts.tags.isOutdated(tags, flight.began, Number.POSITIVE_INFINITY)
  const entry = isExpired ? expired(spare.entry, now) : spare.entry
  return entry && { entry, level: spare.level, stale: reason }
}
