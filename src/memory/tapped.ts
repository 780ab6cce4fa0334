import type { Floors } from '../coherence/floors.ts'
import type { Entry } from '../entry/entry.ts'
import { hasGrace } from '../entry/upkeep.ts'
import type { KeyTap } from '../level-figures.ts'
import type { Slot } from '../policies/policy.ts'
import { Boxed } from './boxed.ts'
import type { Residents } from './residents.ts'

/** Tells a tap of a read that has found a slot, or 0. What a floor bars has left, though it is removed only after this. */
export function tellRead(
  tap: KeyTap,
  residents: Residents<string, unknown>,
  floors: Floors,
  key: string,
  slot: Slot,
): void {
  const { table } = residents
  const hash = slot === 0 ? table.hashOf(key) : table.hashAt(slot)
  if (hash >= tap.limit) return
  const held = slot === 0 ? undefined : table.valueAt(slot)
  const isBarred = held instanceof Boxed && isGone(held, floors)
  if (isBarred) tap.left(hash)
  if (slot === 0 || isBarred) tap.missed(hash, key)
  else tap.hit(hash, key, residents.policyWeight(slot))
}

function isGone(held: Boxed, floors: Floors): boolean {
  if (floors.tagBarrier(held) !== undefined) return true
  return floors.expiry(held) !== undefined && !hasGrace(held.upkeep, held.deadline)
}

/** Tells a tap of an entry that is held now. */
export function tellKept(
  tap: KeyTap,
  residents: Residents<string, unknown>,
  { key, deadline }: Entry,
  written: boolean,
): void {
  const slot = residents.table.find(key)
  const hash = residents.table.hashAt(slot)
  if (hash < tap.limit) tap.kept(hash, key, residents.policyWeight(slot), deadline, written)
}
