import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Era } from '../../entry/era.ts'
import type { Scope } from '../../entry/scope.ts'
import type { Invalidation } from '../ledger.ts'
import type { LogTable } from '../ledger-core-tables.ts'
import type { SqliteShardRow } from './sqlite-shard-row.ts'

/** The log of a shard in a database, bounded by bytes as well. What a damaged row says is not told: the log ends before it. */
export class SqliteLog implements LogTable {
  readonly #row: SqliteShardRow
  readonly #mostBytes: number
  readonly #append: StatementSync
  readonly #forget: StatementSync
  readonly #oldest: StatementSync
  readonly #after: StatementSync
  readonly #link: StatementSync
  readonly #clear: StatementSync

  constructor(db: DatabaseSync, row: SqliteShardRow, mostBytes: number) {
    this.#row = row
    this.#mostBytes = mostBytes
    this.#append = db.prepare(
      'INSERT OR REPLACE INTO log (era, link, prev, origin, size, scopes) VALUES (?, ?, ?, ?, ?, ?)',
    )
    this.#forget = db.prepare('DELETE FROM log WHERE era <= ? RETURNING size')
    this.#oldest = db.prepare('SELECT era FROM log ORDER BY era LIMIT 1')
    this.#after = db.prepare('SELECT * FROM log WHERE era > ? ORDER BY era')
    this.#link = db.prepare('SELECT link FROM log WHERE era = ?')
    this.#clear = db.prepare('DELETE FROM log')
  }

  append({ era, link, prev, origin, scopes, isCurtailed }: Invalidation, forget: Era): void {
    const text = (isCurtailed === true ? CURTAILED : '') + JSON.stringify(scopes)
    const size = Buffer.byteLength(text)
    this.#append.run(era, link, prev, origin, size, text)
    this.#row.counts.logged += size
    if (forget > 0) this.#forgetTo(forget)
    this.shrink(this.#mostBytes)
  }

  /** Forgets the oldest steps until it holds no more than so many bytes. */
  shrink(bytes: number): void {
    const { counts } = this.#row
    while (counts.logged > bytes) {
      const oldest = this.#oldest.get()?.era
      if (typeof oldest === 'number') this.#forgetTo(oldest)
      else counts.logged = 0
    }
  }

  /** Bytes of the scopes it holds. */
  get bytes(): number {
    return this.#row.counts.logged
  }

  after(era: Era): readonly Invalidation[] {
    const reign = this.#row.state?.reign ?? ''
    const steps: Invalidation[] = []
    for (const row of this.#after.iterate(era)) {
      const step = stepIn(row, reign)
      if (step === undefined) return []
      steps.push(step)
    }
    return steps
  }

  linkAt(era: Era): string | undefined {
    const link = this.#link.get(era)?.link
    return typeof link === 'string' ? link : undefined
  }

  clear(): void {
    this.#clear.run()
    this.#row.counts.logged = 0
  }

  #forgetTo(era: Era): void {
    const { counts } = this.#row
    for (const { size } of this.#forget.all(era)) counts.logged = Math.max(0, counts.logged - Number(size))
  }
}

/** Stands before the scopes of a step where those of keys with too long names are not among them. */
const CURTAILED = '~'

function stepIn(row: Record<string, unknown>, reign: string): Invalidation | undefined {
  const { era, link, prev, origin, scopes } = row
  if (typeof era !== 'number' || typeof link !== 'string' || typeof prev !== 'string' || typeof origin !== 'string') {
    return undefined
  }
  if (typeof scopes !== 'string') return undefined
  const isCurtailed = scopes.startsWith(CURTAILED)
  const list = scopesIn(isCurtailed ? scopes.slice(CURTAILED.length) : scopes)
  if (list === undefined) return undefined
  const step = { reign, era, link, prev, origin, scopes: list }
  return isCurtailed ? { ...step, isCurtailed } : step
}

function scopesIn(json: string): readonly Scope[] | undefined {
  let list: unknown
  try {
    list = JSON.parse(json)
  } catch {
    return undefined
  }
  return Array.isArray(list) && list.every(isScope) ? list : undefined
}

function isScope(value: unknown): value is Scope {
  if (typeof value !== 'object' || value === null) return false
  const { kind, key, prefix, tag, keepsStale } = value as Record<string, unknown>
  if (keepsStale !== undefined && keepsStale !== true) return false
  if (kind === 'key') return typeof key === 'string'
  if (kind === 'prefix') return typeof prefix === 'string'
  return kind === 'tag' ? typeof tag === 'string' : kind === 'all'
}
