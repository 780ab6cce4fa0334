import { describe, expect, it } from 'vitest'
import { heapBytes } from '../../src/memory/heap-bytes.ts'
import { runChild } from './children/run-child.ts'

function refuse(): never {
  throw new Error('nobody may call this')
}

const trap = { getPrototypeOf: refuse, ownKeys: refuse, get: refuse, has: refuse, getOwnPropertyDescriptor: refuse }

/** Objects each of which holds the next, with a number that tells them apart. */
function chain(length: number): object {
  let head: object = {}
  for (let n = 0; n < length; n++) head = { n, next: head }
  return head
}

describe('heapBytes', () => {
  it('weighs everything that can be a value, and nothing as nothing', () => {
    const values = [undefined, null, true, 0, 0.5, Number.NaN, '', 'a', 1n, 2n ** 5000n, Symbol('s'), refuse]
    for (const value of [...values, {}, [], new Map(), new Set(), new Date(), /a/, new Error('e'), new Uint8Array(3)]) {
      expect(heapBytes(value)).toBeGreaterThan(0)
      expect(heapBytes(value)).toBeLessThan(10_000)
      expect(Number.isInteger(heapBytes(value))).toBe(true)
    }
  })

  it('counts a character outside Latin-1 as two bytes', () => {
    expect(heapBytes('ж'.repeat(1000)) - heapBytes('a'.repeat(1000))).toBe(1000)
    expect(heapBytes(`${'a'.repeat(999)}ж`)).toBe(heapBytes('ж'.repeat(1000)))
  })

  it('comes to an end in cycles, and counts each object of them once', () => {
    const a: Record<string, unknown> = { text: 'x'.repeat(1000) }
    const b = { a, again: a, array: [a, a, a] }
    a.b = b
    a.self = a
    const map = new Map<unknown, unknown>([[a, b]])
    map.set(map, map)
    expect(heapBytes(a)).toBeGreaterThan(1000)
    expect(heapBytes(a)).toBeLessThan(1500)
    expect(heapBytes(map)).toBeLessThan(2000)
  })

  it('neither overflows the stack nor walks on for ever in a million nested objects', () => {
    const bytes = heapBytes(chain(1_000_000))
    expect(bytes).toBeGreaterThan(1000 * 40)
    // What lies deeper than the first thousand objects of a chain is not seen: the cost is bounded.
    expect(bytes).toBeLessThan(1100 * 40)
  })

  it('extrapolates large collections from samples', () => {
    const array = heapBytes(Array.from({ length: 1_000_000 }, (_, n) => `value ${n % 10}`))
    expect(array / 1_000_000).toBeGreaterThan(20)
    expect(array / 1_000_000).toBeLessThan(50)
    const record = (n: number): unknown => ({ text: 'x'.repeat(100), n })
    const array10 = heapBytes(Array.from({ length: 10 }, (_, n) => record(n)))
    const array10000 = heapBytes(Array.from({ length: 10_000 }, (_, n) => record(n)))
    expect(array10000 / array10).toBeGreaterThan(800)
    expect(array10000 / array10).toBeLessThan(1100)
    const tail = heapBytes([
      ...Array.from({ length: 500 }, () => 0),
      ...Array.from({ length: 500 }, (_, n) => record(n)),
    ])
    expect(tail).toBeGreaterThan(500 * 80)
    const wide = heapBytes(Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`name${n}`, 'x'.repeat(100)])))
    expect(wide).toBeGreaterThan(10_000 * 100)
  })

  it('weighs a large value as the sum of its parts, whatever its shape', () => {
    const leaf = heapBytes({ n: 1 })
    const tree = (branches: number, depth: number): object =>
      depth === 0
        ? { n: 1 }
        : Object.fromEntries(Array.from({ length: branches }, (_, at) => [`branch${at}`, tree(branches, depth - 1)]))
    // A third of the inner nodes of the binary tree has no more than a leaf has.
    expect(heapBytes(tree(2, 15)) / (2 ** 16 * leaf)).toBeGreaterThan(0.6)
    expect(heapBytes(tree(2, 15)) / (2 ** 16 * leaf)).toBeLessThan(2)
    expect(heapBytes(tree(6, 6)) / (6 ** 6 * leaf)).toBeGreaterThan(1)
    expect(heapBytes(tree(6, 6)) / (6 ** 6 * leaf)).toBeLessThan(2)
    const row = (n: number) => Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`field${at}`, { n }]))
    const rows = heapBytes(Array.from({ length: 20_000 }, (_, n) => row(n)))
    expect(rows / (20_000 * heapBytes(row(1)))).toBeGreaterThan(0.9)
    expect(rows / (20_000 * heapBytes(row(1)))).toBeLessThan(1.2)
    const grid = Array.from({ length: 2000 }, () => Array.from({ length: 100 }, (_, n) => ({ n })))
    expect(heapBytes(grid) / (2000 * heapBytes(grid[0]))).toBeGreaterThan(0.9)
    expect(heapBytes(grid) / (2000 * heapBytes(grid[0]))).toBeLessThan(1.2)
  })

  it('does not take what many parts share for many things', () => {
    const shared = Array.from({ length: 50 }, (_, n) => ({ text: 'x'.repeat(100), n }))
    const rows = Array.from({ length: 10_000 }, (_, n) => ({ n, shared }))
    expect(heapBytes(rows)).toBeLessThan(10_000 * 60 + 2 * heapBytes(shared))
    // A graph, in which a walk never comes to an end.
    const nodes = Array.from({ length: 5000 }, (_, n) => ({ n, text: 'x'.repeat(100), to: [] as object[] }))
    for (const [n, node] of nodes.entries()) {
      for (let link = 1; link <= 10; link++) node.to.push(nodes[(n * 7919 + link * 104_729) % 5000]!)
    }
    const bytes = heapBytes(nodes[0]!)
    expect(bytes).toBeGreaterThan((5000 * 300) / 4)
    expect(bytes).toBeLessThan(5000 * 300 * 4)
  })

  it('sees what built-in objects hold', () => {
    const text = 'x'.repeat(10_000)
    const held = [new RegExp(text), new String(text), new Error('e', { cause: text }), new AggregateError([text])]
    for (const value of held) {
      expect(heapBytes(value)).toBeGreaterThan(10_000)
      expect(heapBytes(value)).toBeLessThan(12_000)
    }
    expect(heapBytes(Array.from({ length: 1000 }, (_, n) => n + 0.5))).toBeLessThan(10_000)
    expect(heapBytes([...Array.from({ length: 999 }, (_, n) => n + 0.5), 'text'])).toBeLessThan(10_000)
    expect(heapBytes(Array.from({ length: 100 }, () => new Map()))).toBeGreaterThan(100 * 150)
  })

  it('sees keys and values of maps, however few', () => {
    const text = 'x'.repeat(10_000)
    expect(heapBytes(new Map([['k', text]]))).toBeGreaterThan(10_000)
    expect(heapBytes(new Map([[text, 'v']]))).toBeGreaterThan(10_000)
    const many = new Map(Array.from({ length: 1000 }, (_, n) => [n, 'x'.repeat(100)]))
    expect(heapBytes(many)).toBeGreaterThan(1000 * 110)
    expect(heapBytes(many)).toBeLessThan(1000 * 220)
    expect(heapBytes(new Set([text]))).toBeGreaterThan(10_000)
  })

  it('calls no getter and no overridden method', () => {
    class Rude extends Map<string, string> {
      override get size(): number {
        return refuse()
      }
      override entries(): never {
        return refuse()
      }
      override [Symbol.iterator](): never {
        return refuse()
      }
    }
    class RudeError extends Error {
      override get message(): string {
        return refuse()
      }
    }
    const array = ['a', 'b']
    Object.defineProperty(array, 0, { get: refuse, enumerable: true })
    Object.defineProperty(array, Symbol.iterator, { value: refuse })
    const rude = Object.defineProperty({ text: 'x'.repeat(500) }, 'got', { get: refuse, enumerable: true })
    for (const value of [new Rude(), new RudeError(), array, rude]) expect(heapBytes(value)).toBeGreaterThan(0)
    expect(heapBytes(rude)).toBeGreaterThan(500)
  })

  it('does not look into proxies, wherever they are', () => {
    const proxy = new Proxy({ text: 'x'.repeat(500) }, trap)
    const revoked = Proxy.revocable({}, {})
    revoked.revoke()
    const values = [proxy, revoked.proxy, { proxy }, [proxy], Object.create(proxy), new Map([[proxy, proxy]])]
    for (const value of values) expect(heapBytes(value)).toBeLessThan(300)
  })

  // The heap of a process that is held up grows by what the collector has not done yet.
  it('is within a factor of two of what typical values really take', { retry: 2 }, async () => {
    const ratios = (await runChild('heap-growth.ts')) as Record<string, number>
    expect(Object.keys(ratios).length).toBeGreaterThan(12)
    for (const [kind, ratio] of Object.entries(ratios)) {
      expect(ratio, kind).toBeGreaterThan(0.5)
      expect(ratio, kind).toBeLessThan(2)
    }
  })
})
