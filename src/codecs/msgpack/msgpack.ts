// Not from 'msgpackr': that takes its native addon, which is slower for what is written here, and far
// slower where it cannot be loaded.
import { Packr } from 'msgpackr/pack'
import { asBuffer } from '../../entry/as-buffer.ts'
import {
  BARE,
  BIGINT,
  BINARY,
  CYCLE,
  DATE,
  ERROR,
  MAP,
  type Makeup,
  makeupOf,
  NOT_FINITE,
  REGEXP,
  SET,
  SHARED,
  UNDEFINED,
} from '../../entry/makeup.ts'
import { mended, noted } from '../../entry/mending.ts'
import { CODEC, type Codec, refusal } from '../codec.ts'
import { scanMsgpack } from './scan.ts'

/** The kinds that msgpackr brings back as they were, some with notes. */
const CARRIED_BY_MSGPACK =
  UNDEFINED | NOT_FINITE | BIGINT | DATE | REGEXP | MAP | SET | BINARY | ERROR | SHARED | CYCLE | BARE

// msgpackr finds the class of an error by its name in an object, where `valueOf` is found as well: and is called, and
// returns that object, for whoever reads to change. Without a prototype it has the classes only.
const classes = new Packr({ moreTypes: true }).unpack(Buffer.from('d4650093a776616c75654f66a0c0', 'hex')) as unknown
if (!(classes instanceof Error)) Object.setPrototypeOf(classes, null)

// A byte that MessagePack never uses: what follows has notes.
const HAS_NOTES = 0xc1

/**
 * MessagePack with extensions for the types of JavaScript, by msgpackr: small, and quick for large
 * lists of records. Carries what `json()` does and Date, Map, Set, RegExp, BigInt, Buffer, typed
 * arrays, errors, undefined, NaN, infinities, shared and cyclic references.
 */
export function msgpack(): Codec {
  const { write, read } = msgpackFormat()
  return Object.freeze({
    id: CODEC.msgpack,
    name: 'msgpack',
    encode(value: unknown) {
      const makeup = makeupOf(value, 'msgpack', CARRIED_BY_MSGPACK)
      if (!suitsMsgpack(makeup)) throw refusal('msgpack', 'an Error that refers to itself')
      return write(value, makeup)
    },
    decode: read,
  })
}

/** Whether msgpackr brings it all back: it loses the type of an error that is part of a cycle. */
export function suitsMsgpack({ kinds }: Makeup): boolean {
  return (kinds & ~CARRIED_BY_MSGPACK) === 0 && ((kinds & ERROR) === 0 || (kinds & CYCLE) === 0)
}

/** Writes values that were found to be carried, and reads any. */
export function msgpackFormat(): {
  write(value: unknown, makeup: Makeup): Uint8Array
  read(bytes: Uint8Array): unknown
} {
  const packr = new Packr({
    structuredClone: true,
    moreTypes: true,
    copyBuffers: true,
    // Without records it would lose Maps and cycles. Each value defines its own.
    useRecords: true,
    // One long string is quicker to read than many short ones.
    bundleStrings: true,
    useToJSON: false,
  })
  const unpack = (bytes: Buffer): unknown => {
    scanMsgpack(bytes)
    return packr.unpack(bytes)
  }
  return {
    write(value, { odd }) {
      try {
        // What it packs is a slice of a buffer that it goes on writing to.
        if (odd.length === 0) return Buffer.from(packr.pack(value))
        return Buffer.concat([Buffer.of(HAS_NOTES), packr.pack(noted(value, odd))])
      } catch (error) {
        throw refusal('msgpack', error)
      }
    },
    read(bytes) {
      const buffer = asBuffer(bytes)
      return buffer[0] === HAS_NOTES ? mended(unpack(buffer.subarray(1))) : unpack(buffer)
    },
  }
}
