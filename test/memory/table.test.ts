import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FRONT_SLOTS } from '../../src/memory/front.ts'
import { hashText } from '../../src/memory/hash.ts'
import { LARGE, Table } from '../../src/memory/table.ts'
import { runs } from './runs.ts'

const MEGABYTE = 'x'.repeat(1_000_000)
const POOL: readonly unknown[] = [
  '',
  '__proto__',
  'constructor',
  '0',
  '\ud800',
  '\udc00\ud800',
  // Keys that are told by numbers, and some that nearly are.
  '\0',
  '\0\0',
  'a',
  'a\0',
  '\0a',
  '\x01',
  '\x01\0\0\0\0',
  '\x7f\x7f\x7f\x7f',
  'ÿÿÿÿ',
  'café',
  'abcd',
  'abcde',
  'abcdefgh',
  'abcdefghi',
  'abcdefghijkl',
  'abcdefghijk\x7f',
  'abcdefghijkÿ',
  'abcdefghijklm',
  'exactly-24-characters-ab',
  'one-more-than-24-characte',
  'user:1',
  'user:2',
  MEGABYTE,
  `${MEGABYTE}y`,
  0,
  -0,
  1,
  -1,
  0.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  2 ** 40,
  0n,
  1n,
  -1n,
  2n ** 80n,
  Symbol('a'),
  Symbol('a'),
  Symbol.for('a'),
  Symbol.iterator,
  {},
  {},
  [],
  () => 0,
  undefined,
  null,
  true,
  false,
  // What the table itself uses as a mark, were it a string.
  ' no key of the index is this long '.repeat(2),
  'exactly-64-characters'.padEnd(64, '.'),
  'one-more-than-64-characters'.padEnd(65, '.'),
]

type Step = readonly ['put' | 'get' | 'getThenPut' | 'remove', unknown] | readonly ['clear' | 'extend']

const key = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...POOL) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 40 }).map((n) => `k${n}`) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary-ascii', maxLength: 14 }) },
  // Big integers that are alike in their lowest 64 bits.
  { weight: 1, arbitrary: fc.integer({ min: -3, max: 3 }).map((n) => (BigInt(n) << 64n) + 7n) },
  { weight: 1, arbitrary: fc.integer({ min: 20, max: 70 }).map((length) => 'k'.repeat(length)) },
)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 30, arbitrary: fc.tuple(fc.constantFrom('put', 'get', 'getThenPut', 'remove'), key) },
  { weight: 1, arbitrary: fc.constantFrom(['clear'] as const, ['extend'] as const) },
)

/** The table beside a Map; both are told the same, and must say the same. */
class Twin {
  readonly table: Table<unknown, number>
  readonly map = new Map<unknown, number>()
  #value = 0

  constructor(slots: number, seed: number, hashAll: boolean) {
    this.table = new Table(slots, 4, seed, hashAll)
  }

  run(step: Step): void {
    if (step[0] === 'clear') this.#clear()
    else if (step[0] === 'extend') this.table.extend(this.table.slots + 1 + (this.table.slots % 7))
    else if (step[0] === 'get') this.get(step[1])
    else if (step[0] === 'remove') this.remove(step[1])
    else {
      if (step[0] === 'getThenPut') this.get(step[1])
      this.put(step[1])
    }
    this.compare()
  }

  get(key: unknown): void {
    const slot = this.table.find(key)
    expect(slot !== 0).toBe(this.map.has(key))
    if (slot !== 0) expect(this.table.valueAt(slot)).toBe(this.map.get(key))
  }

  put(key: unknown): void {
    const value = ++this.#value
    const slot = this.table.findAgain(key)
    expect(slot !== 0).toBe(this.map.has(key))
    if (slot !== 0) this.table.setValue(slot, value)
    else {
      if (this.map.size === this.table.slots) this.remove(this.map.keys().next().value)
      const taken = this.table.insert(key, value)
      expect(taken).toBeGreaterThan(0)
      expect(taken).toBeLessThanOrEqual(this.table.slots)
    }
    this.map.set(key, value)
  }

  remove(key: unknown): void {
    const slot = this.table.find(key)
    expect(slot !== 0).toBe(this.map.delete(key))
    if (slot === 0) return
    this.table.remove(slot)
    expect(this.table.holds(slot)).toBe(false)
  }

  #clear(): void {
    this.table.clear()
    this.map.clear()
  }

  compare(): void {
    this.table.check()
    expect(this.table.size).toBe(this.map.size)
    const held: [unknown, number][] = []
    for (let slot = 1; slot <= this.table.used; slot++) {
      if (this.table.holds(slot)) held.push([this.table.keyAt(slot), this.table.valueAt(slot)])
    }
    expect(held.length).toBe(this.map.size)
    for (const [key, value] of held) expect(this.map.get(key)).toBe(value)
    // As in a Map, there is one zero.
    expect(held.some(([key]) => Object.is(key, -0))).toBe(false)
  }
}

/** Keys whose home in a table of `places` places is `home`. */
function* keysAt(home: number, places: number, seed: number): Generator<string, never> {
  for (let n = 0; ; n++) if ((hashText(`k${n}`, seed) & (places - 1)) === home) yield `k${n}`
}

describe('Table', () => {
  it('says what a Map says, whatever the keys, and keeps its invariants', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer(),
        fc.boolean(),
        fc.array(step, { maxLength: 120 }),
        (slots, seed, hashAll, steps) => {
          const twin = new Twin(slots, seed, hashAll)
          for (const step of steps) twin.run(step)
        },
      ),
      runs(60),
    )
  })

  it('says what a Map says where short keys are told by numbers, and when they begin to be', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 9 }),
        fc.integer(),
        fc.boolean(),
        fc.array(step, { maxLength: 40 }),
        fc.array(step, { maxLength: 80 }),
        (more, seed, hashAll, before, after) => {
          const twin = new Twin(20, seed, hashAll)
          for (const step of before) twin.run(step)
          twin.table.extend(FRONT_SLOTS + more)
          twin.compare()
          for (const step of after) twin.run(step)
          const isRetreated = twin.table.retreated
          twin.table.extend(LARGE)
          twin.compare()
          expect(twin.table.retreated).toBe(isRetreated)
        },
      ),
      runs(30),
    )
  })

  it.each(POOL.filter((key) => typeof key === 'string' && key.length < 100))(
    'hashes %j alike whether numbers tell it or not',
    (key) => {
      const hashes = [8, FRONT_SLOTS + 1, LARGE].map((slots) => {
        const table = new Table<unknown, number>(slots, 1, 5, true)
        return table.hashAt(table.insert(key, 1))
      })
      expect(hashes).toEqual(hashes.map(() => hashText(key as string, 5)))
    },
  )

  it.each([8, FRONT_SLOTS + 1])(
    'takes no key for one that was missed, in a table of %i: not its own mark either',
    (slots) => {
      const table = new Table<unknown, number>(slots, 1, 5, true)
      const mark = ' no key of the index is this long '.repeat(2)
      table.insert('a', 1)
      expect(table.hashOf(mark)).toBe(hashText(mark, 5))
      expect(table.find('b')).toBe(0)
      expect([table.hashOf('b'), table.hashOf(mark)]).toEqual([hashText('b', 5), hashText(mark, 5)])
    },
  )

  it('says what a Map says while it becomes large, where the index takes longer keys', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.boolean(),
        fc.array(step, { minLength: 10, maxLength: 60 }),
        fc.array(step, { maxLength: 20 }),
        (seed, hashAll, before, after) => {
          const twin = new Twin(20, seed, hashAll)
          for (const step of before) twin.run(step)
          const hashes = [...twin.map.keys()].map((key) => twin.table.hashOf(key))
          twin.table.extend(LARGE)
          twin.compare()
          expect([...twin.map.keys()].map((key) => twin.table.hashOf(key))).toEqual(hashes)
          for (const key of twin.map.keys()) {
            twin.get(key)
            if (typeof key === 'string' && key.length <= 64) {
              expect(twin.table.hashAt(twin.table.find(key))).toBe(hashText(key, seed))
            }
          }
          for (const step of after) twin.run(step)
        },
      ),
      runs(10),
    )
  })

  it('reuses slots before it takes new ones', () => {
    const table = new Table<string, number>(1000, 1000, 1, false)
    for (let n = 0; n < 10; n++) table.insert(`k${n}`, n)
    for (let n = 0; n < 10; n++) table.remove(table.find(`k${n}`))
    for (let n = 0; n < 10; n++) table.insert(`l${n}`, n)
    expect(table.used).toBe(10)
  })

  it('gives the slots of an extended table room, and resident keys stay where they were', () => {
    const table = new Table<string, number>(3, 3, 1, false)
    const before = ['a', 'b', 'c'].map((key) => table.insert(key, 0))
    table.extend(200_000)
    expect(['a', 'b', 'c'].map((key) => table.find(key))).toEqual(before)
    for (let n = 3; n < 200_000; n++) table.insert(`k${n}`, n)
    for (let n = 3; n < 200_000; n++) if (table.valueAt(table.find(`k${n}`)) !== n) throw new Error(`k${n} is lost`)
    expect(table.size).toBe(200_000)
    table.check()
  })

  it.each([false, true])('hashes equal keys alike and withstands asking for any kind (all hashed: %s)', (hashAll) => {
    const table = new Table<unknown, number>(POOL.length, 8, 5, hashAll)
    const first = new Map<unknown, number>()
    for (const key of POOL) if (table.find(key) === 0) first.set(key, table.hashAt(table.insert(key, 0)))
    for (const key of POOL) if (table.find(key) !== 0) table.remove(table.find(key))
    for (const [key, hash] of first) expect(table.hashAt(table.insert(key, 0))).toBe(hash)
    expect(new Set(first.values()).size).toBeGreaterThan(hashAll ? 28 : 8)
  })

  it('tells long keys and big integers apart by hash wherever they differ', () => {
    const table = new Table<unknown, number>(1000, 10, 5, true)
    const hashes = new Set<number>()
    for (let at = 0; at < 300; at++) {
      hashes.add(table.hashAt(table.insert(`${'a'.repeat(at)}b${'a'.repeat(299 - at)}`, 0)))
      hashes.add(table.hashAt(table.insert(2n ** BigInt(at + 60), 0)))
    }
    expect(hashes.size).toBe(600)
  })
})

describe('Table, keys chosen to collide', () => {
  const SEED = 7
  const SLOTS = 2048
  const PLACES = 4096
  /** What the table promises: no look goes further than this. */
  const PROBES = 200

  it('retreats when many keys have one home, stays correct, and then probes nothing', () => {
    const twin = new Twin(SLOTS, SEED, true)
    const keys = keysAt(17, PLACES, SEED)
    twin.put('innocent')
    twin.put(MEGABYTE)
    let longest = 0
    for (let n = 0; n < 400; n++) {
      twin.put(keys.next().value)
      const probes = twin.table.check()
      expect(probes).toBeLessThanOrEqual(PROBES)
      longest = Math.max(longest, probes)
    }
    expect(longest).toBeGreaterThan(150)
    expect(twin.table.check()).toBe(0)
    for (const key of [...twin.map.keys()]) twin.get(key)
    twin.compare()
    for (const key of [...twin.map.keys()].slice(100, 300)) twin.remove(key)
    twin.put('another')
    twin.compare()
    twin.run(['extend'])
    twin.run(['clear'])
    twin.put('again')
    twin.compare()
  })

  it('retreats when a look for an absent key runs along neighbouring homes', () => {
    const twin = new Twin(SLOTS, SEED, false)
    const wanted = new Map<number, string>()
    for (let n = 0; wanted.size < 400; n++) {
      const home = hashText(`k${n}`, SEED) & (PLACES - 1)
      if (home < 400 && !wanted.has(home)) wanted.set(home, `k${n}`)
    }
    for (const key of wanted.values()) twin.put(key)
    // Every key is at home: no insertion probed at all.
    expect(twin.table.check()).toBe(0)
    const absent = keysAt(0, PLACES, SEED)
    let key = absent.next().value
    while (twin.map.has(key)) key = absent.next().value
    twin.get(key)
    expect(twin.table.retreated).toBe(true)
    twin.put(key)
    twin.compare()
    for (const held of twin.map.keys()) twin.get(held)
  })

  it('does not retreat for innocent keys at full load', () => {
    const table = new Table<string, number>(1 << 17, 1 << 17, SEED, false)
    for (let n = 0; n < 1 << 17; n++) table.insert(`user:${n}`, n)
    expect(table.retreated).toBe(false)
    expect(table.check()).toBeLessThan(PROBES / 2)
  })
})
