import { heapBytes } from '../../../src/memory/heap-bytes.ts'
import { used } from './run-child.ts'

const COUNT = 5000

class Point {
  readonly x: number
  readonly y: number
  constructor(n: number) {
    this.x = n + 0.5
    this.y = n + 0.25
  }
}

const json = (n: number): string =>
  `{"id":${n},"name":"name ${n}","tags":["a${n}","b${n}"],"price":${n}.25,"owner":{"id":${n},"mail":"${n}@example.org"}}`

/** Typical values, each made anew. */
const kinds: Record<string, (n: number) => unknown> = {
  string: (n) => `a string that is ${n} ${'long '.repeat(20)}`.split('').join(''),
  wideString: (n) => `строка ${n} ${'ж'.repeat(80)}`.split('').join(''),
  object: (n) => ({ id: n, active: true, count: n * 2 }),
  record: (n) => JSON.parse(json(n)),
  page: (n) => Array.from({ length: 20 }, (_, i) => JSON.parse(json(n * 20 + i))),
  instance: (n) => new Point(n),
  integers: (n) => Array.from({ length: 50 }, (_, i) => n + i),
  strings: (n) => Array.from({ length: 50 }, (_, i) => String(1e6 + n * 50 + i)),
  map: (n) => new Map(Array.from({ length: 32 }, (_, i) => [`${n}:${i}`, { i }])),
  set: (n) => new Set(Array.from({ length: 32 }, (_, i) => `${n}:${i}`)),
  buffer: () => Buffer.alloc(5000),
  floats: () => new Float64Array(300),
  small: () => new Uint8Array(16),
  bigint: (n) => 2n ** 60n + BigInt(n),
  date: (n) => ({ at: new Date(n), until: new Date(n + 1) }),
  nested: (n) => ({ a: { b: { c: { d: [{ e: n }, { e: n + 1 }] } } } }),
  error: (n) => new Error(`error number ${n}`),
}

const ratios: Record<string, number> = {}
for (const [kind, make] of Object.entries(kinds)) {
  const values = new Array<unknown>(COUNT).fill(null)
  for (let n = 0; n < 100; n++) make(n)
  const before = used()
  for (let n = 0; n < COUNT; n++) values[n] = make(n)
  const grown = (used() - before) / COUNT
  const estimate = values.reduce((sum: number, value) => sum + heapBytes(value), 0) / COUNT
  ratios[kind] = Number((estimate / grown).toFixed(2))
}
console.log(JSON.stringify(ratios))
