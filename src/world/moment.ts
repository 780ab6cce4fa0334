import type { World } from './world.ts'

/**
 * The moment from which a life that begins now is reckoned, in whole milliseconds. `tick` may date from before a
 * computation that took longer than the life is to last.
 */
export function momentIn(world: Pick<World, 'mono'>): number {
  return Math.floor(world.mono())
}
