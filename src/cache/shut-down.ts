import { EVERYTHING } from '../entry/scope.ts'
import { ground } from './ground.ts'
import type { Parts } from './parts.ts'
import { report } from './report.ts'

/**
 * Closes every level, each under its deadline. Flights go on and answer those who wait, but keep
 * nothing; nobody waits for them here, for a fetcher may never end.
 */
export async function shutDown(parts: Parts): Promise<void> {
  parts.presence?.close()
  ground(parts, [EVERYTHING])
  parts.waiting.wakeAll()
  const { underWay } = parts.turns
  if (underWay !== undefined) await underWay
  parts.advisor.close()
  await Promise.all(parts.levels.map((level) => level.close()))
  report(parts, { type: 'closed' })
  parts.observers.endSamples()
}
