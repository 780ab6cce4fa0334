import { TerraceError } from '../errors.ts'
import { type Check, expected } from '../options.ts'
import { CODEC, type Codec } from './codec.ts'

/** The first id that is not this library's, and the last that a frame can tell. */
const FIRST_OWN = 128
const LAST = 255

/** A codec that values can be sealed with and opened again: its id is written into every frame. */
export const isCodec: Check<Codec> = (value, where) => {
  const codec = typeof value === 'object' && value !== null ? (value as Partial<Codec>) : {}
  const isOne =
    typeof codec.encode === 'function' && typeof codec.decode === 'function' && typeof codec.name === 'string'
  if (!isOne) return expected('a codec of terrace/codecs, such as json(), or one of your own', value, where)
  const { id, name } = value as Codec
  if (Number.isInteger(id) && id >= FIRST_OWN && id <= LAST) return value as Codec
  // What another codec has under an id of ours would be read by ours, and be lost.
  const ours = name.replace(/\(.*/s, '')
  if (Object.hasOwn(CODEC, ours) && CODEC[ours as keyof typeof CODEC] === id) return value as Codec
  const text = `${where}: the codec '${name}' of your own needs an id from ${FIRST_OWN} to ${LAST}, got ${String(id)}`
  throw new TerraceError('ERR_OPTION_INVALID', text)
}
