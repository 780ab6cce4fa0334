import { barring, expiring, judged } from '../entry/finding.ts'
import { openFrame } from '../entry/frame.ts'
import { upkeepHere } from '../entry/upkeep.ts'
import { expiredSealed, type Sealed, type SealedFinding } from '../stores/store.ts'
import type { ShardMirror } from './shard-mirror.ts'
import type { StoreClock } from './store-clock.ts'

/** Who looks into a ledger: what is known of the key's shard, the store's clock, and the name of this process. */
export interface LedgerLook {
  readonly mirror: ShardMirror
  readonly clock: StoreClock
  readonly origin: string
}

/** All that a frame in a ledger, and what is known of its shard, say of a key. */
export function ledgerFinding(
  key: string,
  frame: Uint8Array | undefined,
  { mirror, clock, origin }: LedgerLook,
): SealedFinding {
  const opened = frame && openFrame(frame)
  const floors = mirror.covering(key, opened?.tags ?? []).map(({ scope, era, by }) => {
    return { scope, era, by: by === undefined ? undefined : by === origin ? 'this process' : `process ${by}` }
  })
  const nothing = { entry: undefined, barredBy: undefined, flaw: undefined, age: undefined, floors }
  if (frame === undefined) return { ...nothing, bytes: undefined }
  const bytes = frame.byteLength
  if (opened === undefined) return { ...nothing, bytes, flaw: 'what lies there is damaged, or none of ours' }
  if (opened.keyEcho !== undefined && opened.keyEcho !== key) {
    return { ...nothing, bytes, flaw: 'what lies there belongs to another key' }
  }
  const age = Math.max(0, clock.now() - opened.stamped)
  const born = mirror.birthOf(opened.reign, opened.born)
  if (born === undefined) {
    return {
      ...nothing,
      bytes,
      age,
      flaw: 'it was written before the store lost its history: nothing of that is served',
    }
  }
  if (mirror.placeOf(key, opened) === 'elsewhere') {
    const flaw = 'it was written in a history that another took the place of, in a fail-over: nothing of that is served'
    return { ...nothing, bytes, age, flaw }
  }
  const { found, codec, payload, tags, version, deadAt, storedUpkeep } = opened
  const upkeep = storedUpkeep && upkeepHere(storedUpkeep, clock.ahead)
  const entry: Sealed = { key, found, codec, payload, born, deadline: clock.monoAt(deadAt), tags, version, upkeep }
  const now = clock.monoAt(clock.now())
  const verdict = judged(entry, barring(floors, born), expiring(floors, born), (each) => expiredSealed(each, now))
  return { ...verdict, flaw: undefined, age, bytes, floors }
}
