import { DAWN, type Era } from '../entry/era.ts'
import { type Opened, openFrame, stampUpkeep } from '../entry/frame.ts'
import { endAfter, upkeepTo } from '../entry/upkeep.ts'
import type { Framed } from './ledger.ts'
import { type LedgerTables, NO_LINK, type ShardState } from './ledger-core-tables.ts'

/** The frame under the key, if it stands: `ledger-core.ts` says what that means. */
export function standing(tables: LedgerTables, state: ShardState, key: string, time: number): Opened | undefined {
  const bytes = tables.frame(key)
  const frame = bytes === undefined ? undefined : openFrame(bytes)
  if (frame === undefined || frame.reign !== state.reign || frame.deadAt <= time || frame.born > state.era)
    return undefined
  return isBelowWideFloor(tables, state, key, frame.tags, frame.born) ? undefined : frame
}

/** Whether a frame stands there, and is not stale. */
export function isFresh(frame: Opened | undefined, time: number): frame is Opened {
  return frame !== undefined && (frame.storedUpkeep === undefined || frame.storedUpkeep.freshUntil > time)
}

/** Makes the frame fresh for `ttl` from now on: `LedgerCore.expire` says by which rules. @returns when it is dead */
export function prolonged(bytes: Uint8Array, { storedUpkeep, deadAt }: Opened, time: number, ttl: number): number {
  const end = time + ttl
  if (storedUpkeep === undefined || !(ttl > 0)) return end
  stampUpkeep(bytes, upkeepTo(storedUpkeep, end))
  return endAfter(storedUpkeep, deadAt, end)
}

/**
 * Whether a frame that was looked for elsewhere comes too late: born in another reign, in a history
 * that is not the shard's, or below a floor or a horizon.
 */
export function isBarred(tables: LedgerTables, state: ShardState, framed: Framed, reign: string): boolean {
  const { key, born, tags } = framed
  if (reign !== state.reign || born < state.keyHorizon || framed.link !== linkAt(tables, state, born)) return true
  if (born < tables.keyFloors.get(key)) return true
  return isBelowWideFloor(tables, state, key, tags, born)
}

/** The link of the step that made the era; `undefined` where the log does not reach back to it. */
function linkAt(tables: LedgerTables, state: ShardState, era: Era): string | undefined {
  if (era === state.era) return state.link
  return era === DAWN ? NO_LINK : tables.log.linkAt(era)
}

function isBelowWideFloor(
  tables: LedgerTables,
  state: ShardState,
  key: string,
  tags: readonly string[],
  born: number,
): boolean {
  if (born < state.all || born < state.wideHorizon) return true
  // Nothing was raised since.
  if (born >= state.era) return false
  for (const [prefix, era] of tables.prefixFloors.entries()) if (born < era && key.startsWith(prefix)) return true
  return tags.some((tag) => born < tables.tagFloors.get(tag))
}

/** Whether the frame that stands there has a newer version than the one that comes. */
export function outranks(there: Opened, { version }: Framed): boolean {
  return there.version !== undefined && version !== undefined && there.version > version
}

/** The highest era that one of them claims; 0 if none does. */
export function highestBirth(frames: readonly Framed[]): number {
  let highest = 0
  for (const { born } of frames) if (Number.isFinite(born) && born > highest) highest = born
  return highest
}
