import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { LedgerCore } from '../ledger-core.ts'
import { LEDGER_BOUNDS, type LedgerBounds } from '../ledger-core-tables.ts'
import { COMMITS } from './commits.ts'
import { SqliteTables } from './sqlite-tables.ts'

/** The part of the file that the log may take; floors of keys and of tags take no more than twice that each. */
const HISTORY_SHARE = 16
/** Bytes of file for one floor that is remembered. */
const BYTES_A_FLOOR = 2048
/**
 * Bytes of file for one step that is remembered, and how many are at most. There is no feed: whoever does not come to
 * run for a second, beside others that write thousands of steps in it, has to find them there.
 */
const BYTES_A_STEP = 8192
const MOST_STEPS = 20_000

/** By name or, where Node can, by place. */
type Row = Readonly<Record<string | number, unknown>>

/** How much history a file remembers: a small one less. */
function boundsIn(maxBytes: number): LedgerBounds {
  const floors = Math.min(LEDGER_BOUNDS.keys, Math.ceil(maxBytes / BYTES_A_FLOOR))
  const steps = Math.min(MOST_STEPS, Math.max(LEDGER_BOUNDS.steps, Math.ceil(maxBytes / BYTES_A_STEP)))
  return { ...LEDGER_BOUNDS, keys: floors, tags: Math.min(LEDGER_BOUNDS.tags, floors), steps }
}

/** An open database with the statements that are used again and again. */
export class SqliteConnection {
  readonly db: DatabaseSync
  readonly tables: SqliteTables
  readonly core: LedgerCore
  readonly #beginReading: StatementSync
  readonly #begin: StatementSync
  readonly #commit: StatementSync
  readonly #find: StatementSync
  readonly #column: 'frame' | 0
  readonly #dataVersion: StatementSync
  #isReading = false
  #readingSince = 0

  constructor(db: DatabaseSync, leaseTime: number, nameReign: () => string, maxBytes: number) {
    this.db = db
    this.tables = new SqliteTables(db, maxBytes / HISTORY_SHARE)
    this.core = new LedgerCore(this.tables, { leaseTime, nameReign, bounds: boundsIn(maxBytes) })
    this.#beginReading = db.prepare('BEGIN')
    this.#begin = db.prepare('BEGIN IMMEDIATE')
    this.#commit = db.prepare('COMMIT')
    this.#find = db.prepare('SELECT frame FROM data WHERE key = ?')
    // A row with names is a dictionary, made anew for each: a quarter of what a read takes.
    const find: { setReturnArrays?: (enabled: boolean) => void } = this.#find
    find.setReturnArrays?.(true)
    this.#column = find.setReturnArrays === undefined ? 'frame' : 0
    this.#dataVersion = db.prepare('PRAGMA data_version')
    COMMITS.subscribe(this.#endReading)
  }

  /**
   * From now until {@link endReading}, or until `moment` is another, all is read from one state of the
   * database. A statement by itself spends most of its time on taking and giving back the lock
   * of a reader, which keeps nobody from writing.
   */
  beginReading(moment: number): void {
    if (this.#isReading && moment === this.#readingSince) return
    this.endReading()
    this.#beginReading.run()
    this.#isReading = true
    this.#readingSince = moment
  }

  endReading(): void {
    if (!this.#isReading) return
    this.#isReading = false
    this.#commit.run()
  }

  readonly #endReading = (): void => this.endReading()

  /** Ends reading where a statement has failed. */
  abandonReading(): void {
    if (this.#isReading) this.#rollBack()
    this.#isReading = false
  }

  /** The frame under a key in its stored form. */
  find(text: string): Uint8Array | undefined {
    const row: Row | undefined = this.#find.get(text)
    const frame = row?.[this.#column]
    return frame instanceof Uint8Array ? frame : undefined
  }

  /** Changes whenever another connection has changed the database. */
  dataVersion(): unknown {
    this.endReading()
    return this.#dataVersion.get()?.data_version
  }

  /** Does all of `work` or, where it throws, nothing. The clock is read when no other process can come between. */
  transaction<T>(clock: () => number, work: (time: number) => T): T {
    this.endReading()
    this.#begin.run()
    try {
      const time = clock()
      this.tables.begun(time)
      const result = work(time)
      this.tables.ending()
      this.#commit.run()
      COMMITS.publish(undefined)
      return result
    } catch (cause) {
      this.#rollBack()
      throw cause
    }
  }

  /** Leaves a file that is whole without its log. */
  close(): void {
    COMMITS.unsubscribe(this.#endReading)
    try {
      this.endReading()
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
