import { DefaultDeserializer, serialize } from 'node:v8'
import { asBuffer } from '../../entry/as-buffer.ts'
import { ANYTHING, type Makeup, makeupOf } from '../../entry/makeup.ts'
import { mended, noted } from '../../entry/mending.ts'
import { CODEC, type Codec, refusal } from '../codec.ts'
import { scanV8 } from './scan.ts'

// The formats of V8 begin with 0xff: this byte in front says that there are notes.
const HAS_NOTES = 1

/**
 * The structured clone format of V8: carries most, and is read by Node.js and Deno only. Besides what
 * `msgpack()` carries: -0, arrays with holes, text that is not well-formed, members named `__proto__`.
 */
export function v8(): Codec {
  return Object.freeze({
    id: CODEC.v8,
    name: 'v8',
    encode: (value: unknown) => writeV8(value, makeupOf(value, 'v8', ANYTHING)),
    decode: readV8,
  })
}

/** Writes a value that was found to be carried. */
export function writeV8(value: unknown, { odd }: Makeup): Uint8Array {
  try {
    const bytes = serialize(odd.length === 0 ? value : noted(value, odd))
    // What would not be read must not be written.
    scanV8(bytes)
    return odd.length === 0 ? bytes : Buffer.concat([Buffer.of(HAS_NOTES), bytes])
  } catch (error) {
    throw refusal('v8', error)
  }
}

function readV8(bytes: Uint8Array): unknown {
  const buffer = asBuffer(bytes)
  return buffer[0] === HAS_NOTES ? mended(deserialize(buffer.subarray(1))) : deserialize(buffer)
}

function deserialize(bytes: Buffer): unknown {
  scanV8(bytes)
  const reader = new CopyingDeserializer(bytes)
  reader.readHeader()
  return reader.readValue()
}

/** That of Node.js returns views into what it reads. */
class CopyingDeserializer extends DefaultDeserializer {
  _readHostObject(): unknown {
    // @ts-expect-error: documented for subclasses, and not in the types
    const view = super._readHostObject() as ArrayBufferView
    if (view instanceof DataView) return new DataView(copyOf(view))
    // By the class of what is read: a slice of a Buffer's own would be a view again.
    const copy = copyOf(view)
    if (Buffer.isBuffer(view)) return Buffer.from(copy)
    const Maker = view.constructor as new (buffer: ArrayBuffer) => ArrayBufferView
    return new Maker(copy)
  }
}

function copyOf({ buffer, byteOffset, byteLength }: ArrayBufferView): ArrayBuffer {
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer
}
