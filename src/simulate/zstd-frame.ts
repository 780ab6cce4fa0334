/**
 * Where a zstd frame ends, by RFC 8878: its header and the headers of its blocks, without unpacking
 * anything.
 *
 * Node's decompressor takes one frame and stops without a word, though `pzstd` and `cat` make files
 * of many; and before Node 24 it takes the end of a truncated file for the end of the data.
 */
import type { FileHandle } from 'node:fs/promises'

const FRAME = 0xfd2fb528
const SKIPPABLE = 0x184d2a5
/** Block headers lie far apart, so little is gained by reading more at a time. */
const WINDOW = 4096
const RLE = 1

/** Whether four bytes begin a frame of data, or one to be skipped. */
export function isZstdMagic(magic: number): boolean {
  return magic === FRAME || magic >>> 4 === SKIPPABLE
}

/** Where the frame that begins at `start` ends: beyond the file's end, if the file was cut short. */
export async function zstdFrameEnd(file: FileHandle, start: number): Promise<number> {
  const bytes = new FileWindow(file)
  if ((await bytes.number(start, 4)) >>> 4 === SKIPPABLE) return start + 8 + (await bytes.number(start + 4, 4))
  const descriptor = await bytes.number(start + 4, 1)
  let at = start + 5 + headerLength(descriptor)
  for (let last = 0; last === 0; ) {
    const block = await bytes.number(at, 3)
    last = block & 1
    at += 3 + (((block >>> 1) & 3) === RLE ? 1 : block >>> 3)
    // Past the end every number reads as 0: an empty block that is not the last.
    if (block === 0 && !(await bytes.has(at))) return Number.POSITIVE_INFINITY
  }
  return at + ((descriptor & 4) === 0 ? 0 : 4)
}

/** The bytes between the descriptor and the first block: window size, dictionary id, content size. */
function headerLength(descriptor: number): number {
  const single = (descriptor & 32) !== 0
  const dictionary = [0, 1, 2, 4][descriptor & 3]!
  const content = [single ? 1 : 0, 2, 4, 8][descriptor >>> 6]!
  return (single ? 0 : 1) + dictionary + content
}

/** Little-endian numbers at any place of a file; beyond its end there are zeros. */
class FileWindow {
  readonly #file: FileHandle
  readonly #bytes: Buffer = Buffer.alloc(WINDOW)
  #start = 0
  #length = 0

  constructor(file: FileHandle) {
    this.#file = file
  }

  async number(at: number, length: number): Promise<number> {
    if (at < this.#start || at + length > this.#start + this.#length) await this.#load(at)
    return this.#bytes.readUIntLE(at - this.#start, length)
  }

  /** Whether the file goes on at a place. */
  async has(at: number): Promise<boolean> {
    if (at < this.#start || at >= this.#start + this.#length) await this.#load(at)
    return this.#length > 0
  }

  async #load(at: number): Promise<void> {
    this.#bytes.fill(0)
    this.#start = at
    this.#length = (await this.#file.read(this.#bytes, 0, WINDOW, at)).bytesRead
  }
}
