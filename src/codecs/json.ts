import { asBuffer } from '../entry/as-buffer.ts'
import { makeupOf, ODD_TEXT } from '../entry/makeup.ts'
import { CODEC, type Codec, refusal } from './codec.ts'

/** The kinds that JSON carries beyond plain data: it escapes the halves of surrogate pairs. */
export const CARRIED_BY_JSON: number = ODD_TEXT

/**
 * JSON: for values that other programs read, too, and the quickest to read. Carries null, booleans,
 * finite numbers except -0, strings, arrays, plain objects, and refuses everything else.
 */
export function json(): Codec {
  return Object.freeze({
    id: CODEC.json,
    name: 'json',
    encode(value: unknown) {
      makeupOf(value, 'json', CARRIED_BY_JSON)
      return writeJson(value)
    },
    decode: readJson,
  })
}

/** Writes a value that was found to be carried. */
export function writeJson(value: unknown): Uint8Array {
  try {
    return Buffer.from(JSON.stringify(value))
  } catch (error) {
    throw refusal('json', error)
  }
}

function readJson(bytes: Uint8Array): unknown {
  return JSON.parse(asBuffer(bytes).toString())
}
