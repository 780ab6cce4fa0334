/** One kind of value, made anew each time. */
export interface Kind {
  readonly name: string
  readonly make: () => unknown
  /** Which codecs carry it, besides `auto` and those that wrap it. */
  readonly carriedBy: readonly ('json' | 'msgpack' | 'v8')[]
}

const ALL = ['json', 'msgpack', 'v8'] as const
const RICH = ['msgpack', 'v8'] as const
const V8 = ['v8'] as const

function kind(name: string, carriedBy: Kind['carriedBy'], make: () => unknown): Kind {
  return { name, carriedBy, make }
}

function nested(depth: number): unknown {
  let value: unknown = 'bottom'
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? { in: value } : [value]
  return value
}

/** An error without the lines of its stack, which do not travel. */
function failure<E extends Error>(error: E, members: object = {}): E {
  Object.assign(error, members)
  error.stack = Error.prototype.toString.call(error)
  return error
}

function bare(members: object): object {
  return Object.assign(Object.create(null), members) as object
}

/** Values of every kind that a level outside the process carries. */
export const KINDS: readonly Kind[] = [
  kind('null', ALL, () => null),
  kind('true and false', ALL, () => [true, false]),
  kind('0', ALL, () => 0),
  kind('whole numbers', ALL, () => [
    1,
    -1,
    31,
    32,
    63,
    64,
    127,
    128,
    -32,
    -33,
    -129,
    65_536,
    2 ** 31,
    2 ** 32,
    -(2 ** 31),
    2 ** 53,
    -(2 ** 53),
  ]),
  kind('fractions', ALL, () => [0.1, -1.5, 1 / 3, 5e-324, 1.7976931348623157e308, 2 ** 60]),
  kind('-0', V8, () => ({ zero: -0 })),
  kind('NaN', RICH, () => [Number.NaN]),
  kind('infinities', RICH, () => [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]),
  kind('BigInt', RICH, () => [
    0n,
    1n,
    -1n,
    2n ** 63n,
    -(2n ** 63n),
    2n ** 64n,
    -(2n ** 64n),
    2n ** 2000n + 7n,
    -(3n ** 900n),
  ]),
  kind('no text', ALL, () => ''),
  kind('text', ALL, () => ['a', 'ä', '日本語', '😀', '\u0000\u0010', 'x'.repeat(31), 'é'.repeat(40), '😀'.repeat(300)]),
  kind('huge text', ALL, () => 'lorem ipsum '.repeat(100_000)),
  kind('half a surrogate pair', ['json', 'v8'], () => ['\ud800', 'a\udc00b', '\ude00\ud83d']),
  kind('half a surrogate pair in a name', ['json', 'v8'], () => ({ '\ud800': 1 })),
  kind('a byte order mark in front', ['json', 'v8'], () => `\ufeff${'long enough to be read another way '.repeat(4)}`),
  kind('Date', RICH, () => [
    new Date(0),
    new Date(1_700_000_000_123),
    new Date(-1),
    new Date(-62_198_755_200_001),
    new Date(8.64e15),
    new Date(-8.64e15),
    new Date(4_294_967_296_000),
    new Date(17_179_869_184_999),
  ]),
  kind('an invalid Date', RICH, () => new Date(Number.NaN)),
  kind('RegExp', RICH, () => [/a.*b/giu, /[/\\]\u{1f600}/u, /(?:)/]),
  kind(
    'Map',
    RICH,
    () =>
      new Map<unknown, unknown>([
        ['a', 1],
        [1, 'one'],
        [null, undefined],
        [{ a: 1 }, new Map([[Number.NaN, [1]]])],
      ]),
  ),
  kind('an empty Map and Set', RICH, () => [new Map(), new Set()]),
  kind('Set', RICH, () => new Set<unknown>(['a', 1, null, { a: new Set([1n]) }])),
  kind(
    'a Map of objects',
    RICH,
    () => new Map([1, 2, 3, 4, 5].map((id) => [id, { id, name: `user ${id}`, roles: new Set(['a']) }])),
  ),
  kind('Buffer', RICH, () => Buffer.from('some bytes \u0000\u00ff', 'latin1')),
  kind('an empty Buffer', RICH, () => [Buffer.alloc(0), new Uint8Array(0)]),
  kind('Uint8Array', RICH, () => ({ bytes: new Uint8Array([1, 2, 255]) })),
  kind('Float64Array', RICH, () => ['odd offset', new Float64Array([1.5, Number.NaN, -0])]),
  kind('other typed arrays', RICH, () => [
    new Int8Array([-1]),
    new Uint8ClampedArray([255]),
    new Int16Array([-2]),
    new Uint16Array([65_535]),
    new Int32Array([-3]),
    new Uint32Array([2 ** 32 - 1]),
    new Float32Array([0.5]),
    new BigUint64Array([2n ** 64n - 1n]),
  ]),
  kind('BigInt64Array', RICH, () => new BigInt64Array([-(2n ** 63n), 5n])),
  kind('ArrayBuffer', RICH, () => new Uint8Array([1, 2, 3]).buffer),
  kind('DataView', RICH, () => new DataView(new Uint8Array([0, 1, 2, 3]).buffer, 1, 2)),
  kind('Error', RICH, () => failure(new Error('it failed'))),
  kind('TypeError', RICH, () => ({
    error: failure(new TypeError('not a function')),
    other: failure(new RangeError('')),
  })),
  kind('an Error with cause and code', RICH, () =>
    failure(new Error('outer', { cause: failure(new SyntaxError('inner')) }), {
      code: 'ENOENT',
      details: { at: [1, new Date(5)] },
    }),
  ),
  kind('an Error with a name of its own', RICH, () => failure(new RangeError('m'), { name: 'TooFar' })),
  kind('an Error without a cause', RICH, () => failure(new Error('m', { cause: undefined }))),
  kind('a cyclic Error', V8, () => {
    const error = failure(new Error('m'), { self: undefined as unknown })
    ;(error as Error & { self: unknown }).self = error
    return { error }
  }),
  kind('a cyclic object', RICH, () => {
    const list: unknown[] = []
    const value = { name: 'a', list, self: undefined as unknown }
    value.self = value
    list.push(value)
    return value
  }),
  kind('a cyclic Map and Set', RICH, () => {
    const map = new Map<unknown, unknown>()
    const set = new Set<unknown>([map])
    map.set('map', map).set('set', set)
    return map
  }),
  kind('shared references', RICH, () => {
    const shared = { n: 1 }
    return { a: shared, b: [shared, shared], c: new Map([[shared, shared]]) }
  }),
  kind('a shared Date and Error', RICH, () => {
    const date = new Date(7)
    const error = failure(new Error('m'))
    return [date, error, date, error]
  }),
  // biome-ignore lint/suspicious/noSparseArray: that is the kind
  kind('an array with holes', V8, () => [1, , 3, undefined]),
  kind('an array with members', V8, () => Object.assign([1, 2], { extra: 'x' })),
  kind('an array with undefined', RICH, () => [1, undefined, 3]),
  kind('an object with an undefined member', RICH, () => ({ a: undefined, b: 1 })),
  kind('an object without a prototype', RICH, () => ({ data: bare({ a: 1, within: [bare({ b: 2 })] }) })),
  kind('a cyclic object without a prototype', RICH, () => {
    const value = bare({ a: 1 }) as { self?: unknown }
    value.self = value
    return value
  }),
  kind('a member named __proto__', V8, () => JSON.parse('{"a":{"__proto__":{"polluted":true}}}') as unknown),
  kind('members named as methods', ALL, () => ({
    constructor: 1,
    hasOwnProperty: 2,
    toJSON: 'no function',
    toString: null,
    valueOf: [],
  })),
  kind('names of numbers', ALL, () => ({ 2: 'b', 1: 'a', '-1': 'c', '01': 'd', x: 'e' })),
  kind('nothing in it', ALL, () => [{}, []]),
  kind('a thousand deep', ALL, () => nested(1000)),
  kind('a record', ALL, () => ({
    id: 7,
    name: 'Ada',
    address: { city: 'London', geo: [51.5, -0.12] },
    tags: ['a', 'b'],
    on: true,
    off: null,
  })),
  kind('many records', ALL, () =>
    Array.from({ length: 200 }, (_, id) => ({ id, name: `user ${id}`, score: id * 1.37, on: id % 2 === 0 })),
  ),
  kind('records of many forms', ALL, () =>
    Array.from({ length: 300 }, (_, i) => ({ [`a${i % 97}`]: i, [`b${i}`]: { c: i } })),
  ),
  kind('a dictionary', ALL, () => Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`key ${i}`, { i }]))),
  kind('many numbers', ALL, () => Array.from({ length: 3000 }, (_, i) => i / 7)),
]

class User {
  name = 'Ada'
}
class Point extends Map {}
class NotFound extends Error {}

/** Values that no codec carries, and the reason it must name. */
export const REFUSED: readonly (readonly [name: string, make: () => unknown, reason: string, byJson?: string])[] = [
  ['a function', () => () => 1, 'a function'],
  ['a method', () => ({ a: { f() {} } }), 'a function, at .a.f'],
  ['a symbol', () => [Symbol('s')], 'a symbol, at [0]'],
  ['a member named by a symbol', () => ({ a: { [Symbol('s')]: 1 } }), 'a member named by Symbol(s), at .a'],
  ['one of an array', () => [Object.assign([1], { [Symbol('s')]: 1 })], 'a member named by Symbol(s), at [0]'],
  ['one of a Map', () => Object.assign(new Map(), { [Symbol('s')]: 1 }), 'a member named by Symbol(s)', 'a Map'],
  ['one of a Date', () => Object.assign(new Date(5), { [Symbol('s')]: 1 }), 'a member named by Symbol(s)', 'a Date'],
  [
    'one of bytes',
    () => Object.assign(Buffer.from('a'), { [Symbol('s')]: 1 }),
    'a member named by Symbol(s)',
    'binary data',
  ],
  ['an instance of a class', () => ({ users: [null, new User()] }), 'an instance of User, at .users[1]'],
  [
    'an instance of a class within a Map',
    () => new Map([['a key', new User()]]),
    'an instance of User, at ["a key"]',
    'a Map',
  ],
  ['a class that extends Map', () => new Point(), 'an instance of Point'],
  ['a class that extends Error', () => ({ error: new NotFound() }), 'an instance of NotFound, at .error'],
  ['a class that extends Array', () => new (class List extends Array {})(), 'an instance of List'],
  ['a boxed number', () => ({ n: Object(1) }), 'an instance of Number, at .n'],
  ['a Promise', () => [Promise.resolve()], 'an instance of Promise, at [0]'],
  ['a WeakMap', () => new WeakMap(), 'an instance of WeakMap'],
  ['a URL', () => ({ url: new URL('http://x/') }), 'an instance of URL, at .url'],
  ['an AggregateError', () => new AggregateError([], 'm'), 'an instance of AggregateError'],
  ['shared memory', () => new SharedArrayBuffer(8), 'an instance of SharedArrayBuffer'],
  ['a Date with members', () => Object.assign(new Date(0), { zone: 'UTC' }), 'a Date with members', 'a Date'],
  ['an object made of an object', () => Object.create({ inherited: 1 }), 'an instance of'],
  ['what is too deep', () => nested(1001), 'objects within objects more than 1000 deep, at .in[0].in'],
]
