import { ANYTHING, type Makeup, makeupOf } from '../entry/makeup.ts'
import { asBuffer, CODEC, type Codec, type CodecContext, type CodecTable, openWith, type SealedValue } from './codec.ts'

/** A codec to choose from: which values suit it, and how it writes those. */
export interface Candidate {
  readonly codec: Codec
  suits(makeup: Makeup): boolean
  /** `undefined`: better another. */
  write(value: unknown, makeup: Makeup): Uint8Array | undefined
}

/** Gives each value to the first candidate that carries it and wants it. */
export function choosing(candidates: readonly Candidate[], table: CodecTable): Codec {
  function seal(value: unknown): SealedValue {
    const makeup = makeupOf(value, 'auto', ANYTHING)
    for (const { codec, suits, write } of candidates) {
      const payload = suits(makeup) ? write(value, makeup) : undefined
      if (payload !== undefined) return { codec: codec.id, payload }
    }
    throw new Error('the last candidate takes everything')
  }
  return Object.freeze({
    id: CODEC.auto,
    name: 'auto',
    seal,
    encode(value: unknown) {
      const { codec, payload } = seal(value)
      return Buffer.concat([Buffer.of(codec), payload])
    },
    decode(bytes: Uint8Array, context: CodecContext) {
      const buffer = asBuffer(bytes)
      return openWith(table, buffer[0]!, buffer.subarray(1), context)
    },
  })
}
