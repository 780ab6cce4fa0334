import { isBornIn } from '../entry/birthplace.ts'
import { DAWN, type Era } from '../entry/era.ts'
import { type Opened, openFrame } from '../entry/frame.ts'
import { keepsStale, type Scope } from '../entry/scope.ts'
import { hasGrace } from '../entry/upkeep.ts'
import type { Framed } from './ledger.ts'
import { type LedgerTables, NO_LINK, type ShardState } from './ledger-core-tables.ts'
import { hardNameIn, softName } from './soft-name.ts'

/** The frame under the key, if it stands: `ledger-core.ts` says what that means. */
export function standing(tables: LedgerTables, state: ShardState, key: string, time: number): Opened | undefined {
  const bytes = tables.frame(key)
  const frame = bytes === undefined ? undefined : openFrame(bytes)
  if (frame === undefined || !isBornIn(frame.reign, state.reign) || frame.deadAt <= time || frame.born > state.era)
    return undefined
  return isBelowWideFloor(tables, state, key, frame.tags, frame.born) ? undefined : frame
}

/** The frame under the key, if it stands and is not stale. */
export function freshFrame(tables: LedgerTables, state: ShardState, key: string, time: number): Opened | undefined {
  const frame = standing(tables, state, key, time)
  if (frame === undefined || (frame.storedUpkeep !== undefined && frame.storedUpkeep.freshUntil <= time))
    return undefined
  return isBelowSoftFloor(tables, state, key, frame.tags, frame.born) ? undefined : frame
}

/** Whether what lies under the key may be served, be it as stale. */
export function isOfUse(tables: LedgerTables, state: ShardState, key: string, time: number): boolean {
  const frame = standing(tables, state, key, time)
  if (frame === undefined) return false
  const { storedUpkeep, deadAt, tags, born } = frame
  return hasGrace(storedUpkeep, deadAt) || !isBelowSoftFloor(tables, state, key, tags, born)
}

/**
 * Whether a frame that was looked for elsewhere comes too late: born in another reign, in a history
 * that is not the shard's, or below a floor, of freshness as well, or a horizon.
 */
export function isBarred(tables: LedgerTables, state: ShardState, framed: Framed, reign: string): boolean {
  const { key, born, tags } = framed
  if (reign !== state.reign || born < state.keyHorizon || framed.link !== linkAt(tables, state, born)) return true
  if (born < tables.keyFloors.get(key)) return true
  return isBelowWideFloor(tables, state, key, tags, born) || isBelowSoftFloor(tables, state, key, tags, born)
}

/** Makes the state's era the floor of these scopes. */
export function raiseFloors(
  { keyFloors, prefixFloors, tagFloors }: LedgerTables,
  state: ShardState,
  scopes: readonly Scope[],
): void {
  const { era } = state
  for (const scope of scopes) {
    if (scope.kind === 'key') keyFloors.raise(scope.key, era)
    else if (scope.kind === 'tag') tagFloors.raise(keepsStale(scope) ? softName(scope.tag) : scope.tag, era)
    else if (keepsStale(scope)) prefixFloors.raise(softName(scope.kind === 'prefix' ? scope.prefix : ''), era)
    else if (scope.kind === 'prefix') prefixFloors.raise(scope.prefix, era)
    else state.all = era
  }
  if (state.all !== era) return
  prefixFloors.clear()
  tagFloors.clear()
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

/** Whether it was born before something ended its freshness, as far as that is not among what the horizon stands for. */
function isBelowSoftFloor(
  tables: LedgerTables,
  state: ShardState,
  key: string,
  tags: readonly string[],
  born: number,
): boolean {
  if (born >= state.era) return false
  for (const [name, era] of tables.prefixFloors.entries()) {
    const prefix = born < era ? hardNameIn(name) : undefined
    if (prefix !== undefined && key.startsWith(prefix)) return true
  }
  return tags.some((tag) => born < tables.tagFloors.get(softName(tag)))
}

/** Whether the frame that stands there has a newer version than the one that comes. */
export function outranks(there: Opened, { version }: Framed): boolean {
  return there.version !== undefined && version !== undefined && there.version > version
}
