import { type Check, expected } from '../options.ts'
import type { World } from './world.ts'

const VERBS = ['wall', 'mono', 'tick', 'after', 'soon', 'random', 'background'] as const

/** The option `world`: an object that has every verb of a {@link World}. */
export const checkWorld: Check<World> = (value, where) => {
  const verbs = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  const missing = VERBS.find((verb) => typeof verbs[verb] !== 'function')
  return missing === undefined ? (value as World) : expected(`a World (it has no method '${missing}')`, value, where)
}
