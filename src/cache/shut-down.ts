import { type Duration, milliseconds } from '../duration.ts'
import { EVERYTHING } from '../entry/scope.ts'
import { readOptions } from '../options.ts'
import { ground } from './ground.ts'
import type { Parts } from './parts.ts'
import { report } from './report.ts'
import { PATIENCE, settle } from './settling.ts'

/** Options of `close` and `settled`. */
export interface SettleOptions {
  /** How long what is under way is waited for; 0: not at all. Default: `5s`. */
  readonly within?: Duration | undefined
}

/** @throws TerraceError `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID` */
export function readPatience(where: string, options: SettleOptions | undefined): number {
  return readOptions(where, { within: milliseconds }, options).within ?? PATIENCE
}

/**
 * Waits for what is under way, up to `within` milliseconds, then ends everything: fetches that go on answer
 * those who wait, but keep nothing. Closes every level, each under its deadline.
 */
export async function shutDown(parts: Parts, within: number): Promise<void> {
  const spent = parts.closers.size === 0 ? 0 : await drain(parts, within)
  parts.presence?.close()
  parts.timed.close()
  // Who waits for another process's fetch asks the source himself, while there is time to keep what it has.
  parts.waiting.wakeAll()
  const left = await settle(parts, Math.max(0, within - spent))
  if (!left.ok) report(parts, { type: 'unfinished', ...left })
  parts.governor?.close()
  await giveUpLeases(parts)
  ground(parts, [EVERYTHING])
  // Writes end with the deadlines of their levels.
  await parts.turns.underWay
  parts.advisor.close()
  await Promise.all(parts.levels.map((level) => level.close()))
  report(parts, { type: 'closed' })
  parts.observers.endSamples()
}

/** Until what writes through the cache has written. @returns how long that took, in milliseconds */
async function drain(parts: Parts, within: number): Promise<number> {
  const began = parts.world.mono()
  parts.isDraining = true
  try {
    await Promise.all([...parts.closers].map((close) => close(within)))
  } finally {
    parts.isDraining = false
  }
  return parts.world.mono() - began
}

/** What is still being fetched will not be kept: others need not wait for it. */
async function giveUpLeases({ levels, plan }: Parts): Promise<void> {
  const level = levels.findLast(({ traits }) => traits.leases !== undefined)
  if (level !== undefined && plan.leases) await level.abilities.releaseAll()
}
