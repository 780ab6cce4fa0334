import type { World } from '../../world/world.ts'

/** Above this Memcached takes a number of seconds for a moment since 1970. */
const LONGEST_RELATIVE = 30 * 24 * 3600
const LAST_MOMENT = 2 ** 31 - 1

/**
 * Seconds an item outlives its value: whoever read the value just before its end and fetches anew needs
 * the item's version to put the new one there. Also, Memcached may end an item a second early.
 */
const GRACE = 10

/**
 * The ttl of an item whose value is of use until `deadline` (monotonic). It only gives memory back: the
 * frame says when the value is dead, to the millisecond.
 */
export function itemTtl(world: World, deadline: number): number {
  if (deadline === Number.POSITIVE_INFINITY) return 0
  const seconds = Math.max(0, Math.ceil((deadline - world.mono()) / 1000)) + GRACE
  if (seconds <= LONGEST_RELATIVE) return seconds
  const moment = Math.ceil(world.wall() / 1000) + seconds
  return moment <= LAST_MOMENT ? moment : 0
}
