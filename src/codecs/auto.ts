import { asBuffer } from '../entry/as-buffer.ts'
import { ANYTHING, type Makeup, makeupOf } from '../entry/makeup.ts'
import { invariant } from '../errors.ts'
import { CODEC, type Codec, type CodecContext, type CodecTable, openWith, type SealedValue } from './codec.ts'

/** A codec to choose from: which values suit it, and how those are written, once found to. */
export interface Candidate {
  readonly codec: Codec
  suits(makeup: Makeup): boolean
  write(value: unknown, makeup: Makeup): Uint8Array
}

/** Gives each value to the first candidate that it suits. */
export function choosing(candidates: readonly Candidate[], table: CodecTable): Codec {
  function seal(value: unknown): SealedValue {
    const makeup = makeupOf(value, 'auto', ANYTHING)
    const chosen = candidates.find(({ suits }) => suits(makeup))
    invariant(chosen !== undefined, () => 'auto: no candidate takes what all are made for')
    return { codec: chosen.codec.id, payload: chosen.write(value, makeup) }
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
