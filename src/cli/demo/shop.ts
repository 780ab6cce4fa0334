import type { MultiLevelCache } from '../../cache.ts'
import type { World } from '../../world/world.ts'

/** What the shop sells, as its database has it. */
export interface Product {
  readonly id: number
  readonly name: string
  readonly price: number
  /** How often the price was changed. */
  readonly version: number
}

const PRODUCTS = 2000
const SKEW = 1.1
/** Milliseconds that a query of the database takes at least, and by how much more at most. */
const FASTEST = 4
const SPREAD = 8
/** One visit in so many changes a price; one in so many, everything of a category. */
const REPRICE = 400
const RECATEGORIZE = 8000
/** Visits after which other products are the popular ones. */
const FASHION = 3000
/** Milliseconds between two rounds of visits. */
const ROUND = 50

const KINDS = ['lamp', 'chair', 'kettle', 'notebook', 'jacket', 'bicycle', 'shelf', 'radio']

/**
 * A small shop that is open for as long as somebody looks: visitors by Zipf's law, whose taste drifts; a
 * database in memory that is as slow as one across a network; prices that change.
 */
export class Shop {
  readonly #cache: MultiLevelCache
  readonly #world: World
  readonly #perRound: number
  readonly #cumulative: Float64Array
  readonly #versions = new Uint32Array(PRODUCTS)
  #visits = 0
  #shift = 0
  #owed = 0
  #isOpen = true
  queries = 0

  /** @param rate visits a second */
  constructor(cache: MultiLevelCache, world: World, rate: number) {
    this.#cache = cache
    this.#world = world
    this.#perRound = (rate * ROUND) / 1000
    this.#cumulative = new Float64Array(PRODUCTS)
    let sum = 0
    for (let rank = 0; rank < PRODUCTS; rank++) {
      sum += (rank + 1) ** -SKEW
      this.#cumulative[rank] = sum
    }
    this.#round()
  }

  close(): void {
    this.#isOpen = false
  }

  #round(): void {
    if (!this.#isOpen) return
    this.#owed += this.#perRound
    for (; this.#owed >= 1; this.#owed--) this.#world.background(this.#visit(), 'a visit to the shop')
    this.#world.after(ROUND, () => this.#round(), true)
  }

  async #visit(): Promise<void> {
    if (++this.#visits % FASHION === 0) this.#shift += 40
    const id = this.#popular()
    if (this.#visits % RECATEGORIZE === 0) await this.#cache.invalidateTags([kindOf(id)])
    else if (this.#visits % REPRICE === 0) {
      this.#versions[id]!++
      await this.#cache.delete(keyOf(id))
    } else await this.#cache.getOrFetch(keyOf(id), () => this.#query(id), { tags: [kindOf(id)] })
  }

  #query(id: number): Promise<Product> {
    this.queries++
    const product = { id, name: `${kindOf(id)} ${id}`, price: 5 + (id % 400) / 2, version: this.#versions[id]! }
    const takes = FASTEST + this.#world.random() * SPREAD
    return new Promise((resolve) => this.#world.after(takes, () => resolve(product), true))
  }

  #popular(): number {
    const at = this.#world.random() * this.#cumulative[PRODUCTS - 1]!
    let [low, high] = [0, PRODUCTS - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#cumulative[middle]! < at) low = middle + 1
      else high = middle
    }
    return (low * 7 + this.#shift) % PRODUCTS
  }
}

function keyOf(id: number): string {
  return `product:${id}`
}

function kindOf(id: number): string {
  return KINDS[id % KINDS.length]!
}
