import {
  auto,
  type Codec,
  codecTable,
  compressed,
  encrypted,
  json,
  msgpack,
  signed,
  v8,
} from '../../src/codecs/index.ts'
import { openValue, sealValue } from '../../src/codecs/seal.ts'
import { type Opened, openFrame, packFrame, stampFrame } from '../../src/entry/frame.ts'

import { Upkeep } from '../../src/entry/upkeep.ts'

/** A frame that was written once, and is read for ever. */
export interface Golden {
  /** The name of its file. */
  readonly name: string
  readonly codec: Codec
  /** `undefined`: the frame of something known to be absent. */
  readonly value: (() => unknown) | undefined
  readonly tags?: readonly string[]
  readonly version?: number
  readonly echo?: boolean
  readonly deadAt?: number
  readonly upkeep?: Upkeep
}

/** The key under which all of them were sealed. */
export const KEY = 'golden:ключ\ud800'
export const STAMP = {
  reign: '00c0ffee5eed1234',
  born: 4_294_967_301,
  stamped: 1_795_310_000_123.5,
  deadAt: 1_795_310_060_000,
} as const

/** Moments of the store's clock. */
const [SINCE, DUE, FRESH] = [STAMP.stamped - 10.5, STAMP.stamped + 20_000, STAMP.stamped + 30_000.25]
const FOREVER = Number.POSITIVE_INFINITY
const MODIFIED = 'Sun, 22 Nov 2026 10:00:00 GMT'

const keys = { keys: { 2025: Buffer.alloc(32, 0x11), 'ключ 2026': Buffer.alloc(32, 0x22) }, current: 'ключ 2026' }
const byOldKey = { ...keys, current: '2025' }

const record = () => ({
  id: 7,
  name: 'Ada Lovelace',
  city: 'Zürich',
  geo: [47.37, 8.54],
  tags: ['a', '日本'],
  on: true,
  off: null,
})
const rich = () => ({
  at: new Date(1_700_000_000_123),
  never: new Date(Number.NaN),
  ids: new Set([1, 'two', 3n]),
  by: new Map<unknown, unknown>([
    ['k', { n: Number.NaN }],
    [null, undefined],
  ]),
  like: /a+/giu,
})
const binary = () => ({
  buffer: Buffer.from('café'),
  bytes: new Uint8Array([1, 2, 255]),
  doubles: new Float64Array([1.5, -0]),
  big: new BigInt64Array([-5n]),
  raw: new Uint8Array([9, 8]).buffer,
  view: new DataView(new Uint8Array([1, 2]).buffer),
})
const text = () => 'The quick brown fox jumps over the lazy dog. '.repeat(200)

function failed(): unknown {
  const error = Object.assign(new TypeError('outer', { cause: new Error('inner') }), {
    code: 'E_OUTER',
    at: new Date(5),
  })
  const { cause } = error as { cause: Error }
  for (const each of [error, cause]) each.stack = String(each)
  return { error, again: error }
}

function cyclic(): unknown {
  const map = new Map<unknown, unknown>()
  const value = { list: [] as unknown[], map, bare: Object.assign(Object.create(null), { a: 1 }) as object }
  value.list.push(value, map)
  map.set('self', map).set(value, [value.bare])
  return value
}

export const GOLDEN: readonly Golden[] = [
  { name: 'absent', codec: auto(), value: undefined },
  { name: 'absent-all', codec: auto(), value: undefined, tags: ['a', 'ü'], version: -1.5, echo: true },
  { name: 'number', codec: auto(), value: () => 42 },
  { name: 'number-minus-zero-all', codec: auto(), value: () => -0, tags: ['counted'], version: 3, echo: true },
  { name: 'number-nan', codec: json(), value: () => Number.NaN },
  { name: 'json-null', codec: json(), value: () => null },
  { name: 'json-empty-text', codec: json(), value: () => '' },
  { name: 'json-record', codec: json(), value: record },
  { name: 'json-odd-text', codec: json(), value: () => ['\ud800', '\ufeffx', '\u0000', '😀'] },
  { name: 'json-for-ever', codec: json(), value: record, deadAt: Number.POSITIVE_INFINITY },
  { name: 'json-tags', codec: json(), value: record, tags: ['user:7', '', 'tag\udc00', '\u0010', 'x'.repeat(1000)] },
  { name: 'json-version', codec: json(), value: record, version: 1_795_310_000_000 },
  { name: 'json-version-infinite', codec: json(), value: record, version: Number.NEGATIVE_INFINITY },
  { name: 'json-echo', codec: json(), value: record, echo: true },
  { name: 'json-all', codec: json(), value: record, tags: ['t1', 't2'], version: 0, echo: true },
  {
    name: 'json-hundred-tags',
    codec: json(),
    value: () => true,
    tags: Array.from({ length: 100 }, (_, i) => `tag ${i}`),
  },
  { name: 'absent-upkept', codec: auto(), value: undefined, upkeep: new Upkeep(SINCE, FRESH, FRESH, '"0"', undefined) },
  {
    name: 'number-upkept',
    codec: auto(),
    value: () => 42,
    upkeep: new Upkeep(SINCE, DUE, FRESH, undefined, undefined),
  },
  {
    name: 'number-upkept-all',
    codec: auto(),
    value: () => 0.5,
    tags: ['counted', 'ü'],
    version: 3,
    echo: true,
    upkeep: new Upkeep(SINCE, DUE, FRESH, 'W/"ö\udc00"', MODIFIED),
  },
  { name: 'json-upkept', codec: json(), value: record, upkeep: new Upkeep(SINCE, DUE, FRESH, undefined, undefined) },
  {
    name: 'json-upkept-for-ever',
    codec: json(),
    value: record,
    deadAt: FOREVER,
    upkeep: new Upkeep(SINCE, FOREVER, FOREVER, '"1"', undefined),
  },
  {
    name: 'json-upkept-modified',
    codec: json(),
    value: record,
    tags: ['t'],
    upkeep: new Upkeep(SINCE, DUE, FRESH, undefined, MODIFIED),
  },
  {
    name: 'json-upkept-all',
    codec: json(),
    value: record,
    tags: ['t1', 't2'],
    version: 0,
    echo: true,
    upkeep: new Upkeep(SINCE, DUE, FRESH, 'e'.repeat(1000), MODIFIED),
  },
  { name: 'msgpack-record', codec: msgpack(), value: record },
  {
    name: 'msgpack-records',
    codec: msgpack(),
    value: () => Array.from({ length: 20 }, (_, id) => ({ id, half: id / 2, name: `n${id}` })),
  },
  { name: 'msgpack-rich', codec: msgpack(), value: rich },
  { name: 'msgpack-binary', codec: msgpack(), value: binary },
  { name: 'msgpack-bigint', codec: msgpack(), value: () => [0n, -1n, 2n ** 64n, -(2n ** 500n)] },
  { name: 'msgpack-error', codec: msgpack(), value: failed },
  { name: 'msgpack-cyclic', codec: msgpack(), value: cyclic },
  { name: 'msgpack-undefined', codec: msgpack(), value: () => [undefined, { a: undefined }, Number.POSITIVE_INFINITY] },
  { name: 'v8-record', codec: v8(), value: record },
  { name: 'v8-rich', codec: v8(), value: rich },
  { name: 'v8-binary', codec: v8(), value: binary },
  { name: 'v8-error', codec: v8(), value: failed },
  { name: 'v8-cyclic', codec: v8(), value: cyclic },
  // biome-ignore lint/suspicious/noSparseArray: to be kept
  { name: 'v8-odd', codec: v8(), value: () => [-0, [1, , 3], '\udc00', JSON.parse('{"__proto__":1}')] },
  { name: 'auto-json', codec: auto(), value: record },
  { name: 'auto-msgpack', codec: auto(), value: rich, tags: ['rich'] },
  { name: 'auto-v8', codec: auto(), value: () => ({ zero: -0, at: new Date(0) }) },
  { name: 'compressed-small', codec: compressed(), value: record },
  { name: 'compressed-zstd', codec: compressed(auto(), { algorithm: 'zstd' }), value: text },
  {
    name: 'compressed-brotli',
    codec: compressed(auto(), { algorithm: 'brotli' }),
    value: text,
    tags: ['t'],
    echo: true,
  },
  {
    name: 'compressed-msgpack',
    codec: compressed(msgpack(), { over: 0 }),
    value: () => Array.from({ length: 50 }, () => rich()),
  },
  { name: 'encrypted', codec: encrypted(auto(), keys), value: record },
  { name: 'encrypted-old-key', codec: encrypted(msgpack(), byOldKey), value: rich, version: 2 },
  { name: 'encrypted-number', codec: encrypted(auto(), keys), value: () => 41 },
  { name: 'encrypted-compressed', codec: encrypted(compressed(), keys), value: text, tags: ['t'] },
  { name: 'signed', codec: signed(auto(), keys), value: record },
  { name: 'signed-old-key', codec: signed(v8(), byOldKey), value: cyclic, echo: true },
]

/** The frame, as it is written now. */
export function written({ codec, value, tags = [], version, echo, deadAt = STAMP.deadAt, upkeep }: Golden): Uint8Array {
  const sealed = sealValue(codec, KEY, value !== undefined, value?.())
  const frame = packFrame({
    ...sealed,
    found: value !== undefined,
    tags,
    version,
    key: echo === true ? KEY : undefined,
    storedUpkeep: upkeep,
  })
  stampFrame(frame, { ...STAMP, deadAt })
  return frame
}

/** What a frame holds, by the codec of the golden one. */
export function readAs({ codec }: Golden, bytes: Uint8Array): { opened: Opened; value: unknown } {
  const opened = openFrame(bytes)
  if (opened === undefined) throw new Error('no frame')
  const value = opened.found ? openValue(codecTable(codec), KEY, opened.codec, opened.payload) : undefined
  return { opened, value }
}
