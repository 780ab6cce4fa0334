import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { storedKey } from '../../entry/key-text.ts'
import type { LeaseRow, LeaseTable } from '../ledger-core-tables.ts'

/** The leases of a shard in a database. Those that have ended are cleared away by the upkeep. */
export class SqliteLeases implements LeaseTable {
  readonly #get: StatementSync
  readonly #put: StatementSync
  readonly #remove: StatementSync

  constructor(db: DatabaseSync) {
    this.#get = db.prepare('SELECT holder, until, awaited FROM leases WHERE key = ?')
    this.#put = db.prepare('INSERT OR REPLACE INTO leases (key, holder, until, awaited) VALUES (?, ?, ?, ?)')
    this.#remove = db.prepare('DELETE FROM leases WHERE key = ?')
  }

  get(key: string): LeaseRow | undefined {
    const row = this.#get.get(storedKey(key))
    return row && { holder: String(row.holder), until: Number(row.until), awaited: row.awaited === 1 }
  }

  put(key: string, { holder, until, awaited }: LeaseRow): void {
    this.#put.run(storedKey(key), holder, until, awaited ? 1 : 0)
  }

  remove(key: string): void {
    this.#remove.run(storedKey(key))
  }
}
