import { TerraceError } from '../errors.ts'
import type { World } from '../world/world.ts'
import type { Applicant, Governor } from './governor.ts'
import type { RetrySettings } from './source-options.ts'

/** The longest pause before a retry, in milliseconds. */
const LONGEST_PAUSE = 10_000

/**
 * Goes to the source when the governor lets it, and once more if it fails, as often as may be. The pauses
 * are those of exponential back-off with full jitter (Marc Brooker, "Exponential Backoff And Jitter", 2015);
 * a fetch that pauses has no place among those under way, and stands in line anew.
 *
 * @param run one attempt
 * @throws (rejects) what the last attempt failed with; TerraceError `ERR_FETCH_SHED` if there was none; the
 * reason of the signal if it aborts before there was one
 */
export async function governed<T>(governor: Governor, applicant: Applicant, run: () => Promise<T>): Promise<T> {
  const { retries, budget, world } = governor
  const { party } = applicant
  if (retries === undefined || budget === undefined) return once(governor, applicant, run)
  budget.deposit()
  let failure: { readonly error: unknown } | undefined
  for (let attempt = 1; ; attempt++) {
    let wasAsked = false
    try {
      return await once(governor, applicant, () => {
        wasAsked = true
        return run()
      })
    } catch (error) {
      // What the source said tells more than that it was not asked again.
      if (!wasAsked) throw failure === undefined ? error : failure.error
      failure = { error }
      if (party.signal.aborted || attempt > retries.attempts || !isPassing(retries, error, world)) throw error
      if (!budget.withdraw()) throw error
      const delay = world.random() * Math.min(LONGEST_PAUSE, retries.backoff * 2 ** (attempt - 1))
      if (!(await governor.retryIn(delay, applicant, attempt, error))) throw error
    }
  }
}

/** Whether a fetch failed because it was not let through. */
export function isShed(error: unknown): boolean {
  return error instanceof TerraceError && error.code === 'ERR_FETCH_SHED'
}

async function once<T>(governor: Governor, applicant: Applicant, run: () => Promise<T>): Promise<T> {
  const admitted = governor.admit(applicant)
  const permit = admitted instanceof Promise ? await admitted : admitted
  try {
    const answer = await run()
    permit.done('answered')
    return answer
  } catch (error) {
    permit.done(applicant.party.signal.aborted ? 'left' : 'failed')
    throw error
  }
}

/** Whether it may go better another time. */
function isPassing({ on }: RetrySettings, error: unknown, world: World): boolean {
  if (on === undefined) return !(error instanceof TerraceError)
  try {
    return on(error)
  } catch (cause) {
    world.background(Promise.reject(cause), 'source.retries.on threw')
    return false
  }
}
