import { setTimeout as pause } from 'node:timers/promises'
import type { Fleet } from '../fleet.ts'
import { over } from '../fleet.ts'
import type { LevelSpec } from '../process-orders.ts'

/** A value with a ttl of 4 seconds, promoted by another process after 3. @returns for how many milliseconds from its beginning it was served */
export async function servedUntil(fleet: Fleet, below: LevelSpec): Promise<number> {
  const [writer, reader] = await fleet.workers(2, over(below))
  await writer!.ask('set', 'warm', 1)
  await reader!.ask('get', 'warm')
  const began = performance.now()
  await writer!.ask('set', 'short', 'v1', { ttl: 4000 })
  await pause(3000 - (performance.now() - began))
  let last = 0
  while ((await reader!.ask('get', 'short')).answer === 'v1') last = performance.now() - began
  return last
}
