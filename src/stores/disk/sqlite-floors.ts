import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Era } from '../../entry/era.ts'
import { keyOfStored } from '../../entry/key-text.ts'
import { floorName } from '../floor-name.ts'
import type { FloorTable } from '../ledger-core-tables.ts'

/** How many floors there are, counted in the row that each transaction reads and writes anyway. */
export interface FloorCount {
  get(): number
  set(count: number): void
}

/**
 * The floors of one kind in a database. To be used within a transaction. Names of more than `longest`
 * characters are hashed: of such a kind `entries` does not tell all.
 */
export class SqliteFloors implements FloorTable {
  readonly #count: FloorCount
  readonly #longest: number
  readonly #find: StatementSync
  readonly #update: StatementSync
  readonly #insert: StatementSync
  readonly #nth: StatementSync
  readonly #forget: StatementSync
  readonly #list: StatementSync
  #listed: (readonly [string, Era])[] | undefined

  constructor(db: DatabaseSync, kind: number, count: FloorCount, longest: number = Number.POSITIVE_INFINITY) {
    this.#longest = longest
    this.#count = count
    this.#find = db.prepare(`SELECT era FROM floors WHERE kind = ${kind} AND name = ?`)
    this.#update = db.prepare(`UPDATE floors SET era = ? WHERE kind = ${kind} AND name = ?`)
    this.#insert = db.prepare(`INSERT INTO floors (kind, era, name) VALUES (${kind}, ?, ?)`)
    this.#nth = db.prepare(`SELECT era FROM floors WHERE kind = ${kind} ORDER BY era LIMIT 1 OFFSET ?`)
    this.#forget = db.prepare(`DELETE FROM floors WHERE kind = ${kind} AND era <= ?`)
    this.#list = db.prepare(`SELECT name, era FROM floors WHERE kind = ${kind}`)
  }

  /** What it remembers of the database may be out of date from now on. */
  renew(): void {
    this.#listed = undefined
  }

  get(name: string): Era {
    return this.#count.get() === 0 ? 0 : Number(this.#find.get(floorName(name, this.#longest))?.era ?? 0)
  }

  raise(name: string, era: Era): void {
    this.#listed = undefined
    const text = floorName(name, this.#longest)
    if (this.#update.run(era, text).changes !== 0) return
    this.#insert.run(era, text)
    this.#count.set(this.#count.get() + 1)
  }

  prune(bound: number): Era {
    const excess = this.#count.get() - bound
    if (excess <= 0) return 0
    this.#listed = undefined
    const highest = Number(this.#nth.get(excess - 1)?.era ?? 0)
    this.#count.set(this.#count.get() - Number(this.#forget.run(highest).changes))
    return highest
  }

  clear(): void {
    this.#listed = undefined
    this.#forget.run(Number.POSITIVE_INFINITY)
    this.#count.set(0)
  }

  entries(): readonly (readonly [string, Era])[] {
    this.#listed ??= this.#count.get() === 0 ? [] : this.#list.all().flatMap(floorIn)
    return this.#listed
  }
}

function floorIn({ name, era }: Record<string, unknown>): (readonly [string, Era])[] {
  const key = typeof name === 'string' ? keyOfStored(name) : undefined
  return key === undefined ? [] : [[key, Number(era)]]
}
