import { type FileHandle, open, rename, unlink } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { hex } from '../../coherence/random-name.ts'
import { messageOf, shown, TerraceError } from '../../errors.ts'
import type { World } from '../../world/world.ts'

/** Where bytes go. */
export interface Sink {
  write(bytes: Uint8Array): Promise<void>
  /** All is written. */
  end(): Promise<void>
  /** Nothing of it is wanted. Never rejects. */
  abort(): Promise<void>
}

/** Bytes that come. */
export type Bytes = AsyncIterable<Uint8Array>

/** A file that was opened, and can be read from its beginning more than once. */
export interface OpenedFile {
  bytes(): Bytes
  close(): Promise<void>
}

const CHUNK = 256 * 1024

/** The sink of a path or a stream. @throws TerraceError `ERR_ARGUMENT_INVALID`, `ERR_FILE` */
export async function sinkTo(to: unknown, world: World): Promise<Sink> {
  const path = pathOf(to)
  if (path !== undefined) return fileSink(path, world)
  if (isWritable(to)) return streamSink(to)
  const wanted = 'a path or a stream to write to'
  throw new TerraceError('ERR_ARGUMENT_INVALID', `save: expected ${wanted}, got ${shown(to)}`)
}

/** A path, or a stream that is iterated. @throws TerraceError `ERR_ARGUMENT_INVALID` */
export function sourceOf(from: unknown): string | Bytes {
  const path = pathOf(from)
  if (path !== undefined) return path
  if (typeof from === 'object' && from !== null && Symbol.asyncIterator in from) return from as Bytes
  throw new TerraceError('ERR_ARGUMENT_INVALID', `restore: expected a path or a stream to read, got ${shown(from)}`)
}

/** `undefined` if there is no such file. @param consume whether nobody shall find it any more @throws TerraceError `ERR_FILE` */
export async function openFile(path: string, consume: boolean): Promise<OpenedFile | undefined> {
  let handle: FileHandle
  try {
    handle = await open(path, 'r')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw fileError('restore', path, cause)
  }
  try {
    if (!(await handle.stat()).isFile()) throw new Error('it is no file')
    if (consume) await unlink(path)
  } catch (cause) {
    await handle.close()
    throw fileError('restore', path, cause)
  }
  return { bytes: () => bytesOf(handle, path), close: () => handle.close() }
}

async function* bytesOf(handle: FileHandle, path: string): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; ; ) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK, at).catch((cause: unknown) => {
      throw fileError('restore', path, cause)
    })
    if (bytesRead === 0) return
    at += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

/** What a stream brings. @throws TerraceError `ERR_FILE` where it fails, `ERR_ARGUMENT_INVALID` where it brings no bytes */
export async function* bytesIn(stream: Bytes): AsyncGenerator<Uint8Array, void, undefined> {
  const chunks = stream[Symbol.asyncIterator]()
  let isOver = false
  try {
    for (;;) {
      const { done, value } = await chunks.next().catch((cause: unknown) => {
        isOver = true
        throw new TerraceError('ERR_FILE', `restore: the stream has failed: ${messageOf(cause)}`, { cause })
      })
      isOver = done === true
      if (done === true) return
      if (!(value instanceof Uint8Array)) {
        throw new TerraceError('ERR_ARGUMENT_INVALID', `restore: expected a stream of bytes, got ${shown(value)}`)
      }
      yield value
    }
  } finally {
    if (!isOver) await chunks.return?.()
  }
}

/** Written beside the file, then put in its place: a reader never meets half of it. */
async function fileSink(path: string, world: World): Promise<Sink> {
  const beside = `${path}.${hex(world, 8)}.tmp`
  const guard = async <T>(work: Promise<T>): Promise<T> =>
    work.catch((cause: unknown) => {
      throw fileError('save', path, cause)
    })
  const handle = await guard(open(beside, 'wx', 0o600))
  return {
    write: (bytes) => guard(handle.writeFile(bytes)),
    end: async () => {
      await guard(handle.sync())
      await guard(handle.close())
      await guard(rename(beside, path))
    },
    abort: async () => {
      await handle.close().catch(() => undefined)
      await unlink(beside).catch(() => undefined)
    },
  }
}

function streamSink(stream: Writable): Sink {
  let failure: { readonly cause: unknown } | undefined
  const failed = Promise.withResolvers<never>()
  failed.promise.catch(() => undefined)
  const fail = (cause: unknown): void => {
    failure ??= { cause }
    failed.reject(new TerraceError('ERR_FILE', `save: the stream has failed: ${messageOf(cause)}`, { cause }))
  }
  stream.on('error', fail)
  stream.on('close', () => fail(failure?.cause ?? new Error('it was closed')))
  const finished = (begin: (done: (error?: Error | null) => void) => unknown): Promise<void> =>
    Promise.race([
      failed.promise,
      new Promise<void>((resolve) => {
        begin((error) => (error ? fail(error) : resolve()))
      }),
    ])
  return {
    write: (bytes) => finished((done) => stream.write(bytes, done)),
    end: () => finished((done) => stream.end(done)),
    abort: async () => void stream.destroy(),
  }
}

function isWritable(to: unknown): to is Writable {
  if (typeof to !== 'object' || to === null) return false
  const { write, end, on, destroy } = to as Partial<Writable>
  return [write, end, on, destroy].every((method) => typeof method === 'function')
}

function pathOf(given: unknown): string | undefined {
  if (typeof given === 'string' && given !== '') return given
  return given instanceof URL && given.protocol === 'file:' ? fileURLToPath(given) : undefined
}

function fileError(where: string, path: string, cause: unknown): TerraceError {
  return new TerraceError('ERR_FILE', `${where}: ${path}: ${messageOf(cause)}`, { cause })
}
