import { type Check, expected } from '../options.ts'
import type { Codec } from './codec.ts'

/** A codec that values can be sealed with and opened again: its id is written into every frame. */
export const isCodec: Check<Codec> = (value, where) => {
  const codec = typeof value === 'object' && value !== null ? (value as Partial<Codec>) : {}
  const { id } = codec
  const isOne =
    typeof codec.encode === 'function' && typeof codec.decode === 'function' && typeof codec.name === 'string'
  if (isOne && typeof id === 'number' && Number.isInteger(id) && id > 0 && id < 256) return value as Codec
  return expected('a codec of terrace/codecs, such as json(), or one of your own', value, where)
}
