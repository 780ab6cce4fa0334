import type { World } from '../world/world.ts'
import { Division } from './division.ts'
import { engineOptions, type MemoryMakings } from './memory-options.ts'
import { Residents } from './residents.ts'
import { policyName, readSettings } from './settings.ts'

/** What a level lies in, and whether entries leave it that nobody asks for. */
export interface Engine {
  readonly division: Division
  readonly idles: boolean
}

/** The engine of a level as it is asked for, with no parts yet: those are made like it. */
export function makeEngine(engine: MemoryMakings['engine'], world: World): Engine {
  const options = engineOptions(engine, world)
  const settings = readSettings(options, 'memory')
  const boundsBytes = engine.maxBytes !== undefined
  const boundsEntries = engine.maxEntries !== undefined || !boundsBytes
  const kind = { boundsEntries, boundsBytes, policy: policyName(engine.policy) }
  const division = new Division(
    new Residents(settings),
    kind,
    (bounds) => new Residents(readSettings({ ...options, ...bounds }, 'memory')),
  )
  return { division, idles: settings.idle !== Number.POSITIVE_INFINITY }
}
