import { statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, describe, expect, it } from 'vitest'
import type { Scope } from '../../src/entry/scope.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { folder, LedgerFile } from './ledger-file.ts'

const { at, remove } = folder()
afterAll(remove)

const MIB = 2 ** 20

/** How many rows a table has, as another process sees it. */
function rows(path: string, table: string): number {
  const db = new DatabaseSync(path, { readOnly: true })
  const count = Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n)
  db.close()
  return count
}

/** Sets keys named by number, some at a time as callers would. */
async function setMany(file: LedgerFile, from: number, to: number, value: string, ttl?: number): Promise<void> {
  for (let n = from; n < to; n += 50) {
    const keys = Array.from({ length: Math.min(50, to - n) }, (_, i) => `k${n + i}`)
    await Promise.all(keys.map((key) => file.set(key, value, ttl === undefined ? {} : { ttl })))
  }
}

it('never holds more than maxEntries, and evicts what was used longest ago', async () => {
  const path = at('entries.db')
  const world = new FakeWorld()
  const file = new LedgerFile(world, { path, maxEntries: 1000 })
  await setMany(file, 0, 1000, 'value')
  // Some are read a minute later; what was read is written down by the upkeep.
  world.advance(60_000)
  const read = Array.from({ length: 300 }, (_, n) => `k${n * 3}`)
  await file.values(...read)
  world.advance(10_000)
  for (let n = 1000; n < 1500; n += 50) {
    await setMany(file, n, n + 50, 'value')
    expect(rows(path, 'data')).toBeLessThanOrEqual(1000)
  }
  const kept = (await file.values(...read)).filter((value) => value !== undefined)
  expect(kept).toHaveLength(300)
  expect((await file.keys('k1')).length).toBeGreaterThan(0)
  expect((await file.ledger.info()).keys).toBe(rows(path, 'data'))
  expect((await file.ledger.info()).evictions).toBe(1500 - rows(path, 'data'))
  await file.ledger.close()
})

it('stays within maxBytes however much is written, and holds the newest', async () => {
  const path = at('bytes.db')
  const file = new LedgerFile(new FakeWorld(), { path, maxBytes: 4 * MIB })
  const value = 'x'.repeat(10_000)
  for (let n = 0; n < 3000; n += 500) {
    await setMany(file, n, n + 500, value)
    expect(await file.values(`k${n + 499}`)).toEqual([value])
  }
  await file.ledger.close()
  expect(statSync(path).size).toBeLessThan(4 * MIB * 1.1 + MIB)
  expect(rows(path, 'data')).toBeGreaterThan(200)
})

it.each([
  ['maxEntries', { maxEntries: 100 }, 100],
  ['maxBytes', { maxBytes: MIB }, 512],
])('is brought within bounds that were lowered some entries at a time: %s', async (name, bounds, most) => {
  const path = at(`lowered-${name}.db`)
  const world = new FakeWorld()
  const before = new LedgerFile(world, { path })
  await setMany(before, 0, 5000, 'x'.repeat(2000))
  await before.ledger.close()
  world.advance(60_000)
  const file = new LedgerFile(world, { path, ...bounds })
  // Else it would hold up its process, and all others, for as long as it takes to remove them all.
  await file.set('new', 'value')
  expect(rows(path, 'data')).toBeGreaterThan(4000)
  const first = rows(path, 'data')
  await file.set('another', 'value')
  expect(rows(path, 'data')).toBeLessThan(first)
  world.advance(10_000)
  expect(rows(path, 'data')).toBeLessThanOrEqual(most)
  expect(await file.values('new', 'another')).toEqual(['value', 'value'])
  await file.ledger.close()
})

it('refuses what is too large for it, and then keeps nothing of that key', async () => {
  const file = new LedgerFile(new FakeWorld(), { path: at('large.db'), maxBytes: MIB })
  await file.set('a', 'small')
  expect((await file.set('a', 'x'.repeat(MIB / 4))).keepings).toEqual(['refused'])
  expect(await file.values('a')).toEqual([undefined])
  await file.ledger.close()
})

it('evicts where the file may not grow any more', async () => {
  // Many small processes could get here by writing at once; here the bound is drawn tight from outside.
  const path = at('tight.db')
  const before = new LedgerFile(new FakeWorld(), { path })
  await setMany(before, 0, 600, 'x'.repeat(20_000))
  await before.ledger.close()
  const after = new LedgerFile(new FakeWorld(2), { path, maxBytes: MIB })
  await setMany(after, 600, 900, 'x'.repeat(20_000))
  expect(await after.values('k899')).toEqual(['x'.repeat(20_000)])
  await after.ledger.close()
  expect(rows(path, 'data')).toBeLessThan(100)
})

describe('a file of 1 MiB is never full for good', () => {
  const long = 'x'.repeat(200)

  it('with many long keys', async () => {
    const file = new LedgerFile(new FakeWorld(), { path: at('keys.db'), maxBytes: MIB })
    for (let n = 0; n < 20_000; n += 100) {
      const keys = Array.from({ length: 100 }, (_, i) => `${long}${n + i}`)
      await Promise.all(keys.map((key) => file.set(key, 'value')))
      if (n % 2000 === 0) expect(await file.values(keys.at(-1)!)).toEqual(['value'])
    }
    expect(await file.values(`${long}19999`)).toEqual(['value'])
    expect(rows(at('keys.db'), 'data')).toBeGreaterThan(100)
    await file.ledger.close()
  })

  it('with large steps in its log, many tags, prefixes and leases', async () => {
    const file = new LedgerFile(new FakeWorld(), { path: at('steps.db'), maxBytes: MIB })
    for (let n = 0; n < 600; n++) {
      const keys = Array.from({ length: 64 }, (_, i) => `${n}${long}${i}`)
      await file.raise(...keys.map((key): Scope => ({ kind: 'key', key })))
      await file.raise({ kind: 'tag', tag: `${n}${long}` }, { kind: 'prefix', prefix: `${n}${long.repeat(4)}` })
      await file.ledger.lease(0, keys, '1'.repeat(16))
    }
    await file.set('a', 'value')
    expect(await file.values('a')).toEqual(['value'])
    await file.ledger.close()
  })

  it('even where something else has filled it with what is not bounded', async () => {
    const path = at('filled.db')
    const file = new LedgerFile(new FakeWorld(), { path, maxBytes: MIB })
    await file.set('a', 'before')
    const db = new DatabaseSync(path)
    const floor = db.prepare('INSERT INTO floors (kind, name, era) VALUES (1, ?, 1)')
    db.exec('PRAGMA max_page_count = 537; PRAGMA synchronous = OFF')
    let count = 0
    try {
      for (; ; count++) floor.run(`${count}${long}`)
    } catch (cause) {
      expect(cause).toMatchObject({ message: 'database or disk is full' })
    }
    db.exec(`UPDATE shard SET keys = ${count + 1}`)
    db.close()
    const values = Array.from({ length: 40 }, (_, n) => `${n}`.repeat(2000))
    for (const value of values) await file.set(`k${value}`, value)
    expect(await file.values(`k${values.at(-1)}`)).toEqual([values.at(-1)])
    await file.ledger.close()
  })
})

it('tells who asks that some of the keys were too long for the log', async () => {
  const file = new LedgerFile(new FakeWorld(), { path: at('curtailed.db') })
  const start = await file.now()
  await file.raise({ kind: 'key', key: 'x'.repeat(1025) }, { kind: 'key', key: 'short' })
  const news = await file.ledger.sync(0, start)
  expect(news).toMatchObject({ steps: [{ scopes: [{ key: 'short' }], isCurtailed: true }] })
  await file.ledger.close()
})

it('clears away what has ended, and leases, and gives the file back, without being asked', async () => {
  const path = at('ended.db')
  const world = new FakeWorld()
  const file = new LedgerFile(world, { path })
  await setMany(file, 0, 2000, 'x'.repeat(5000), 30_000)
  await setMany(file, 2000, 2010, 'stays')
  await file.ledger.lease(0, ['fetched'], '1'.repeat(16))
  world.advance(29_000)
  expect([rows(path, 'data'), rows(path, 'leases')]).toEqual([2010, 0])
  world.advance(60_000)
  expect(rows(path, 'data')).toBe(10)
  expect((await file.ledger.info()).keys).toBe(10)
  await file.ledger.close()
  expect(statSync(path).size).toBeLessThan(2 * MIB)
  expect(world.failures).toEqual([])
})
