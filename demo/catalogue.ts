import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Product {
  readonly id: number
  readonly name: string
  readonly price: number
  /** How often the product was changed. */
  readonly version: number
  readonly description: string
}

/** Queries that run at the same time; the others wait, as for the connections of a pool. */
const CONNECTIONS = 16
const ADJECTIVES = ['Quiet', 'Bright', 'Folding', 'Solid', 'Light', 'Woven', 'Northern', 'Blue']
const NOUNS = ['lamp', 'chair', 'kettle', 'notebook', 'jacket', 'bicycle', 'shelf', 'radio']

/** Who asks: the cache on a miss, or somebody who has no cache in front. */
export type Asker = 'cache' | 'direct'

/**
 * The product catalogue: a real SQLite database in this process, made as slow as one across a network
 * that is busy: 4 to 12 ms a query, 16 queries at a time. It counts who asks it.
 */
export class Catalogue {
  readonly products: number
  readonly queries: Record<Asker, number> = { cache: 0, direct: 0 }
  readonly #database = new DatabaseSync(':memory:')
  readonly #select: StatementSync
  readonly #update: StatementSync
  readonly #random: () => number
  #running = 0
  readonly #waiting: (() => void)[] = []

  constructor(products: number, random: () => number) {
    this.products = products
    this.#random = random
    this.#database.exec(
      'CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT, price REAL, version INTEGER, description TEXT)',
    )
    this.#fill()
    this.#select = this.#database.prepare('SELECT * FROM products WHERE id = ?')
    this.#update = this.#database.prepare(
      'UPDATE products SET price = ?, version = version + 1 WHERE id = ? RETURNING version',
    )
  }

  #fill(): void {
    const insert = this.#database.prepare('INSERT INTO products VALUES (?, ?, ?, 0, ?)')
    this.#database.exec('BEGIN')
    for (let id = 0; id < this.products; id++) {
      const name = `${ADJECTIVES[id % ADJECTIVES.length]} ${NOUNS[(id >> 3) % NOUNS.length]} ${id}`
      insert.run(id, name, 5 + (id % 400) / 2, `${name}: made to last, kept in stock, sent tomorrow.`)
    }
    this.#database.exec('COMMIT')
  }

  /** The product, or `undefined` where there is none. */
  find(id: number, asker: Asker): Promise<Product | undefined> {
    return this.#query(() => {
      this.queries[asker]++
      return this.#select.get(id) as Product | undefined
    })
  }

  /** Changes a price. @returns the product's new version */
  reprice(id: number): Promise<number> {
    return this.#query(() => {
      const row = this.#update.get(5 + Math.round(this.#random() * 400) / 2, id) as { version: number }
      return row.version
    })
  }

  close(): void {
    this.#database.close()
  }

  async #query<T>(work: () => T): Promise<T> {
    if (this.#running === CONNECTIONS) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#running++
    try {
      // What is read is the database's state at the start of the query: the answer is as old as its way back is long.
      const result = work()
      await sleep(4 + this.#random() * 8)
      return result
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#running--
      else next()
    }
  }
}
