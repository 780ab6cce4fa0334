import { crc32 } from 'node:zlib'
import { asBuffer } from '../../entry/as-buffer.ts'

/*
 * A saved level 1, in bytes. It begins with the magic and two random numbers; then follow records:
 *
 *     mark u32 | kind u8 | 0 0 0 | length u32 | crc32 of the body u32 | crc32 of the 16 bytes before u32 | body
 *
 * All numbers are little-endian. The mark is the first random number, the second seeds the checksum of the head:
 * so no value that somebody had cached can be taken for a record, wherever reading begins anew after damage.
 */

const MAGIC = Buffer.from('TERRACE1', 'latin1')
/** The magic and the random numbers. */
const PREAMBLE = 16
const HEAD = 20
/** The longest body: what is larger is not saved, and not read. */
export const LONGEST_BODY: number = 64 * 1024 * 1024

/** What a record is. */
export const KIND: {
  readonly about: 1
  readonly entry: 2
  readonly key: 3
  readonly invalidated: 4
  readonly end: 5
} = Object.freeze({ about: 1, entry: 2, key: 3, invalidated: 4, end: 5 })

export interface SavedRecord {
  readonly kind: number
  /** A view into the bytes that were read. */
  readonly body: Buffer
}

/** Writes records of one file. */
export class RecordWriter {
  readonly #mark: number
  readonly #seed: number

  /** @param random uniform in [0, 1) */
  constructor(random: () => number) {
    this.#mark = Math.floor(random() * 2 ** 32)
    this.#seed = Math.floor(random() * 2 ** 32)
  }

  get preamble(): Buffer {
    const bytes = Buffer.alloc(PREAMBLE)
    MAGIC.copy(bytes)
    bytes.writeUInt32LE(this.#mark, 8)
    bytes.writeUInt32LE(this.#seed, 12)
    return bytes
  }

  /** The head of a record whose body is these bytes, one after the other. */
  head(kind: number, ...body: readonly Uint8Array[]): Buffer {
    const head = Buffer.alloc(HEAD)
    let length = 0
    let sum = 0
    for (const part of body) {
      length += part.length
      sum = crc32(part, sum)
    }
    head.writeUInt32LE(this.#mark, 0)
    head[4] = kind
    head.writeUInt32LE(length, 8)
    head.writeUInt32LE(sum, 12)
    head.writeUInt32LE(crc32(head.subarray(0, 16), this.#seed), 16)
    return head
  }
}

/**
 * Finds the records in bytes that anybody may have written. What is damaged is passed over and counted, each gap
 * once. Never throws; looks at each byte a fixed number of times; holds one record and one chunk at most.
 */
export class RecordReader {
  /** Records, and stretches between them, that could not be read. */
  damaged = 0
  /** Whether these are no bytes of ours at all. */
  isForeign = false
  #chunks: Buffer[] = []
  #length = 0
  /** Bytes without which nothing can be done. */
  #needed = PREAMBLE
  #mark: Buffer | undefined
  #seed = 0
  #isInGap = false

  /** There is no more. */
  end(): void {
    if (this.#mark === undefined) this.isForeign = true
    else if (this.#length > 0 && !this.#isInGap) this.damaged++
  }

  /** The records that are complete with these bytes. */
  *take(chunk: Uint8Array): Generator<SavedRecord, void, undefined> {
    if (this.isForeign || chunk.length === 0) return
    this.#chunks.push(asBuffer(chunk))
    this.#length += chunk.length
    while (this.#length >= this.#needed && !this.isForeign) {
      const bytes = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks)
      const begin = this.#mark === undefined ? this.#open(bytes) : 0
      const read = yield* this.#records(bytes, begin)
      this.#chunks = [bytes.subarray(read)]
      this.#length = bytes.length - read
    }
  }

  #open(bytes: Buffer): number {
    if (bytes.compare(MAGIC, 0, MAGIC.length, 0, MAGIC.length) !== 0) {
      this.isForeign = true
      return bytes.length
    }
    this.#mark = Buffer.from(bytes.subarray(8, 12))
    this.#seed = bytes.readUInt32LE(12)
    return PREAMBLE
  }

  /** @returns how many bytes were read */
  *#records(bytes: Buffer, begin: number): Generator<SavedRecord, number, undefined> {
    let at = begin
    while (!this.isForeign) {
      this.#needed = HEAD
      if (bytes.length - at < HEAD) return at
      if (!this.#isHead(bytes, at)) {
        if (!this.#isInGap) this.damaged++
        this.#isInGap = true
        const next = bytes.indexOf(this.#mark!, at + 1)
        // The mark may lie across the end.
        at = next === -1 ? Math.max(at + 1, bytes.length - 3) : next
        continue
      }
      this.#isInGap = false
      const end = at + HEAD + bytes.readUInt32LE(at + 8)
      if (bytes.length < end) {
        this.#needed = end - at
        return at
      }
      const body = bytes.subarray(at + HEAD, end)
      if (crc32(body) === bytes.readUInt32LE(at + 12)) yield { kind: bytes[at + 4]!, body }
      else this.damaged++
      at = end
    }
    return bytes.length
  }

  #isHead(bytes: Buffer, at: number): boolean {
    if (bytes.compare(this.#mark!, 0, 4, at, at + 4) !== 0 || bytes.readUInt32LE(at + 8) > LONGEST_BODY) return false
    return crc32(bytes.subarray(at, at + 16), this.#seed) === bytes.readUInt32LE(at + 16)
  }
}
