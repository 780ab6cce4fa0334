import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { ShardState } from '../ledger-core-tables.ts'

/** How many rows there are of each kind. */
export interface Counts {
  entries: number
  keys: number
  prefixes: number
  tags: number
  /** Bytes of the scopes in the log. */
  logged: number
}

const REIGN = /^[0-9a-f]{16}$/
const LINK = /^[0-9a-f]{12}$/

/** The one row with the state of the shard and the counts: read at the begin of a transaction, written at its end. */
export class SqliteShardRow {
  /** `undefined` before the first reign, and where the row makes no sense. A new object is set, never this one changed. */
  state: ShardState | undefined
  readonly counts: Counts = { entries: 0, keys: 0, prefixes: 0, tags: 0, logged: 0 }
  readonly #read: StatementSync
  readonly #write: StatementSync
  #before = ''
  #entriesBefore = 0

  constructor(db: DatabaseSync) {
    this.#read = db.prepare('SELECT * FROM shard WHERE id = 1')
    this.#write = db.prepare(
      `UPDATE shard SET reign = ?, era = ?, link = ?, floor = ?, key_horizon = ?, wide_horizon = ?,
        entries = ?, keys = ?, prefixes = ?, tags = ?, logged = ? WHERE id = 1`,
    )
  }

  load(): void {
    const row = this.#read.get() ?? {}
    this.counts.entries = count(row.entries)
    this.counts.keys = count(row.keys)
    this.counts.prefixes = count(row.prefixes)
    this.counts.tags = count(row.tags)
    this.counts.logged = count(row.logged)
    this.#entriesBefore = this.counts.entries
    this.state = stateIn(row)
    this.#before = this.#values().join()
  }

  /** How many entries there are more than when the transaction began. */
  get added(): number {
    return Math.max(0, this.counts.entries - this.#entriesBefore)
  }

  store(): void {
    const values = this.#values()
    if (values.join() !== this.#before) this.#write.run(...values)
  }

  #values(): (string | number | null)[] {
    const { reign = null, era = 0, link = '', all = 0, keyHorizon = 0, wideHorizon = 0 } = this.state ?? {}
    const { entries, keys, prefixes, tags, logged } = this.counts
    return [reign, era, link, all, keyHorizon, wideHorizon, entries, keys, prefixes, tags, logged]
  }
}

function stateIn(row: Record<string, unknown>): ShardState | undefined {
  const { reign, link } = row
  if (typeof reign !== 'string' || !REIGN.test(reign) || typeof link !== 'string' || !LINK.test(link)) return undefined
  const [era, all, keyHorizon, wideHorizon] = [row.era, row.floor, row.key_horizon, row.wide_horizon].map(count)
  return { reign, era: era!, link, all: all!, keyHorizon: keyHorizon!, wideHorizon: wideHorizon! }
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : 0
}
