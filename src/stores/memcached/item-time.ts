import type { World } from '../../world/world.ts'

/** Above this Memcached takes a number of seconds for a moment since 1970. */
const LONGEST_RELATIVE = 30 * 24 * 3600
const LAST_MOMENT = 2 ** 31 - 1

/**
 * The ttl of an item that is of use until `deadline` (monotonic). It only gives memory back: the frame
 * says when a value is dead, to the millisecond. Memcached counts whole seconds and may end an item up
 * to one early, so one is added.
 */
export function itemTtl(world: World, deadline: number): number {
  if (deadline === Number.POSITIVE_INFINITY) return 0
  const seconds = Math.max(1, Math.ceil((deadline - world.mono()) / 1000)) + 1
  if (seconds <= LONGEST_RELATIVE) return seconds
  const moment = Math.ceil(world.wall() / 1000) + seconds
  return moment <= LAST_MOMENT ? moment : 0
}
