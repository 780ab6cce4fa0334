import { barring, expiring, type Floor, judged, MOST_FLOORS } from '../entry/finding.ts'
import type { Opened } from '../entry/frame.ts'
import { upkeepHere } from '../entry/upkeep.ts'
import { expiredSealed, type Sealed, type SealedFinding } from '../stores/store.ts'
import type { Birthplace, ShardMirror } from './shard-mirror.ts'
import type { StoreClock } from './store-clock.ts'

/** Who looks into a ledger. */
export interface LedgerLook {
  /** What is known of the key's shard. */
  readonly mirror: ShardMirror
  readonly clock: StoreClock
  /** The name of this process. */
  readonly origin: string
  /** Where the frame was born. */
  readonly place: Birthplace
  /** Floors over the key, and of any tag, that count as well, though the mirror has not heard of them. */
  readonly floors: readonly Floor[]
}

/** All that a frame in a ledger, which was opened as far as it can be, and what is known of its shard say of a key. */
export function ledgerFinding(
  key: string,
  frame: Uint8Array | undefined,
  opened: Opened | undefined,
  { mirror, clock, origin, place, floors: more }: LedgerLook,
): SealedFinding {
  const known = mirror.covering(key, opened?.tags ?? []).map(({ scope, era, by }) => {
    return { scope, era, by: by === undefined ? undefined : by === origin ? 'this process' : `process ${by}` }
  })
  const besides = more.filter(({ scope }) => {
    if (scope.kind === 'tag') return opened?.tags.includes(scope.tag)
    // What lies there has another end, and is what it was.
    return scope.kind !== 'key' || scope.moved !== true
  })
  const floors = [...besides, ...known].slice(0, MOST_FLOORS)
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
  if (place !== 'here') return { ...nothing, bytes, age, flaw: HISTORY_FLAWS[place] }
  const { found, codec, payload, tags, version, deadAt, storedUpkeep } = opened
  const upkeep = storedUpkeep && upkeepHere(storedUpkeep, clock.ahead)
  const entry: Sealed = { key, found, codec, payload, born, deadline: clock.monoAt(deadAt), tags, version, upkeep }
  const now = clock.monoAt(clock.now())
  const verdict = judged(entry, barring(floors, born), expiring(floors, born), (each) => expiredSealed(each, now))
  return { ...verdict, flaw: undefined, age, bytes, floors }
}

/** Why what was born there is not served, where anything is known that it must not be older than. */
export const HISTORY_FLAWS: Readonly<Record<Exclude<Birthplace, 'here'>, string>> = {
  ahead:
    'it was written in a history that this server does not know, perhaps that of one whose place it took in a ' +
    'fail-over: nothing of that is served',
  elsewhere: 'it was written in a history that another took the place of, in a fail-over: nothing of that is served',
}
