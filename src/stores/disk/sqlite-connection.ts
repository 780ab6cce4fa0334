import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { LedgerCore } from '../ledger-core.ts'
import { SqliteTables } from './sqlite-tables.ts'

/** An open database with the statements that are used again and again. */
export class SqliteConnection {
  readonly db: DatabaseSync
  readonly tables: SqliteTables
  readonly core: LedgerCore
  readonly #begin: StatementSync
  readonly #commit: StatementSync
  readonly #find: StatementSync
  readonly #dataVersion: StatementSync

  constructor(db: DatabaseSync, leaseTime: number, nameReign: () => string) {
    this.db = db
    this.tables = new SqliteTables(db)
    this.core = new LedgerCore(this.tables, { leaseTime, nameReign })
    this.#begin = db.prepare('BEGIN IMMEDIATE')
    this.#commit = db.prepare('COMMIT')
    this.#find = db.prepare('SELECT frame FROM data WHERE key = ?')
    this.#dataVersion = db.prepare('PRAGMA data_version')
  }

  /** The frame under a key in its stored form, outside of transactions. */
  find(text: string): Uint8Array | undefined {
    const row = this.#find.get(text)
    return row !== undefined && row.frame instanceof Uint8Array ? row.frame : undefined
  }

  /** Changes whenever another connection has changed the database. */
  dataVersion(): unknown {
    return this.#dataVersion.get()?.data_version
  }

  /** Does all of `work` or, where it throws, nothing. The clock is read when no other process can come between. */
  transaction<T>(clock: () => number, work: (time: number) => T): T {
    this.#begin.run()
    try {
      const time = clock()
      this.tables.begun(time)
      const result = work(time)
      this.tables.ending()
      this.#commit.run()
      return result
    } catch (cause) {
      this.#rollBack()
      throw cause
    }
  }

  /** Leaves a file that is whole without its log. */
  close(): void {
    try {
      this.db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    } catch {
      // Another process reads: then it, or the next to open the file, brings the log in.
    }
    this.db.close()
  }

  #rollBack(): void {
    try {
      this.db.exec('ROLLBACK')
    } catch {
      // SQLite has rolled back by itself, as it does when the disk is full.
    }
  }
}
