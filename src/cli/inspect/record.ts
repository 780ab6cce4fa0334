import { CODEC, type CodecTable } from '../../codecs/codec.ts'
import { codecTable } from '../../codecs/index.ts'
import { openValue } from '../../codecs/seal.ts'
import { HISTORY_FLAWS } from '../../coherence/ledger-finding.ts'
import type { Birthplace } from '../../coherence/shard-mirror.ts'
import type { UpkeepExplained } from '../../dashboard/protocol.ts'
import { isBornAt, isBornIn } from '../../entry/birthplace.ts'
import { barring, expiring, type Finding } from '../../entry/finding.ts'
import { type Opened, openFrame } from '../../entry/frame.ts'
import { maskSecrets, type Preview, preview } from '../../entry/preview.ts'
import { placeId, type Scope } from '../../entry/scope.ts'
import { hasGrace, type Upkeep } from '../../entry/upkeep.ts'
import { messageOf } from '../../errors.ts'
import type { Stored } from './stored.ts'

/** All there is to say of what lies in a store under a key: what `inspect` prints, with `--json` as it is. */
export interface KeyRecord {
  readonly key: string
  readonly name: string
  readonly place: string | null
  /**
   * `served`: a process that reads it there now serves it. `absent`: nothing is there. `stale`: it is there, and
   * served only where the source fails, is slow or is being spared. `barred`: it is there, and
   * not served. `foreign`: what is there is no frame of Terrace.
   */
  readonly state: 'served' | 'absent' | 'stale' | 'barred' | 'foreign'
  /** Why it is not served, or what else is to be said. */
  readonly reason: string | null
  /** Bytes of the frame. */
  readonly bytes: number | null
  /** Milliseconds left, by the frame; `null` for no end, and where there is no frame. */
  readonly ttl: number | null
  /** Milliseconds until the store removes it; `null` for never, and where it does not tell. */
  readonly storeTtl: number | null
  /** Milliseconds since it was written there. */
  readonly age: number | null
  readonly frame: FrameRecord | null
  /** The history that counts now. `null`: it is lost, or never began: nothing is served. */
  readonly history: { readonly reign: string; readonly era: number } | null
  readonly floors: readonly FloorRecord[]
  readonly writer: string | null
  readonly preview: Preview | null
}

interface FrameRecord {
  /** `false`: what is kept is that the key has no value. */
  readonly found: boolean
  readonly codec: { readonly id: number; readonly name: string } | null
  readonly reign: string
  readonly born: number
  /** Of which history that era is: the one that counts now, one that is over, or one that the store knows nothing of. */
  readonly bornIn: 'this' | 'another' | 'unknown'
  readonly writtenAt: string | null
  /** `null`: never. */
  readonly endsAt: string | null
  /** How it is kept fresh; `null` where it is fresh for as long as it lives, and that is all. */
  readonly upkeep: UpkeepExplained | null
  readonly tags: readonly string[]
  readonly version: number | null
  readonly keyEcho: string | null
  readonly payloadBytes: number
}

export interface FloorRecord {
  readonly scope: Scope
  readonly era: number
  readonly by: string | null
  /** Whether it stands against what lies there. */
  readonly bars: boolean
}

/** @param maxLength characters of the preview; 0 for none */
export async function recordOf(key: string, stored: Stored, maxLength: number): Promise<KeyRecord> {
  const opened = stored.bytes === undefined ? undefined : openFrame(stored.bytes)
  const found = await stored.floorsOver(opened?.tags ?? [])
  const floors = found.map(({ scope, era, by, barsEntry }) => ({
    scope,
    era,
    by: by ?? null,
    bars: barsEntry && opened !== undefined && opened.born < era,
  }))
  const value = opened === undefined ? undefined : valueIn(key, opened)
  const barriers = found.filter(({ barsEntry }) => barsEntry)
  const expiredBy = opened && expiring(barriers, opened.born)
  const isGone = opened !== undefined && expiredBy !== undefined && !hasGrace(opened.storedUpkeep, opened.deadAt)
  const barredBy = opened && (barring(barriers, opened.born) ?? (isGone ? expiredBy : undefined))
  return {
    key,
    name: stored.name,
    place: stored.place ?? null,
    ...verdict(key, stored, opened, { barredBy, expiredBy, isCovered: found.length > 0 }, value),
    bytes: stored.bytes?.byteLength ?? null,
    ttl: opened === undefined ? null : finite(Math.max(0, opened.deadAt - stored.now)),
    storeTtl: finite(stored.storeTtl),
    age: opened === undefined ? null : finite(Math.max(0, stored.now - opened.stamped)),
    frame: opened === undefined ? null : frameRecord(opened, stored),
    history: stored.history === undefined ? null : { reign: stored.history.reign, era: stored.history.era },
    floors,
    writer: stored.writer ?? null,
    preview:
      value === undefined || maxLength === 0 ? null : preview(value.shown, key, { maxLength, mask: maskSecrets }),
  }
}

function verdict(
  key: string,
  stored: Stored,
  opened: Opened | undefined,
  { barredBy, expiredBy, isCovered }: Pick<Finding, 'barredBy' | 'expiredBy'> & { readonly isCovered: boolean },
  value: Value | undefined,
): Pick<KeyRecord, 'state' | 'reason'> {
  const { bytes, foreign, history, now } = stored
  if (bytes === undefined) {
    if (foreign === undefined) return { state: 'absent', reason: 'nothing lies under this key' }
    return { state: foreign.startsWith('an empty item') ? 'absent' : 'foreign', reason: foreign }
  }
  if (opened === undefined) return { state: 'foreign', reason: 'it is damaged, or no frame of Terrace' }
  const barred = (reason: string): Pick<KeyRecord, 'state' | 'reason'> => ({ state: 'barred', reason })
  if (opened.keyEcho !== undefined && opened.keyEcho !== key) return barred('it belongs to another key')
  if (history === undefined) return barred('the store has lost the history of its invalidations: nothing is served')
  if (!isBornIn(opened.reign, history.reign)) {
    return barred('it was written before the store lost its history: nothing of that is served')
  }
  if (barredBy !== undefined) return barred(`it is older than the last invalidation of ${nameOf(barredBy)}`)
  // What no floor covers is older than nothing that is known.
  const place = isCovered ? placeOf(opened, stored) : 'here'
  if (place !== 'here') return barred(HISTORY_FLAWS[place])
  if (opened.deadAt <= now) return barred('its time is over')
  if (value?.flaw !== undefined) return barred(value.flaw)
  if (expiredBy !== undefined) {
    const reason = `it was kept as stale by the expiry of ${nameOf(expiredBy)}: served only where the source fails, is slow or is being spared`
    return { state: 'stale', reason }
  }
  if (opened.storedUpkeep !== undefined && opened.storedUpkeep.freshUntil <= now) {
    return { state: 'stale', reason: 'it is served only where the source fails, is slow or is being spared' }
  }
  return { state: 'served', reason: value?.note ?? null }
}

/** Where a frame was born, as far as the store remembers its history. */
function placeOf({ reign, born }: Opened, { history, linkAt }: Stored): Birthplace {
  if (history === undefined) return 'ahead'
  if (!isBornIn(reign, history.reign)) return 'elsewhere'
  const link = linkAt?.(born)
  if (link === undefined) return linkAt === undefined || born <= history.era ? 'here' : 'ahead'
  return isBornAt(reign, link) ? 'here' : 'elsewhere'
}

const BORN_IN = { here: 'this', ahead: 'unknown', elsewhere: 'another' } as const

interface Value {
  readonly shown: unknown
  /** Why no process can read it. */
  readonly flaw?: string
  /** Why it cannot be read here. */
  readonly note?: string
}

/** The value, or its bytes where only the application's codec can read them. */
function valueIn(key: string, { found, codec, payload }: Opened): Value | undefined {
  if (!found) return undefined
  const codecs: CodecTable = codecTable()
  const bytes = Buffer.from(payload)
  if (codecs.get(codec) === undefined) {
    return { shown: bytes, note: `its codec (${codecName(codec)}) is the application's: here are its bytes` }
  }
  try {
    const value = openValue(codecs, key, codec, payload)
    return value === undefined ? { shown: bytes, flaw: 'its value is undefined, which is none' } : { shown: value }
  } catch (reason) {
    return { shown: bytes, flaw: `it cannot be read: ${messageOf(reason)}` }
  }
}

function frameRecord(opened: Opened, stored: Stored): FrameRecord {
  const { found, codec, reign, born, stamped, deadAt, storedUpkeep, tags, version, keyEcho, payload } = opened
  return {
    found,
    codec: found ? { id: codec, name: codecName(codec) } : null,
    reign,
    born,
    bornIn: BORN_IN[placeOf(opened, stored)],
    writtenAt: moment(stamped),
    endsAt: moment(deadAt),
    upkeep: storedUpkeep === undefined ? null : upkeepRecord(storedUpkeep, stored.now),
    tags,
    version: version ?? null,
    keyEcho: keyEcho ?? null,
    payloadBytes: payload.byteLength,
  }
}

function upkeepRecord({ since, due, freshUntil, etag, lastModified }: Upkeep, now: number): UpkeepExplained {
  return {
    age: finite(Math.max(0, now - since)),
    freshFor: finite(Math.max(0, freshUntil - now)),
    staleFor: freshUntil <= now ? finite(now - freshUntil) : null,
    dueIn: due < freshUntil ? finite(Math.max(0, due - now)) : null,
    etag: etag ?? null,
    lastModified: lastModified ?? null,
  }
}

function codecName(id: number): string {
  const [name] = Object.entries(CODEC).find(([, own]) => own === id) ?? []
  return name ?? (id >= 128 ? `number ${id}, of your own` : `number ${id}, of a later version`)
}

/** `null` for what is no date. */
function moment(ms: number): string | null {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : null
}

function nameOf(scope: Scope): string {
  return scope.kind === 'all' ? 'everything' : placeId(scope)
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null
}
