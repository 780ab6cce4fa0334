import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { SqliteTables } from './sqlite-tables.ts'

export const PAGE = 4096
/** How many rows one transaction removes or touches at most, so that none holds others up for long. */
const BATCH = 500
/** An entry used within this many seconds is not noted as used again. */
const RECENT = 30
/** How many uses are remembered until they are written. */
const MOST_NOTED = 10_000
/** How many bytes are written between two looks at the size of the file, at most. */
const LOOK_EVERY = 256 * 1024

export interface SqliteBounds {
  readonly maxEntries: number
  readonly maxPages: number
}

/**
 * Keeps a database within its bounds: evicts by approximate recency, clears away what has ended, and
 * gives pages back to the file system.
 *
 * Recency is a number of seconds in each row, set when the entry is written. Reads are noted in
 * memory, and written in batches, only while the database is at least half full. All methods but
 * {@link noteRead} and {@link isDue} are for use within a transaction.
 */
export class SqliteUpkeep {
  /** How many entries this process evicted. */
  evicted = 0
  readonly #db: DatabaseSync
  readonly #tables: SqliteTables
  readonly #bounds: SqliteBounds
  readonly #pages: StatementSync
  readonly #free: StatementSync
  readonly #evict: StatementSync
  readonly #touch: StatementSync
  readonly #isAnyDead: StatementSync
  readonly #clearDead: StatementSync
  readonly #isAnyLeaseOver: StatementSync
  readonly #clearLeases: StatementSync
  #noted = new Set<string>()
  #written = LOOK_EVERY
  /** At least half full. */
  #isCrowded = true
  /** At the last look. */
  #usedPages = 0
  /** Still, for more was to leave than one transaction removes. */
  #isOver = false

  constructor(db: DatabaseSync, tables: SqliteTables, bounds: SqliteBounds) {
    this.#db = db
    this.#tables = tables
    this.#bounds = bounds
    this.#pages = db.prepare('PRAGMA page_count')
    this.#free = db.prepare('PRAGMA freelist_count')
    this.#evict = db.prepare('DELETE FROM data WHERE id IN (SELECT id FROM data ORDER BY used LIMIT ?)')
    this.#touch = db.prepare('UPDATE data SET used = ? WHERE key = ? AND used < ?')
    this.#isAnyDead = db.prepare('SELECT 1 FROM data WHERE dead_at <= ? AND dead_at < 9e999 LIMIT 1')
    this.#clearDead = db.prepare(
      `DELETE FROM data WHERE id IN (SELECT id FROM data WHERE dead_at <= ? AND dead_at < 9e999 LIMIT ${BATCH})`,
    )
    this.#isAnyLeaseOver = db.prepare('SELECT 1 FROM leases WHERE until <= ? LIMIT 1')
    this.#clearLeases = db.prepare('DELETE FROM leases WHERE until <= ?')
  }

  /** The entry under this stored key was read. */
  noteRead(text: string): void {
    if (this.#isCrowded && this.#noted.size < MOST_NOTED) this.#noted.add(text)
  }

  /** Evicts until the database is within its bounds again, after so many bytes were written. */
  makeRoom(bytes: number): void {
    const { maxEntries, maxPages } = this.#bounds
    const { counts, added } = this.#tables.row
    const excess = counts.entries - maxEntries
    this.#isCrowded = counts.entries > maxEntries / 2 || this.#usedPages > maxPages / 2
    this.#isOver = false
    if (excess > 0) this.#remove(excess + Math.min(BATCH, Math.ceil(maxEntries / 100)) - 1, added + BATCH)
    this.#written += bytes
    if (this.#written < LOOK_EVERY) return
    this.#written = 0
    const used = Number(this.#pages.get()?.page_count) - Number(this.#free.get()?.freelist_count)
    this.#usedPages = used
    if (used <= maxPages || counts.entries === 0) return
    const some = Math.ceil(maxPages / 100)
    const rows = (pages: number) => Math.ceil((pages * counts.entries) / used)
    this.#remove(rows(used - maxPages + some), BATCH + rows(2 * (some + bytes / PAGE)))
    // What is left may be larger than what went.
    this.#written = LOOK_EVERY
  }

  /**
   * Makes room, for the file may not grow any more: evicts a twentieth; where that was `before` of no
   * help, half, and forgets leases and half of the history; then all of both. Forgotten floors are
   * covered by the horizons: nothing outdated is served, only more is looked for again.
   */
  relieve(before: number): void {
    const { row, log, keyFloors, prefixFloors, tagFloors } = this.#tables
    const { entries, keys, prefixes, tags } = row.counts
    this.#written = LOOK_EVERY
    if (before === 0) {
      this.#remove(Math.max(16, Math.ceil(entries / 20)))
      return
    }
    this.#remove(before === 1 ? Math.ceil(entries / 2) : entries)
    this.#clearLeases.run(Number.POSITIVE_INFINITY)
    const left = before === 1 ? 0.5 : 0
    log.shrink(Math.floor(log.bytes * left))
    const state = this.#tables.state()
    if (state === undefined) return
    state.keyHorizon = Math.max(state.keyHorizon, keyFloors.prune(Math.floor(keys * left)))
    const wide = [prefixFloors.prune(Math.floor(prefixes * left)), tagFloors.prune(Math.floor(tags * left))]
    state.wideHorizon = Math.max(state.wideHorizon, ...wide)
    this.#tables.save(state)
  }

  /** Whether {@link tidy} would find something to do. Reads only. */
  isDue(time: number): boolean {
    if (this.#isOver || this.#noted.size > 0 || this.#isAnyDead.get(time) !== undefined) return true
    return this.#isAnyLeaseOver.get(time) !== undefined || this.#isLoose()
  }

  /** Does some of what is to be done. @returns whether there is more */
  tidy(time: number): boolean {
    this.#writeNoted(time)
    if (this.#isOver) this.makeRoom(LOOK_EVERY)
    const dead = Number(this.#clearDead.run(time).changes)
    this.#tables.row.counts.entries -= dead
    this.#clearLeases.run(time)
    if (this.#isLoose()) this.#db.exec(`PRAGMA incremental_vacuum(${BATCH})`)
    return this.#isOver || this.#noted.size > 0 || dead === BATCH || this.#isLoose()
  }

  /** Bytes of the file. */
  bytes(): number {
    return PAGE * Number(this.#pages.get()?.page_count)
  }

  #writeNoted(time: number): void {
    const seconds = Math.floor(time / 1000)
    let left = BATCH
    for (const text of this.#noted) {
      if (left-- === 0) return
      this.#touch.run(seconds, text, seconds - RECENT)
      this.#noted.delete(text)
    }
  }

  /** @param most what is more is left for the next time: a file whose bounds were lowered holds a great deal too much */
  #remove(count: number, most: number = Number.POSITIVE_INFINITY): void {
    if (count > most) this.#isOver = true
    const removed = Number(this.#evict.run(Math.min(count, most)).changes)
    this.#tables.row.counts.entries -= removed
    this.evicted += removed
  }

  /** Whether so much of the file is unused that it is worth moving pages. */
  #isLoose(): boolean {
    const free = Number(this.#free.get()?.freelist_count)
    return free > 256 && free > Number(this.#pages.get()?.page_count) / 4
  }
}
