import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'
import { asBuffer } from '../entry/as-buffer.ts'
import { storedKey } from '../entry/key-text.ts'
import { TerraceError } from '../errors.ts'
import { expected, readOptions } from '../options.ts'
import { CODEC, type Codec, type CodecContext, type CodecTable, openWith, sealWith } from './codec.ts'

/** With which keys to encrypt or to sign. */
export interface KeyOptions {
  /** Keys by id: 32 random bytes each, or a `KeyObject` of such. What any of them sealed is read. */
  readonly keys: Readonly<Record<string, Uint8Array | KeyObject>>
  /** The id of the key that seals what is written from now on. */
  readonly current: string
}

// The payload: form (1), length of the key's id, the id, then what the cipher or the signature makes.
const FORM = 1
const NONCE = 12
const TAG = 16
const MAC = 32
const KEY_BYTES = 32

/** One way of sealing under a key: both throw where the key or the bytes are not the right ones. */
interface Lock {
  lock(key: KeyObject, plain: Uint8Array, bound: Uint8Array): readonly Uint8Array[]
  unlock(key: KeyObject, locked: Buffer, bound: Uint8Array): Buffer
}

/** AES-256-GCM with a random nonce: up to 2^32 values under one key. */
const AES_GCM: Lock = {
  lock(key, plain, bound) {
    // Not of the World: a nonce that repeats gives the key stream away, so nobody may choose it.
    const nonce = randomBytes(NONCE)
    const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG })
    cipher.setAAD(bound)
    const body = cipher.update(plain)
    cipher.final()
    return [nonce, cipher.getAuthTag(), body]
  },
  unlock(key, locked, bound) {
    if (locked.length < NONCE + TAG) throw new RangeError('too short to be encrypted')
    const decipher = createDecipheriv('aes-256-gcm', key, locked.subarray(0, NONCE), { authTagLength: TAG })
    decipher.setAAD(bound)
    decipher.setAuthTag(locked.subarray(NONCE, NONCE + TAG))
    const plain = decipher.update(locked.subarray(NONCE + TAG))
    decipher.final()
    return plain
  },
}

/** HMAC-SHA-256. */
const HMAC: Lock = {
  lock: (key, plain, bound) => [macOf(key, plain, bound), plain],
  unlock(key, locked, bound) {
    const plain = locked.subarray(MAC)
    if (locked.length < MAC || !timingSafeEqual(locked.subarray(0, MAC), macOf(key, plain, bound))) {
      throw new RangeError('the signature is not right')
    }
    return plain
  },
}

function macOf(key: KeyObject, plain: Uint8Array, bound: Uint8Array): Buffer {
  // The length first: bound and plain must not be able to trade bytes.
  const length = Buffer.alloc(4)
  length.writeUInt32LE(bound.length)
  return createHmac('sha256', key).update(length).update(bound).update(plain).digest()
}

/** Encrypts and authenticates what another codec writes, bound to the entry's key. */
export function encrypting(inner: Codec, table: CodecTable, options: KeyOptions): Codec {
  return locking('encrypted', CODEC.encrypted, AES_GCM, inner, table, options)
}

/** Signs what another codec writes, bound to the entry's key. */
export function signing(inner: Codec, table: CodecTable, options: KeyOptions): Codec {
  return locking('signed', CODEC.signed, HMAC, inner, table, options)
}

function locking(
  name: string,
  id: number,
  { lock, unlock }: Lock,
  inner: Codec,
  table: CodecTable,
  options: KeyOptions,
): Codec {
  if (typeof options === 'string') return secretly('an object of options', options, name)
  const read = readOptions(name, { keys: keyRing, current: keyId }, options)
  if (read.keys === undefined) return expected('keys by id', undefined, `${name}: keys`)
  if (read.current === undefined) return expected('the id of a key', undefined, `${name}: current`)
  const { keys, current } = read as { keys: ReadonlyMap<string, KeyObject>; current: string }
  const key = keys.get(current)
  if (key === undefined)
    return expected(`one of the ids of keys: ${[...keys.keys()].join(', ')}`, current, `${name}: current`)
  const header = headerOf(current)

  return Object.freeze({
    id,
    name: `${name}(${inner.name})`,
    guards: true,
    encode(value: unknown, context: CodecContext) {
      const { codec, payload } = sealWith(inner, value, context)
      const plain = Buffer.concat([Buffer.of(codec), payload])
      return Buffer.concat([header, ...lock(key, plain, boundTo(id, header, context))])
    },
    decode(bytes: Uint8Array, context: CodecContext) {
      const buffer = asBuffer(bytes)
      if (buffer.readUInt8(0) !== FORM) throw new RangeError(`an unknown form of ${name}`)
      const end = 2 + buffer.readUInt8(1)
      const sealedBy = keys.get(buffer.toString('utf8', 2, end))
      if (sealedBy === undefined) throw new RangeError(`${name} with a key that is not here`)
      const plain = unlock(sealedBy, buffer.subarray(end), boundTo(id, buffer.subarray(0, end), context))
      return openWith(table, plain.readUInt8(0), plain.subarray(1), context)
    },
  })
}

function headerOf(keyId: string): Buffer {
  const text = Buffer.from(keyId)
  return Buffer.concat([Buffer.of(FORM, text.length), text])
}

/** What is authenticated besides the value: a payload put under another key, or named otherwise, is refused. */
function boundTo(id: number, header: Uint8Array, { key }: CodecContext): Buffer {
  return Buffer.concat([Buffer.of(id), header, Buffer.from(storedKey(key))])
}

function keyId(value: unknown, where: string): string {
  if (typeof value === 'string' && value !== '' && value.isWellFormed() && Buffer.byteLength(value) <= 255) return value
  return expected('an id of 1 to 255 bytes', value, where)
}

function keyRing(value: unknown, where: string): ReadonlyMap<string, KeyObject> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return secretly('keys by id', value, where)
  const ring = new Map<string, KeyObject>()
  for (const [id, key] of Object.entries(value)) ring.set(keyId(id, where), secretKey(key, `${where}.${id}`))
  return ring.size > 0 ? ring : expected('at least one key', value, where)
}

function secretKey(value: unknown, where: string): KeyObject {
  if (value instanceof KeyObject && value.type === 'secret' && value.symmetricKeySize === KEY_BYTES) return value
  if (value instanceof Uint8Array && value.length === KEY_BYTES) return createSecretKey(value)
  return secretly(`a key of ${KEY_BYTES} bytes: a Uint8Array or a KeyObject`, value, where)
}

/** {@link expected}, for what may be a key as it came from the environment: messages end up in logs. */
function secretly(what: string, value: unknown, where: string): never {
  if (typeof value !== 'string') return expected(what, value, where)
  const encoding = /^[\da-f]+$/i.test(value) ? 'hex' : 'base64'
  const hint = Buffer.from(value, encoding).length === KEY_BYTES ? `: write Buffer.from(…, '${encoding}')` : ''
  throw new TerraceError('ERR_OPTION_INVALID', `${where}: expected ${what}, got a string${hint}`)
}
