import { NUMBER } from '../entry/frame.ts'
import { messageOf, TerraceError } from '../errors.ts'

/** What a codec may know of the entry whose value it writes or reads. */
export interface CodecContext {
  /** The key: a codec that authenticates binds what it writes to it. */
  readonly key: string
}

/**
 * Makes bytes of values and values of bytes, for levels outside the process.
 *
 * A value has to come back as it was: the same type, the same content. What a codec cannot carry
 * that way it refuses. Both methods are synchronous and keep nothing of what they are given.
 */
export interface Codec {
  /**
   * Written into every frame, and says who reads it: 1 to 127 are this library's, 128 to 255 yours.
   * What an id means must never change.
   */
  readonly id: number
  /** For messages. */
  readonly name: string
  /**
   * `true`: no value may leave the process but through this codec, and none that comes otherwise is
   * read. Numbers then cannot be counted in a shared store. Default: `false`.
   */
  readonly guards?: boolean
  /**
   * Must return bytes that nobody else will change.
   *
   * @throws TerraceError `ERR_VALUE_UNSUPPORTED` for a value that would not come back as it is
   */
  encode(value: unknown, context: CodecContext): Uint8Array
  /**
   * May throw anything at bytes it cannot read, which anybody may have written; the level then takes
   * them for a miss. Must not return a view into them, nor allocate out of proportion to them.
   */
  decode(bytes: Uint8Array, context: CodecContext): unknown
  /** For a codec that leaves each value to the codec that suits it: used in place of `encode`, where there is one. */
  seal?(value: unknown, context: CodecContext): SealedValue
}

/** A value in bytes, and the id of the codec that reads them. */
export interface SealedValue {
  /** 0 where there is no value. */
  readonly codec: number
  readonly payload: Uint8Array
}

/** The ids of the codecs of this library. They are in frames at rest: none is ever given to another. */
export const CODEC: {
  readonly number: 1
  readonly json: 2
  readonly msgpack: 3
  readonly v8: 4
  readonly auto: 5
  readonly compressed: 16
  readonly encrypted: 17
  readonly signed: 18
} = Object.freeze({
  number: NUMBER,
  json: 2,
  msgpack: 3,
  v8: 4,
  auto: 5,
  compressed: 16,
  encrypted: 17,
  signed: 18,
})

/** Who reads the payloads of which id. */
export type CodecTable = ReadonlyMap<number, Codec>

/** A table of these codecs; of two with one id the later counts. */
export function tableOf(codecs: readonly Codec[]): CodecTable {
  return new Map(codecs.map((codec) => [codec.id, codec]))
}

/** Seals a value for the wrapping of it in another codec. */
export function sealWith(codec: Codec, value: unknown, context: CodecContext): SealedValue {
  return codec.seal?.(value, context) ?? { codec: codec.id, payload: codec.encode(value, context) }
}

/** Opens what {@link sealWith} sealed. @throws TerraceError `ERR_VALUE_UNSUPPORTED` for an id that nobody here reads */
export function openWith(codecs: CodecTable, codec: number, payload: Uint8Array, context: CodecContext): unknown {
  const reader = codecs.get(codec)
  if (reader === undefined) throw new TerraceError('ERR_VALUE_UNSUPPORTED', `no codec here has the id ${codec}`)
  return reader.decode(payload, context)
}

/** What a codec's own encoder threw, as the refusal of a value. */
export function refusal(name: string, error: unknown): TerraceError {
  if (error instanceof TerraceError) return error
  return new TerraceError('ERR_VALUE_UNSUPPORTED', `${name}: cannot carry this value: ${messageOf(error)}`, {
    cause: error,
  })
}
