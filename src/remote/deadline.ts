import { TerraceError } from '../errors.ts'
import type { World } from '../world/world.ts'

/** Calls `call` so that a throw and a rejection are the same: a rejected promise. */
export function start<T>(call: () => Promise<T>): Promise<T> {
  try {
    // Not through an async function, which would hand a promise on three turns later.
    return Promise.resolve(call())
  } catch (error) {
    return Promise.reject(error)
  }
}

/** Loading code takes the time it takes, but not for ever: past these milliseconds deadlines count. */
const LONGEST_LOADING = 10_000

/** Settles with `loading`, or when it takes too long; never rejects. */
export function untilLoaded(world: World, loading: Promise<unknown>): Promise<void> {
  const nothing = (): undefined => undefined
  return within(world, LONGEST_LOADING, Promise.resolve(loading), 'loading', nothing).then(nothing, nothing)
}

/**
 * `work`, or a rejection with `ERR_LEVEL_TIMEOUT` once `ms` milliseconds have passed. The work is
 * not stopped; `onLate` is told that it is late.
 */
export function within<T>(world: World, ms: number, work: Promise<T>, what: string, onLate: () => void): Promise<T> {
  if (ms === Number.POSITIVE_INFINITY) return work
  return new Promise((resolve, reject) => {
    const cancel = world.after(
      ms,
      () => {
        onLate()
        reject(new TerraceError('ERR_LEVEL_TIMEOUT', `${what}: no answer within ${ms} ms`))
      },
      true,
    )
    work.then(
      (answer) => {
        cancel()
        resolve(answer)
      },
      (error: unknown) => {
        cancel()
        reject(error)
      },
    )
  })
}
