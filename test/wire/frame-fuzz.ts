import { readdirSync, readFileSync } from 'node:fs'
import { getHeapStatistics } from 'node:v8'
import { crc32 } from 'node:zlib'
import { type Codec, codecTable, compressed, encrypted, json, msgpack, signed, v8 } from '../../src/codecs/index.ts'
import { openValue } from '../../src/codecs/seal.ts'
import {
  BODY_AT,
  CHECKSUM_AT,
  CODEC_AT,
  FLAGS_AT,
  HAS_UPKEEP,
  openFrame,
  PAYLOAD_AT,
  TAG_COUNT_AT,
  UPKEPT_BODY_AT,
} from '../../src/entry/frame.ts'
import { KEY } from './golden-frames.ts'

/** What one input may make the heap grow by: the inputs are some kilobytes, and inflated to at most 1 MiB. */
const MOST_GROWTH = 32 * 1_048_576

/**
 * Gives random and mutated bytes to everything that reads bytes of a shared store: nothing may throw
 * out of `openFrame`, change a prototype, or allocate out of proportion. Follows from its seed.
 */
export class FrameFuzz {
  #state: number
  readonly #pool: Buffer<ArrayBuffer>[]
  readonly #codecs: readonly Codec[]
  readonly #tables = [codecTable(json()), codecTable(encrypted(json(), RING)), codecTable(signed(json(), RING))]
  readonly #before = prototypes()
  /** Byte strings given to `openFrame`; of those, the ones that were frames. */
  frames = 0
  opened = 0
  /** Of those, the ones that told of their upkeep. */
  upkept = 0
  /** Payloads given to codecs; of those, the ones that were values. */
  payloads = 0
  decoded = 0
  /** Milliseconds of processor time that the slowest input took. */
  slowest = 0

  constructor(seed: number) {
    this.#state = seed >>> 0
    const folder = new URL('./golden/', import.meta.url)
    const files = readdirSync(folder).sort()
    this.#pool = files.map((file) => readFileSync(new URL(file, folder)))
    const small = { maxBytes: 1_048_576 }
    this.#codecs = [json(), msgpack(), v8(), compressed(json(), small), encrypted(json(), RING), signed(v8(), RING)]
  }

  /** One input. Throws what is wrong with its handling, with the input. */
  step(): void {
    const frame = this.#input()
    const begun = process.cpuUsage()
    const heap = heapBytes()
    try {
      this.#readFrame(frame)
      this.#readPayload(frame)
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.stack : error}\ninput: ${frame.toString('base64')}`)
    }
    const growth = heapBytes() - heap
    if (growth > MOST_GROWTH) throw new Error(`${growth} bytes allocated by: ${frame.toString('base64')}`)
    for (const name in {}) throw new Error(`Object.prototype has ${name} by: ${frame.toString('base64')}`)
    const { user, system } = process.cpuUsage(begun)
    this.slowest = Math.max(this.slowest, (user + system) / 1000)
    if (this.frames % 20 === 0 && prototypes() !== this.#before)
      throw new Error(`a prototype was changed, at the latest by: ${frame.toString('base64')}`)
  }

  #readFrame(frame: Buffer): void {
    this.frames++
    const opened = openFrame(frame)
    if (opened === undefined) return
    this.opened++
    if (opened.storedUpkeep !== undefined) this.upkept++
    if (!opened.found) return
    for (const table of this.#tables) {
      if (table.has(opened.codec)) this.#attempt(() => openValue(table, KEY, opened.codec, opened.payload))
    }
  }

  /** The payload past a checksum that would have stopped it. */
  #readPayload(frame: Buffer): void {
    const begin = frame.length < bodyOf(frame) ? 0 : Math.min(frame.readUInt32LE(PAYLOAD_AT), frame.length)
    const payload = frame.subarray(begin)
    const own = this.#codecs.find(({ id }) => id === frame[CODEC_AT])
    const codec = own !== undefined && this.#below(4) > 0 ? own : this.#codecs[this.#below(this.#codecs.length)]!
    this.#attempt(() => codec.decode(payload, { key: KEY }))
  }

  #attempt(decode: () => unknown): void {
    this.payloads++
    try {
      decode()
      this.decoded++
    } catch {
      // That is how a codec says that these are no bytes of its own.
    }
  }

  #input(): Buffer<ArrayBuffer> {
    if (this.#below(20) === 0) return Buffer.from(Array.from({ length: this.#below(200) }, () => this.#below(256)))
    let frame = Buffer.from(this.#pick())
    for (let changes = this.#below(4); changes >= 0; changes--) frame = this.#changed(frame)
    // Half of them as an attacker would: the checksum fits.
    const bodyAt = bodyOf(frame)
    if (frame.length >= bodyAt && this.#below(2) === 0) {
      const seed = frame[FLAGS_AT]! | (frame[CODEC_AT]! << 8) | (frame.readUInt16LE(TAG_COUNT_AT) << 16)
      frame.writeUInt32LE(crc32(frame.subarray(bodyAt), seed >>> 0), CHECKSUM_AT)
    }
    return frame
  }

  #changed(frame: Buffer<ArrayBuffer>): Buffer<ArrayBuffer> {
    if (frame.length === 0) return frame
    // Most of what is worth changing lies in the body.
    const at =
      this.#below(3) === 0
        ? this.#below(frame.length)
        : Math.min(frame.length - 1, bodyOf(frame) + this.#below(frame.length))
    switch (this.#below(8)) {
      case 0:
        frame[at]! ^= 1 << this.#below(8)
        return frame
      case 1:
        frame[at] = this.#below(256)
        return frame
      case 2:
        frame[at] = TELLING_BYTES[this.#below(TELLING_BYTES.length)]!
        return frame
      case 3:
        frame.fill([0, 0x7f, 0x80, 0xff][this.#below(4)]!, at, Math.min(frame.length, at + 1 + this.#below(8)))
        return frame
      case 4:
        return frame.subarray(0, at)
      case 5: {
        const other = this.#pick()
        const from = this.#below(other.length)
        return Buffer.concat([frame.subarray(0, at), other.subarray(from, from + this.#below(64)), frame.subarray(at)])
      }
      case 6:
        return Buffer.concat([frame.subarray(0, at), frame.subarray(Math.min(frame.length, at + 1 + this.#below(8)))])
      default: {
        const length = 1 + this.#below(16)
        frame.copyWithin(at, this.#below(frame.length), this.#below(frame.length) + length)
        return frame
      }
    }
  }

  #pick(): Buffer<ArrayBuffer> {
    return this.#pool[this.#below(this.#pool.length)]!
  }

  /** A whole number from 0 to below `end`: mulberry32. */
  #below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4_294_967_296) * end)
  }
}

/** The keys of the golden frames. */
const RING = { keys: { 2025: Buffer.alloc(32, 0x11), 'ключ 2026': Buffer.alloc(32, 0x22) }, current: '2025' }

/** Bytes that begin things in MessagePack, in the format of V8 and in JSON. */
const TELLING_BYTES = Buffer.from([
  ...[
    0x90, 0x9f, 0xa0, 0xc1, 0xc4, 0xc6, 0xc7, 0xc9, 0xd4, 0xd6, 0xd8, 0xdb, 0xdd, 0xdf, 0x72, 0x62, 0x69, 0x70, 0x65,
    0x74, 0x42,
  ],
  ...Buffer.from('"\\AaDEFINOSTVZ^_{}[]:;,\'@$'),
])

function bodyOf(frame: Buffer): number {
  return frame.length >= BODY_AT && (frame[FLAGS_AT]! & HAS_UPKEEP) !== 0 ? UPKEPT_BODY_AT : BODY_AT
}

function heapBytes(): number {
  const { used_heap_size, external_memory, malloced_memory } = getHeapStatistics()
  return used_heap_size + external_memory + malloced_memory
}

/** The names and the prototypes of what a reader of bytes could spoil for everybody. */
function prototypes(): string {
  const spoilable = [Object, Array, Map, Set, Error, TypeError, Date, RegExp, String, Number, Uint8Array, Buffer]
  return spoilable.map(({ prototype }) => Object.getOwnPropertyNames(prototype).length).join()
}
