import { crc32 } from 'node:zlib'
import { invariant } from '../errors.ts'
import { asBuffer } from './as-buffer.ts'
import { NO_TAGS } from './entry.ts'
import type { Era } from './era.ts'
import { keyOfStored, storedKey } from './key-text.ts'
import { LONGEST_VALIDATOR, Upkeep, upkeepWithin } from './upkeep.ts'

/** Where the parts of a frame lie. All numbers are little-endian; `decisions/0005-ledger.md` has the whole table. */
const MAGIC_AT = 0
export const FORMAT_AT = 2
export const FLAGS_AT = 3
export const CODEC_AT = 4
export const TAG_COUNT_AT = 6
export const REIGN_AT = 8
export const BORN_AT = 16
export const STAMPED_AT = 24
export const DEAD_AT = 32
export const VERSION_AT = 40
export const PAYLOAD_AT = 48
export const CHECKSUM_AT = 52
/** Where key echo, tags and payload begin, unless the frame tells of its upkeep. */
export const BODY_AT = 56
/** With `HAS_UPKEEP`: three moments of the store's clock. They may be changed where they lie: no checksum covers them. */
export const FRESH_AT = 56
export const SINCE_AT = 64
export const DUE_AT = 72
/** Where key echo, tags and payload begin in a frame that tells of its upkeep. */
export const UPKEPT_BODY_AT = 80

/** The bits of the byte at {@link FLAGS_AT}. */
const IS_ABSENT = 1
const HAS_VERSION = 2
const HAS_ECHO = 4
const HAS_CHECKSUM = 8
export const HAS_UPKEEP = 16
/** Only with `HAS_UPKEEP`. */
const HAS_VALIDATORS = 32
const ALL_FLAGS = 63

/** What a frame begins with: the two bytes of the magic and the version of the format. */
const MAGIC = 0x7eca
const FORMAT = 1

/** The codec whose payload is one f64 without a checksum, so that a script in a store can count. */
export const NUMBER = 1

const MOST_TAGS = 100
const LONGEST_TAG = 1000

/** What goes into a frame. What the store adds to it is written by the store, or by {@link stampFrame}. */
export interface Unstamped {
  /** `false`: the source is known to have nothing; the payload is empty. */
  readonly found: boolean
  /** Which codec made the payload, 0 to 255; 0 where there is none. */
  readonly codec: number
  readonly payload: Uint8Array
  /** Up to 100, each of up to 1,000 characters. */
  readonly tags: readonly string[]
  readonly version: number | undefined
  /** In milliseconds of the store's clock: see `upkeepThere` in `upkeep.ts`. */
  readonly storedUpkeep?: Upkeep | undefined
  /** Echoed in the frame, for stores that do not keep it: where they key by a hash, or answer out of turn. */
  readonly key?: string | undefined
}

/** What the store stamps into a frame when it accepts it: bytes 8 to 39. */
export interface Stamp {
  /** 16 hexadecimal digits. In a ledger it names the step of its birth as well: see `birthplace.ts`. */
  readonly reign: string
  readonly born: Era
  /** When it was accepted, in milliseconds of the store's clock. */
  readonly stamped: number
  /** From when it is dead, in milliseconds of the store's clock; `Infinity` for never. */
  readonly deadAt: number
}

/** A frame that was read and found whole. */
export interface Opened extends Stamp {
  readonly found: boolean
  readonly codec: number
  /** A view into the bytes the frame was read from. */
  readonly payload: Uint8Array
  readonly tags: readonly string[]
  readonly version: number | undefined
  readonly keyEcho: string | undefined
  /** In milliseconds of the store's clock. Fresh until `deadAt` at most, due by then, and not from after it was stamped. */
  readonly storedUpkeep: Upkeep | undefined
}

/** A new frame. Bytes 8 to 39 are zero: the store stamps them. */
export function packFrame({ found, codec, payload, tags, version, key, storedUpkeep }: Unstamped): Uint8Array {
  invariant(tags.length <= MOST_TAGS, () => `a frame with ${tags.length} tags`)
  const echo = key === undefined ? undefined : storedKey(key)
  const tagTexts = tags.length === 0 ? tags : tags.map(storedKey)
  const validators = storedUpkeep === undefined ? NO_TAGS : validatorTexts(storedUpkeep)
  const bodyAt = storedUpkeep === undefined ? BODY_AT : UPKEPT_BODY_AT
  let begin = bodyAt + (echo === undefined ? 0 : 4 + Buffer.byteLength(echo))
  for (const text of tagTexts) begin += 2 + Buffer.byteLength(text)
  for (const text of validators) begin += 2 + Buffer.byteLength(text)

  const frame = Buffer.allocUnsafe(begin + payload.length)
  const counted = codec === NUMBER && found
  const flags =
    (found ? 0 : IS_ABSENT) |
    (version === undefined ? 0 : HAS_VERSION) |
    (echo === undefined ? 0 : HAS_ECHO) |
    (counted ? 0 : HAS_CHECKSUM) |
    (storedUpkeep === undefined ? 0 : HAS_UPKEEP) |
    (validators.length === 0 ? 0 : HAS_VALIDATORS)
  frame.writeUInt16LE(MAGIC, MAGIC_AT)
  frame[FORMAT_AT] = FORMAT
  frame[FLAGS_AT] = flags
  frame[CODEC_AT] = codec
  frame[CODEC_AT + 1] = 0
  frame.writeUInt16LE(tags.length, TAG_COUNT_AT)
  frame.fill(0, REIGN_AT, VERSION_AT)
  frame.writeDoubleLE(version ?? Number.NaN, VERSION_AT)
  frame.writeUInt32LE(begin, PAYLOAD_AT)
  if (storedUpkeep !== undefined) {
    frame.writeDoubleLE(storedUpkeep.since, SINCE_AT)
    stampUpkeep(frame, storedUpkeep)
  }

  let at = bodyAt
  if (echo !== undefined) {
    const length = frame.write(echo, at + 4)
    frame.writeUInt32LE(length, at)
    at += 4 + length
  }
  for (const text of tagTexts) at = writeText(frame, text, at)
  for (const text of validators) at = writeText(frame, text, at)
  frame.set(payload, begin)
  const sum = counted ? 0 : crc32(frame.subarray(bodyAt), checksumSeed(flags, codec, tags.length))
  frame.writeUInt32LE(sum, CHECKSUM_AT)
  return frame
}

/** Writes into the frame what a store adds when it accepts it. */
export function stampFrame(frame: Uint8Array, { reign, born, stamped, deadAt }: Stamp): void {
  const bytes = asBuffer(frame)
  bytes.write(reign, REIGN_AT, 8, 'hex')
  bytes.writeDoubleLE(born, BORN_AT)
  bytes.writeDoubleLE(stamped, STAMPED_AT)
  bytes.writeDoubleLE(deadAt, DEAD_AT)
}

/** Writes into a frame that tells of its upkeep that it is fresh until another moment, and when it is due. */
export function stampUpkeep(frame: Uint8Array, { due, freshUntil }: Upkeep): void {
  const bytes = asBuffer(frame)
  bytes.writeDoubleLE(freshUntil, FRESH_AT)
  bytes.writeDoubleLE(due, DUE_AT)
}

/**
 * Reads a frame that anybody may have written. `undefined` for whatever is no whole frame of this
 * format. Never throws, and allocates no more than a part of what it was given.
 */
export function openFrame(bytes: Uint8Array): Opened | undefined {
  const frame = asBuffer(bytes)
  if (frame.length < BODY_AT || frame.readUInt16LE(MAGIC_AT) !== MAGIC || frame[FORMAT_AT] !== FORMAT) return undefined
  const flags = frame[FLAGS_AT]!
  const codec = frame[CODEC_AT]!
  const tagCount = frame.readUInt16LE(TAG_COUNT_AT)
  const begin = frame.readUInt32LE(PAYLOAD_AT)
  const born = frame.readDoubleLE(BORN_AT)
  const stamped = frame.readDoubleLE(STAMPED_AT)
  const deadAt = frame.readDoubleLE(DEAD_AT)
  const version = (flags & HAS_VERSION) === 0 ? undefined : frame.readDoubleLE(VERSION_AT)
  const found = (flags & IS_ABSENT) === 0
  const isUpkept = (flags & HAS_UPKEEP) !== 0
  const hasValidators = (flags & HAS_VALIDATORS) !== 0
  const bodyAt = isUpkept ? UPKEPT_BODY_AT : BODY_AT

  if (flags > ALL_FLAGS || frame[CODEC_AT + 1] !== 0 || tagCount > MOST_TAGS) return undefined
  if (begin < bodyAt || begin > frame.length || (hasValidators && !isUpkept)) return undefined
  if (!(born >= 0 && born < Number.POSITIVE_INFINITY) || !Number.isFinite(stamped) || Number.isNaN(deadAt)) {
    return undefined
  }
  if (version !== undefined && Number.isNaN(version)) return undefined
  if (!found && begin !== frame.length) return undefined

  // What has no checksum is a number of a script, and nothing else: one flipped bit must not switch it off.
  const counted = (flags & HAS_CHECKSUM) === 0
  if (counted !== (codec === NUMBER && found) || (counted && frame.length - begin !== 8)) return undefined

  const body = frame.subarray(bodyAt)
  if (!counted && crc32(body, checksumSeed(flags, codec, tagCount)) !== frame.readUInt32LE(CHECKSUM_AT)) {
    return undefined
  }
  const hasEcho = (flags & HAS_ECHO) !== 0
  const names = hasEcho || tagCount > 0 ? readNames(frame, bodyAt, begin, hasEcho, tagCount) : NAMELESS
  if (names === undefined) return undefined
  const namesEnd = names === NAMELESS ? bodyAt : names.end
  if (!isUpkept && namesEnd !== begin) return undefined
  const storedUpkeep = isUpkept ? readUpkeep(frame, namesEnd, begin, hasValidators) : undefined
  if (isUpkept && storedUpkeep === undefined) return undefined
  return {
    found,
    codec,
    payload: begin === bodyAt ? body : frame.subarray(begin),
    tags: names.tags,
    version,
    keyEcho: names.keyEcho,
    reign: frame.toString('hex', REIGN_AT, BORN_AT),
    born,
    stamped,
    deadAt,
    storedUpkeep: storedUpkeep && upkeepWithin(storedUpkeep, deadAt, stamped),
  }
}

interface Names {
  readonly keyEcho: string | undefined
  readonly tags: readonly string[]
  /** Where they end. */
  readonly end: number
}

const NAMELESS: Names = Object.freeze({ keyEcho: undefined, tags: NO_TAGS, end: BODY_AT })

/** What is named between the header and the payload. */
function readNames(frame: Buffer, begin: number, limit: number, hasEcho: boolean, tagCount: number): Names | undefined {
  let at = begin
  let keyEcho: string | undefined
  if (hasEcho) {
    if (at + 4 > limit) return undefined
    const end = at + 4 + frame.readUInt32LE(at)
    if (end > limit) return undefined
    keyEcho = keyOfStored(frame.toString('utf8', at + 4, end))
    if (keyEcho === undefined) return undefined
    at = end
  }
  const tags: string[] = []
  for (let i = 0; i < tagCount; i++) {
    const end = endOfText(frame, at, limit)
    const tag = end === undefined ? undefined : textIn(frame, at, end, LONGEST_TAG)
    if (end === undefined || tag === undefined) return undefined
    tags.push(tag)
    at = end
  }
  return { keyEcho, tags: tagCount === 0 ? NO_TAGS : tags, end: at }
}

/** What the header tells of the upkeep, and the texts from `at` to the payload. */
function readUpkeep(frame: Buffer, at: number, limit: number, hasValidators: boolean): Upkeep | undefined {
  const since = frame.readDoubleLE(SINCE_AT)
  const due = frame.readDoubleLE(DUE_AT)
  const freshUntil = frame.readDoubleLE(FRESH_AT)
  // NaN is not above anything either.
  const never = Number.NEGATIVE_INFINITY
  if (!(since > never && due > never && freshUntil > never)) return undefined
  if (!hasValidators) return at === limit ? new Upkeep(since, due, freshUntil, undefined, undefined) : undefined
  const middle = endOfText(frame, at, limit)
  if (middle === undefined || endOfText(frame, middle, limit) !== limit) return undefined
  const etag = textIn(frame, at, middle, LONGEST_VALIDATOR)
  const lastModified = textIn(frame, middle, limit, LONGEST_VALIDATOR)
  if (etag === undefined || lastModified === undefined) return undefined
  return new Upkeep(since, due, freshUntil, etag || undefined, lastModified || undefined)
}

/** Both, or none. */
function validatorTexts({ etag = '', lastModified = '' }: Upkeep): readonly string[] {
  if (etag === '' && lastModified === '') return NO_TAGS
  const longest = Math.max(etag.length, lastModified.length)
  invariant(longest <= LONGEST_VALIDATOR, () => `a frame with a validator of ${longest} characters`)
  return [storedKey(etag), storedKey(lastModified)]
}

/** Texts stand with their length in front. @returns where it ends */
function writeText(frame: Buffer, text: string, at: number): number {
  const length = frame.write(text, at + 2)
  frame.writeUInt16LE(length, at)
  return at + 2 + length
}

function endOfText(frame: Buffer, at: number, limit: number): number | undefined {
  if (at + 2 > limit) return undefined
  const end = at + 2 + frame.readUInt16LE(at)
  return end > limit ? undefined : end
}

function textIn(frame: Buffer, at: number, end: number, longest: number): string | undefined {
  const text = keyOfStored(frame.toString('utf8', at + 2, end))
  return text === undefined || text.length > longest ? undefined : text
}

/** Draws the bytes of the header that say how the body is to be read into its checksum. */
function checksumSeed(flags: number, codec: number, tagCount: number): number {
  return (flags | (codec << 8) | (tagCount << 16)) >>> 0
}
