import type { World } from './world.ts'

/** Resolves after `ms` milliseconds; with 0, once everybody else has had a turn. Keeps the process alive. */
export function pause(world: Pick<World, 'after'>, ms: number): Promise<void> {
  return new Promise((resolve) => {
    world.after(ms, resolve, true)
  })
}
