import { TerraceError } from '../errors.ts'
import { Unsettled } from '../level.ts'
import type { World } from '../world/world.ts'

/**
 * A step that its store refuses after `left` milliseconds. What fails before that may still take effect, and is
 * `Unsettled` until then; what is never answered is over then, too.
 */
export async function beforeEnd<T>(world: World, left: number, step: () => Promise<T>): Promise<T> {
  const over = Promise.withResolvers<never>()
  over.promise.catch(() => undefined)
  const end = (): void => over.reject(new TerraceError('ERR_LEVEL_TIMEOUT', 'a step of a ledger was never answered'))
  const until = world.mono() + left
  const cancel = world.after(left, end, true)
  try {
    const told = await Promise.race([step(), over.promise])
    cancel()
    return told
  } catch (error) {
    cancel()
    if (isCertain(error)) throw error
    // Its caller has been answered: the end alone keeps no process alive.
    world.after(Math.max(0, until - world.mono()), end)
    throw new Unsettled(
      error,
      over.promise.catch(() => undefined),
    )
  }
}

/** The store said itself that it came too late; or it is certain by now; or nothing was sent. */
function isCertain(error: unknown): boolean {
  return error instanceof TerraceError && (error.code === 'ERR_LEVEL_TIMEOUT' || error.code === 'ERR_LEVEL_UNAVAILABLE')
}
