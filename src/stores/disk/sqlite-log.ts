import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Era } from '../../entry/era.ts'
import type { Scope } from '../../entry/scope.ts'
import type { Invalidation } from '../ledger.ts'
import type { LogTable, ShardState } from '../ledger-core-tables.ts'

/** The log of a shard in a database. What a damaged row says is not told: the log ends before it. */
export class SqliteLog implements LogTable {
  readonly #state: () => ShardState | undefined
  readonly #append: StatementSync
  readonly #forget: StatementSync
  readonly #after: StatementSync
  readonly #link: StatementSync
  readonly #clear: StatementSync

  constructor(db: DatabaseSync, state: () => ShardState | undefined) {
    this.#state = state
    this.#append = db.prepare('INSERT OR REPLACE INTO log (era, link, prev, origin, scopes) VALUES (?, ?, ?, ?, ?)')
    this.#forget = db.prepare('DELETE FROM log WHERE era <= ?')
    this.#after = db.prepare('SELECT * FROM log WHERE era > ? ORDER BY era')
    this.#link = db.prepare('SELECT link FROM log WHERE era = ?')
    this.#clear = db.prepare('DELETE FROM log')
  }

  append({ era, link, prev, origin, scopes }: Invalidation, forget: Era): void {
    this.#append.run(era, link, prev, origin, JSON.stringify(scopes))
    if (forget > 0) this.#forget.run(forget)
  }

  after(era: Era): readonly Invalidation[] {
    const reign = this.#state()?.reign ?? ''
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
  }
}

function stepIn(row: Record<string, unknown>, reign: string): Invalidation | undefined {
  const { era, link, prev, origin, scopes } = row
  if (typeof era !== 'number' || typeof link !== 'string' || typeof prev !== 'string' || typeof origin !== 'string') {
    return undefined
  }
  const list = typeof scopes === 'string' ? scopesIn(scopes) : undefined
  return list === undefined ? undefined : { reign, era, link, prev, origin, scopes: list }
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
  const { kind, key, prefix, tag } = value as Record<string, unknown>
  if (kind === 'key') return typeof key === 'string'
  if (kind === 'prefix') return typeof prefix === 'string'
  return kind === 'tag' ? typeof tag === 'string' : kind === 'all'
}
