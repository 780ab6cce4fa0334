import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { messageOf, TerraceError } from '../errors.ts'
import { invalidTrace } from './trace.ts'
import { isZstdMagic, zstdFrameEnd } from './zstd-frame.ts'

/** One chunk is one batch, so this bounds what is in memory at a time. */
const CHUNK = 64 * 1024

type Compression = 'plain' | 'gzip' | 'zstd'

/** Some plain bytes of a file, and how many of its stored bytes were read to get so far. */
export interface Chunk {
  readonly bytes: Buffer
  readonly position: number
}

/** The length of a file in bytes. @throws TerraceError `ERR_TRACE_INVALID` if it cannot be opened or is no file. */
export async function traceLength(path: string): Promise<number> {
  const file = await openTraceFile(path)
  try {
    const stat = await file.stat()
    if (!stat.isFile()) throw invalidTrace(path, '', `is ${stat.isDirectory() ? 'a directory' : 'no regular file'}`)
    return stat.size
  } finally {
    await file.close()
  }
}

/**
 * The plain bytes of a file, in chunks of at most 64 KiB; gzip and zstd are recognised by their
 * first bytes, whatever the file is called.
 *
 * @throws TerraceError `ERR_TRACE_INVALID` for a file that cannot be read, or an archive that is
 * cut short, or damaged as far as can be told (zstd without a checksum may unpack to something else),
 * with the position in the file.
 */
export async function* traceBytes(path: string): AsyncGenerator<Chunk, void, undefined> {
  const file = await openTraceFile(path)
  try {
    const { size } = await file.stat()
    const kind = await compressionAt(file, 0)
    for (let start = 0, end = size; start < size; start = end) {
      if (start > 0 && (await compressionAt(file, start)) !== 'zstd') {
        throw invalidTrace(path, `at byte ${start} of the file`, 'something follows the zstd data that is none')
      }
      if (kind === 'zstd') end = await zstdFrameEnd(file, start)
      yield* partOf(path, kind, start, Math.min(end, size))
      if (end > size)
        throw invalidTrace(path, `at byte ${size} of the file`, 'incomplete zstd data (unexpected end of file)')
    }
  } catch (cause) {
    throw cause instanceof TerraceError ? cause : invalidTrace(path, '', `cannot be read (${reason(cause)})`, cause)
  } finally {
    await file.close()
  }
}

/** The first plain bytes of a file: 64 KiB, or all there are. */
export async function traceHead(path: string): Promise<Buffer> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const { bytes } of traceBytes(path)) {
    pieces.push(bytes)
    length += bytes.length
    if (length >= CHUNK) break
  }
  return Buffer.concat(pieces).subarray(0, CHUNK)
}

/** The plain bytes of a part of the file: of all of it, or of one zstd frame. */
async function* partOf(
  path: string,
  kind: Compression,
  start: number,
  end: number,
): AsyncGenerator<Chunk, void, undefined> {
  const stored = createReadStream(path, { start, end: end - 1, highWaterMark: CHUNK })
  const unpack = unpacker(kind)
  try {
    if (unpack !== undefined) {
      stored.on('error', (cause) => unpack.destroy(cause))
      stored.pipe(unpack)
    }
    for await (const bytes of unpack ?? stored) yield { bytes: bytes as Buffer, position: start + stored.bytesRead }
  } catch (cause) {
    const why = kind === 'plain' ? 'cannot be read' : `damaged or incomplete ${kind} data`
    throw invalidTrace(path, `near byte ${start + stored.bytesRead} of the file`, `${why} (${reason(cause)})`, cause)
  } finally {
    stored.destroy()
    unpack?.destroy()
  }
}

function unpacker(kind: Compression): ReturnType<typeof createGunzip | typeof createZstdDecompress> | undefined {
  if (kind === 'gzip') return createGunzip({ chunkSize: CHUNK })
  return kind === 'zstd' ? createZstdDecompress({ chunkSize: CHUNK }) : undefined
}

async function openTraceFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r')
  } catch (cause) {
    throw invalidTrace(path, '', `cannot be opened (${reason(cause)})`, cause)
  }
}

async function compressionAt(file: FileHandle, start: number): Promise<Compression> {
  const magic = Buffer.alloc(4)
  await file.read(magic, 0, 4, start)
  if (magic.readUInt16BE(0) === 0x1f8b) return 'gzip'
  return isZstdMagic(magic.readUInt32LE(0)) ? 'zstd' : 'plain'
}

/** Node's message without its code, path and system call, which the reader has seen or does not want. */
function reason(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'ENOENT') return 'no such file'
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied'
  return messageOf(cause)
}
