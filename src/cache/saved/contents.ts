import type { Codec, CodecTable } from '../../codecs/codec.ts'
import { codecTable } from '../../codecs/index.ts'
import { openValue, sealValue } from '../../codecs/seal.ts'
import { type Entry, Fact } from '../../entry/entry.ts'
import { openFrame, packFrame, stampFrame } from '../../entry/frame.ts'
import { keyOfStored, storedKey } from '../../entry/key-text.ts'
import type { Scope } from '../../entry/scope.ts'
import { upkeepHere, upkeepThere } from '../../entry/upkeep.ts'
import { MOST_USES } from '../warm/ranking.ts'

/** What a file says of itself. */
export interface About {
  /** When it was saved, in milliseconds since the Unix epoch. */
  readonly savedAt: number
  /** How many entries level 1 held. */
  readonly count: number
  /** What the mean entry weighed; `NaN` where bytes were not bounded. */
  readonly mean: number
  /** Of the cache. */
  readonly name: string
}

/** What is said of each entry or key: its place from the hottest (0), and how often its policy counted it as used. */
export interface Standing {
  readonly rank: number
  readonly uses: number
}

const VERSION = 1
const ABOUT = 24
const STANDING = 5
const NO_REIGN = '0'.repeat(16)

export function aboutBody({ savedAt, count, mean, name }: About): Buffer {
  const fixed = Buffer.alloc(ABOUT)
  fixed.writeUInt32LE(VERSION, 0)
  fixed.writeUInt32LE(count, 4)
  fixed.writeDoubleLE(savedAt, 8)
  fixed.writeDoubleLE(mean, 16)
  return Buffer.concat([fixed, Buffer.from(name)])
}

/** `undefined` for what is of another version. */
export function readAbout(body: Buffer): About | undefined {
  if (body.length < ABOUT || body.readUInt32LE(0) !== VERSION) return undefined
  const savedAt = body.readDoubleLE(8)
  if (!Number.isFinite(savedAt)) return undefined
  const name = body.toString('utf8', ABOUT, ABOUT + 400)
  return { savedAt, count: body.readUInt32LE(4), mean: body.readDoubleLE(16), name }
}

export function standingBody({ rank, uses }: Standing): Buffer {
  const bytes = Buffer.alloc(STANDING)
  bytes.writeUInt32LE(rank, 0)
  bytes[4] = uses
  return bytes
}

/** `undefined` where it is too short. */
export function readStanding(body: Buffer): Standing | undefined {
  return body.length < STANDING ? undefined : { rank: body.readUInt32LE(0), uses: Math.min(MOST_USES, body[4]!) }
}

export function keyBody(key: string): Buffer {
  return Buffer.from(storedKey(key))
}

export function readKey(body: Buffer): string | undefined {
  return keyOfStored(body.toString('utf8', STANDING))
}

/** Entries in bytes and back, by the wall clock: no other goes on while no process runs. */
export class SavedEntries {
  readonly #codec: Codec
  readonly #codecs: CodecTable
  readonly #savedAt: number
  /** What the wall clock shows more than the monotonic one. */
  readonly #ahead: number

  constructor(codec: Codec, savedAt: number, ahead: number) {
    this.#codec = codec
    this.#codecs = codecTable(codec)
    this.#savedAt = savedAt
    this.#ahead = ahead
  }

  /** @throws what the codec throws at a value that it cannot carry */
  seal({ key, found, value, deadline, tags, version, upkeep }: Entry): Uint8Array {
    const storedUpkeep = upkeep && upkeepThere(upkeep, deadline, this.#ahead)
    const frame = packFrame({ key, found, tags, version, storedUpkeep, ...sealValue(this.#codec, key, found, value) })
    stampFrame(frame, { reign: NO_REIGN, born: 0, stamped: this.#savedAt, deadAt: deadline + this.#ahead })
    return frame
  }

  /** `undefined` for what is no entry that this process can read. */
  open(body: Buffer): Entry | undefined {
    const opened = openFrame(body.subarray(STANDING))
    if (opened?.keyEcho === undefined) return undefined
    const { found, codec, payload, deadAt, tags, version, storedUpkeep, keyEcho } = opened
    try {
      const value = found ? openValue(this.#codecs, keyEcho, codec, payload) : undefined
      if (found && value === undefined) return undefined
      const upkeep = storedUpkeep && upkeepHere(storedUpkeep, this.#ahead)
      return new Fact(keyEcho, found, value, 0, deadAt - this.#ahead, tags, version, upkeep)
    } catch {
      // Whatever the bytes made of it: it is counted as damaged.
      return undefined
    }
  }
}

export function scopesBody(scopes: readonly Scope[]): Buffer {
  return Buffer.from(JSON.stringify(scopes.map((scope) => [scope.kind, nameOf(scope)])))
}

/** `undefined` for what are no scopes. */
export function readScopes(body: Buffer): Scope[] | undefined {
  try {
    const told: unknown = JSON.parse(body.toString('utf8'))
    if (!Array.isArray(told)) return undefined
    return told.map(scopeIn)
  } catch {
    // Counted as damaged.
    return undefined
  }
}

function nameOf(scope: Scope): string {
  if (scope.kind === 'key') return scope.key
  if (scope.kind === 'tag') return scope.tag
  return scope.kind === 'prefix' ? scope.prefix : ''
}

function scopeIn(told: unknown): Scope {
  const [kind, name] = Array.isArray(told) ? (told as unknown[]) : []
  if (typeof name !== 'string') throw new TypeError('a scope without a name')
  if (kind === 'key') return { kind, key: name }
  if (kind === 'tag') return { kind, tag: name }
  if (kind === 'prefix') return { kind, prefix: name }
  if (kind === 'all') return { kind }
  throw new TypeError('no scope')
}
