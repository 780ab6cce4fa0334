import * as zlib from 'node:zlib'
import { asBuffer } from '../entry/as-buffer.ts'
import { integer, oneOf, readOptions } from '../options.ts'
import { CODEC, type Codec, type CodecContext, type CodecTable, openWith, sealWith } from './codec.ts'

/** How to compress. */
export interface CompressionOptions {
  /** From how many bytes on: 0 to 1 GiB. Default: 4,096. */
  readonly over?: number | undefined
  /** What is written. Default: `zstd`, where this Node.js has it (from 22.15 on); else `brotli`. Either is read. */
  readonly algorithm?: 'zstd' | 'brotli' | undefined
  /** The most bytes that a value has once inflated, 1 to 1 GiB: larger ones are not compressed, and count as damaged where they are read. Default: 64 MiB. */
  readonly maxBytes?: number | undefined
}

const MEBIBYTE = 1_048_576
const schema = {
  over: integer(0, 1024 * MEBIBYTE),
  algorithm: oneOf(['zstd', 'brotli'] as const),
  maxBytes: integer(1, 1024 * MEBIBYTE),
}

// The payload: codec of what is within, algorithm, length once inflated (u32, little-endian), bytes.
const HEADER = 6
const RAW = 0
const ZSTD = 1
const BROTLI = 2

// Less is not worth the time to inflate it.
const LEAST_SAVING = 0.1

/** Compresses what another codec writes, if that makes it shorter by a tenth. */
export function compressing(inner: Codec, table: CodecTable, options?: CompressionOptions): Codec {
  const read = readOptions('compressed', schema, options)
  const over = read.over ?? 4096
  const maxBytes = read.maxBytes ?? 64 * MEBIBYTE
  const algorithm = (read.algorithm ?? 'zstd') === 'zstd' && hasZstd() ? ZSTD : BROTLI

  return Object.freeze({
    id: CODEC.compressed,
    name: `compressed(${inner.name})`,
    ...(inner.guards === true && { guards: true }),
    encode(value: unknown, context: CodecContext) {
      const { codec, payload } = sealWith(inner, value, context)
      if (payload.length >= over && payload.length <= maxBytes) {
        const small = algorithm === ZSTD ? zstd(payload) : brotli(payload)
        if (small.length <= payload.length * (1 - LEAST_SAVING)) return packed(codec, algorithm, payload.length, small)
      }
      return packed(codec, RAW, payload.length, payload)
    },
    decode(bytes: Uint8Array, context: CodecContext) {
      const buffer = asBuffer(bytes)
      const codec = buffer.readUInt8(0)
      const length = buffer.readUInt32LE(2)
      const body = inflated(buffer.readUInt8(1), buffer.subarray(HEADER), length, maxBytes)
      if (body.length !== length) throw new RangeError(`inflated to ${body.length} bytes in place of ${length}`)
      return openWith(table, codec, body, context)
    },
  })
}

function packed(codec: number, algorithm: number, length: number, body: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER + body.length)
  bytes[0] = codec
  bytes[1] = algorithm
  bytes.writeUInt32LE(length, 2)
  bytes.set(body, HEADER)
  return bytes
}

function inflated(algorithm: number, body: Buffer, length: number, maxBytes: number): Buffer {
  if (algorithm === RAW) return body
  if (length > maxBytes) throw new RangeError(`${length} bytes inflated, of ${maxBytes} allowed`)
  const bound = { maxOutputLength: Math.max(1, length), chunkSize: Math.min(Math.max(64, length), 65_536) }
  if (algorithm === BROTLI) return zlib.brotliDecompressSync(body, bound)
  if (algorithm === ZSTD && hasZstd()) return zlib.zstdDecompressSync(body, bound)
  throw new RangeError(`compressed by an algorithm that is not here: ${algorithm}`)
}

function zstd(bytes: Uint8Array): Buffer {
  return zlib.zstdCompressSync(bytes, { params: { [zlib.constants.ZSTD_c_compressionLevel]: 1 } })
}

function brotli(bytes: Uint8Array): Buffer {
  return zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } })
}

function hasZstd(): boolean {
  return typeof zlib.zstdCompressSync === 'function'
}
