import type { Makeup } from '../entry/makeup.ts'
import { type Candidate, choosing } from './auto.ts'
import { type Codec, type CodecTable, tableOf } from './codec.ts'
import { type CompressionOptions, compressing } from './compressed.ts'
import { isCodec } from './is-codec.ts'
import { CARRIED_BY_JSON, json, writeJson } from './json.ts'
import { encrypting, type KeyOptions, signing } from './keyed.ts'
import { msgpack, msgpackFormat, suitsMsgpack } from './msgpack/msgpack.ts'
import { NUMBER_CODEC } from './number.ts'
import { v8, writeV8 } from './v8/v8.ts'

export type { Codec, CodecContext, CodecTable, SealedValue } from './codec.ts'
export type { CompressionOptions } from './compressed.ts'
export type { KeyOptions } from './keyed.ts'
export { json, msgpack, v8 }

/**
 * The default: plain data as JSON, which is the quickest to read; lists from 50 elements on and richer
 * values as MessagePack; what that does not carry in the format of V8.
 */
export function auto(): Codec {
  const { write } = msgpackFormat()
  const candidates: Candidate[] = [
    { codec: json(), suits: (makeup) => isPlain(makeup) && !isList(makeup), write: writeJson },
    { codec: msgpack(), suits: suitsMsgpack, write },
    // Plain data that only JSON and V8 carry is met here again: a list with text that is not well-formed.
    { codec: json(), suits: isPlain, write: writeJson },
    { codec: v8(), suits: () => true, write: writeV8 },
  ]
  return choosing(candidates, tableOf(formats()))
}

function isPlain({ kinds }: Makeup): boolean {
  return (kinds & ~CARRIED_BY_JSON) === 0
}

/** MessagePack reads elements that follow each other in down to a third of the time, and takes longer for single objects. */
function isList({ listed, alone }: Makeup): boolean {
  return listed >= 50 && listed > 2 * alone
}

/**
 * Compresses the values that `codec` writes, from 4 KB on and where a tenth or more is saved.
 *
 * @param codec default: `auto()`
 * @throws TerraceError `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID` for a wrong option
 */
export function compressed(codec: Codec = auto(), options?: CompressionOptions): Codec {
  const inner = isCodec(codec, 'compressed: codec')
  return compressing(inner, plainly(inner), options)
}

/**
 * Encrypts the values that `codec` writes with AES-256-GCM, so that they can be neither read nor
 * forged, nor moved to another key. Nothing that is not encrypted is read.
 *
 * @throws TerraceError `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID` for a wrong option or key
 */
export function encrypted(codec: Codec, options: KeyOptions): Codec {
  const inner = isCodec(codec, 'encrypted: codec')
  return encrypting(inner, codecTable(inner), options)
}

/**
 * Signs the values that `codec` writes with HMAC-SHA-256, so that they can be read by all, but not
 * forged, nor moved to another key. Nothing that is not signed is read.
 *
 * @throws TerraceError `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID` for a wrong option or key
 */
export function signed(codec: Codec, options: KeyOptions): Codec {
  const inner = isCodec(codec, 'signed: codec')
  return signing(inner, codecTable(inner), options)
}

/**
 * Who reads what was written with `codec`: also what others wrote with codecs of this library that need no keys,
 * compressed or not, unless `codec` guards.
 */
export function codecTable(codec: Codec = auto()): CodecTable {
  if (codec.guards === true) return tableOf([codec])
  const plain = plainly(codec)
  return tableOf([...plain.values(), compressing(auto(), plain), codec])
}

/** The same without what is compressed: what claims to be so twice would be inflated beyond the bound. */
function plainly(codec: Codec): CodecTable {
  return tableOf(codec.guards === true ? [codec] : [NUMBER_CODEC, ...formats(), codec])
}

function formats(): Codec[] {
  return [json(), msgpack(), v8()]
}
