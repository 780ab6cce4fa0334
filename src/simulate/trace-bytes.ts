import { type FileHandle, open } from 'node:fs/promises'
import type { Transform } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { invalidTrace } from './trace.ts'

/** One chunk is one batch, so this bounds what is in memory at a time. */
const CHUNK = 64 * 1024

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
    if (stat.isDirectory()) throw invalidTrace(path, '', 'is a directory, not a trace file')
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
 * damaged or cut short, with the position in the file.
 */
export async function* traceBytes(path: string): AsyncGenerator<Chunk, void, undefined> {
  const file = await openTraceFile(path)
  const stored = file.createReadStream({ start: 0, highWaterMark: CHUNK, autoClose: false })
  let kind = 'plain'
  let unpack: Transform | undefined
  try {
    kind = await compression(file)
    unpack = unpacker(kind)
    if (unpack !== undefined) {
      const target = unpack
      stored.on('error', (cause) => target.destroy(cause))
      stored.pipe(target)
    }
    for await (const bytes of unpack ?? stored) yield { bytes: bytes as Buffer, position: stored.bytesRead }
  } catch (cause) {
    throw unreadable(path, kind, stored.bytesRead, cause)
  } finally {
    stored.destroy()
    unpack?.destroy()
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

async function openTraceFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r')
  } catch (cause) {
    throw invalidTrace(path, '', `cannot be opened (${reason(cause)})`, cause)
  }
}

async function compression(file: FileHandle): Promise<'plain' | 'gzip' | 'zstd'> {
  const magic = Buffer.alloc(4)
  await file.read(magic, 0, 4, 0)
  if (magic.readUInt16BE(0) === 0x1f8b) return 'gzip'
  return magic.readUInt32LE(0) === 0xfd2fb528 ? 'zstd' : 'plain'
}

function unpacker(kind: string): Transform | undefined {
  if (kind === 'gzip') return createGunzip({ chunkSize: CHUNK })
  return kind === 'zstd' ? createZstdDecompress({ chunkSize: CHUNK }) : undefined
}

function unreadable(path: string, kind: string, position: number, cause: unknown): Error {
  const why = kind === 'plain' ? 'cannot be read' : `damaged or incomplete ${kind} data`
  return invalidTrace(path, `near byte ${position} of the file`, `${why} (${reason(cause)})`, cause)
}

/** Node's message without its code, path and system call, which the reader has seen or does not want. */
function reason(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'ENOENT') return 'no such file'
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied'
  return cause instanceof Error ? cause.message : String(cause)
}
