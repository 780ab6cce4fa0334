import type { Era } from '../../entry/era.ts'

/** A floor that several processes know of. */
export interface SharedFloor {
  readonly era: Era
  /** The invalidation that made it: the same floor may be told at a higher era later. */
  readonly id: string
}

/** What lies in a store that cannot count: the floors of more than one key, all of them. */
export interface FloorRecord {
  /** 16 hexadecimal digits, made anew when the record is: a frame of another reign is not served. */
  readonly reign: string
  /** No floor is above. */
  readonly era: Era
  /** No forgotten floor is above. */
  readonly horizon: Era
  readonly all: SharedFloor
  readonly prefixes: ReadonlyMap<string, SharedFloor>
  readonly tags: ReadonlyMap<string, SharedFloor>
}

/** No honest process counts so far. */
const HIGHEST: Era = 2 ** 48
/** More floors of a kind than any process keeps, longer names than any has. */
const MOST = 2000
const LONGEST_NAME = 1000
const LONGEST_ID = 100

export function packRecord({ reign, era, horizon, all, prefixes, tags }: FloorRecord): Uint8Array {
  const listed = (floors: ReadonlyMap<string, SharedFloor>) => Array.from(floors, ([name, at]) => [name, at.era, at.id])
  const record = { terrace: 1, reign, era, horizon, all: [all.era, all.id] }
  return Buffer.from(JSON.stringify({ ...record, prefixes: listed(prefixes), tags: listed(tags) }))
}

/** The record that anybody may have written; `undefined` for whatever is none. Never throws. */
export function openRecord(bytes: Uint8Array | undefined): FloorRecord | undefined {
  if (bytes === undefined) return undefined
  try {
    return recordIn(JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()))
  } catch {
    return undefined
  }
}

function recordIn(value: unknown): FloorRecord | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { terrace, reign, era, horizon, all, prefixes, tags } = value as Record<string, unknown>
  if (terrace !== 1 || typeof reign !== 'string' || !/^[0-9a-f]{16}$/.test(reign)) return undefined
  if (!isEra(era, HIGHEST) || !isEra(horizon, era) || !Array.isArray(all)) return undefined
  const general = floorIn(all[0], all[1], era)
  const ofPrefixes = floorsIn(prefixes, era)
  const ofTags = floorsIn(tags, era)
  if (general === undefined || ofPrefixes === undefined || ofTags === undefined) return undefined
  return { reign, era, horizon, all: general, prefixes: ofPrefixes, tags: ofTags }
}

function floorsIn(value: unknown, most: Era): Map<string, SharedFloor> | undefined {
  if (!Array.isArray(value) || value.length > MOST) return undefined
  const floors = new Map<string, SharedFloor>()
  for (const item of value) {
    if (!Array.isArray(item)) return undefined
    const [name, era, id] = item as unknown[]
    const floor = floorIn(era, id, most)
    if (floor === undefined || typeof name !== 'string' || name.length > LONGEST_NAME) return undefined
    floors.set(name, floor)
  }
  return floors
}

function floorIn(era: unknown, id: unknown, most: Era): SharedFloor | undefined {
  return isEra(era, most) && typeof id === 'string' && id.length <= LONGEST_ID ? { era, id } : undefined
}

function isEra(value: unknown, most: Era): value is Era {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most
}
