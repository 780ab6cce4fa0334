import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { storedKey } from '../../entry/key-text.ts'
import type { LedgerTables, ShardState } from '../ledger-core-tables.ts'
import { SqliteFloors } from './sqlite-floors.ts'
import { SqliteLeases } from './sqlite-leases.ts'
import { SqliteLog } from './sqlite-log.ts'
import { SqliteShardRow } from './sqlite-shard-row.ts'

/** Characters a name of a key's floor may have; longer ones are hashed. */
const LONGEST_FLOOR = 64
/** Bytes of scopes the log may hold. */
const MOST_LOGGED = 16 * 2 ** 20

/**
 * The tables of a shard in a database. Steps are taken within a transaction that the caller makes:
 * {@link begun} at its begin, {@link ending} before its end. In between the row of state and counts is in memory.
 */
export class SqliteTables implements LedgerTables {
  readonly keyFloors: SqliteFloors
  readonly prefixFloors: SqliteFloors
  readonly tagFloors: SqliteFloors
  readonly log: SqliteLog
  readonly leases: SqliteLeases
  readonly row: SqliteShardRow
  readonly #find: StatementSync
  readonly #update: StatementSync
  readonly #insert: StatementSync
  readonly #remove: StatementSync
  #seconds = 0

  constructor(db: DatabaseSync, mostLogged: number = MOST_LOGGED) {
    const row = new SqliteShardRow(db)
    const counted = (name: 'keys' | 'prefixes' | 'tags') => ({
      get: () => row.counts[name],
      set: (count: number) => {
        row.counts[name] = count
      },
    })
    this.row = row
    this.keyFloors = new SqliteFloors(db, 1, counted('keys'), LONGEST_FLOOR)
    this.prefixFloors = new SqliteFloors(db, 2, counted('prefixes'))
    this.tagFloors = new SqliteFloors(db, 3, counted('tags'))
    this.log = new SqliteLog(db, row, Math.min(mostLogged, MOST_LOGGED))
    this.leases = new SqliteLeases(db)
    this.#find = db.prepare('SELECT frame FROM data WHERE key = ?')
    this.#update = db.prepare('UPDATE data SET frame = ?, dead_at = ?, used = ? WHERE key = ?')
    this.#insert = db.prepare('INSERT INTO data (frame, dead_at, used, key) VALUES (?, ?, ?, ?)')
    this.#remove = db.prepare('DELETE FROM data WHERE key = ?')
  }

  /** A transaction that holds the lock has begun. `time` in milliseconds. */
  begun(time: number): void {
    this.#seconds = Math.floor(time / 1000)
    this.row.load()
    this.keyFloors.renew()
    this.prefixFloors.renew()
    this.tagFloors.renew()
  }

  ending(): void {
    this.row.store()
  }

  state(): ShardState | undefined {
    return this.row.state && { ...this.row.state }
  }

  save(state: ShardState): void {
    this.row.state = { ...state }
  }

  begin(state: ShardState): void {
    this.keyFloors.clear()
    this.prefixFloors.clear()
    this.tagFloors.clear()
    this.log.clear()
    this.save(state)
  }

  frame(key: string): Uint8Array | undefined {
    const frame = this.#find.get(storedKey(key))?.frame
    return frame instanceof Uint8Array ? frame : undefined
  }

  put(key: string, frame: Uint8Array, deadAt: number): void {
    const text = storedKey(key)
    if (this.#update.run(frame, deadAt, this.#seconds, text).changes !== 0) return
    this.#insert.run(frame, deadAt, this.#seconds, text)
    this.row.counts.entries++
  }

  remove(key: string): void {
    if (this.#remove.run(storedKey(key)).changes !== 0) this.row.counts.entries--
  }
}
