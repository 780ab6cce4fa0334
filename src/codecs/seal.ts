import { NUMBER } from '../entry/frame.ts'
import { type Codec, type CodecTable, openWith, type SealedValue, sealWith } from './codec.ts'

const NOTHING: SealedValue = Object.freeze({ codec: 0, payload: new Uint8Array(0) })

/**
 * Seals the value of an entry; where it has none, `found` is `false`. Numbers are eight bytes whatever
 * the codec, so that a store can count, unless the codec guards them.
 *
 * @throws TerraceError `ERR_VALUE_UNSUPPORTED` for a value that would not come back as it is
 */
export function sealValue(codec: Codec, key: string, found: boolean, value: unknown): SealedValue {
  if (!found) return NOTHING
  if (typeof value !== 'number' || codec.guards === true) return sealWith(codec, value, { key })
  const payload = Buffer.allocUnsafe(8)
  payload.writeDoubleLE(value)
  return { codec: NUMBER, payload }
}

/**
 * Opens the value of an entry that has one, with the codec in `codecs` (of `codecTable`) that wrote it.
 * Throws anything: call it where a miss can be made of that.
 */
export function openValue(codecs: CodecTable, key: string, codec: number, payload: Uint8Array): unknown {
  return openWith(codecs, codec, payload, { key })
}
