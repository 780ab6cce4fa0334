import { asBuffer } from '../entry/as-buffer.ts'
import { CODEC, type Codec, refusal } from './codec.ts'

/** One f64: what scripts in stores count with. */
export const NUMBER_CODEC: Codec = Object.freeze({
  id: CODEC.number,
  name: 'number',
  encode(value: unknown) {
    if (typeof value !== 'number') throw refusal('number', `it is a ${typeof value}`)
    const bytes = Buffer.allocUnsafe(8)
    bytes.writeDoubleLE(value)
    return bytes
  },
  decode(bytes: Uint8Array) {
    return asBuffer(bytes).readDoubleLE()
  },
})
