import { type Opened, stampUpkeep } from '../entry/frame.ts'
import { endAfter, upkeepTo } from '../entry/upkeep.ts'
import type { Framed } from './ledger.ts'

/** Makes the frame fresh for `ttl` from now on: `LedgerCore.expire` says by which rules. @returns when it is dead */
export function prolonged(bytes: Uint8Array, { storedUpkeep, deadAt }: Opened, time: number, ttl: number): number {
  const end = time + ttl
  if (storedUpkeep === undefined || !(ttl > 0)) return end
  stampUpkeep(bytes, upkeepTo(storedUpkeep, end))
  return endAfter(storedUpkeep, deadAt, end)
}

/** The highest era that one of them claims; 0 if none does. */
export function highestBirth(frames: readonly Framed[]): number {
  let highest = 0
  for (const { born } of frames) if (Number.isFinite(born) && born > highest) highest = born
  return highest
}
