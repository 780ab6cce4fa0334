import fc from 'fast-check'
import { expect, it } from 'vitest'
import { openDatabase } from '../../src/stores/disk/sqlite-module.ts'
import { prepareDatabase } from '../../src/stores/disk/sqlite-schema.ts'
import { SqliteTables } from '../../src/stores/disk/sqlite-tables.ts'
import type { News } from '../../src/stores/ledger.ts'
import { LedgerCore } from '../../src/stores/ledger-core.ts'
import { MemoryTables } from '../../src/stores/ledger-core-memory.ts'
import type { LedgerTables } from '../../src/stores/ledger-core-tables.ts'
import { type Ask, Asker, asks, KEYS, SMALL } from './steps.ts'

/** A shard over some tables, with everything it told. */
function shardOver(tables: LedgerTables): { readonly asker: Asker; readonly told: unknown[] } {
  const told: unknown[] = []
  let reigns = 0
  const feed = { invalidated: (step: unknown) => told.push(step), settled: (keys: unknown) => told.push(keys) }
  const nameReign = () => (++reigns).toString(16).padStart(10, '0').padEnd(16, '0')
  return { asker: new Asker(new LedgerCore(tables, { leaseTime: 100, nameReign, feed, bounds: SMALL })), told }
}

/** A shard in a database, every step in a transaction of its own. */
function shardInDatabase(): { ask: (ask: Ask) => unknown; told: unknown[]; tables: SqliteTables; rows: () => number } {
  const db = openDatabase(':memory:')
  prepareDatabase(db, ':memory:', 10_000)
  const tables = new SqliteTables(db)
  const { asker, told } = shardOver(tables)
  const ask = (each: Ask) => {
    db.exec('BEGIN IMMEDIATE')
    tables.begun(asker.time)
    const answer = asker.ask(each)
    tables.ending()
    db.exec('COMMIT')
    return answer
  }
  return { ask, told, tables, rows: () => Number(db.prepare('SELECT count(*) AS n FROM data').get()?.n) }
}

/** Floors are told in no order. */
function comparable(answer: unknown): unknown {
  const news = answer as News | undefined
  if (news?.kind !== 'whole') return answer
  const { prefixes, tags } = news.floors
  const sorted = (list: readonly (readonly [string, number])[]) => list.toSorted(([a], [b]) => (a < b ? -1 : 1))
  return { ...news, floors: { ...news.floors, prefixes: sorted(prefixes), tags: sorted(tags) } }
}

it('the same steps have the same answers over tables in memory and in a database', () => {
  fc.assert(
    fc.property(asks, (sequence) => {
      const memory = new MemoryTables()
      const plain = shardOver(memory)
      const stored = shardInDatabase()
      for (const ask of sequence) {
        expect(comparable(stored.ask(ask))).toEqual(comparable(plain.asker.ask(ask)))
        expect(KEYS.map((key) => stored.tables.frame(key)?.toString())).toEqual(
          KEYS.map((key) => memory.frame(key)?.toString()),
        )
        expect(stored.tables.row.counts.entries).toBe(stored.rows())
        expect(stored.told).toEqual(plain.told)
      }
    }),
    { numRuns: 300 },
  )
})
