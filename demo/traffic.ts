/** What a visitor of the shop does next. */
export type Request = { readonly kind: 'view'; readonly id: number } | { readonly kind: 'reprice'; readonly id: number }

/** Requests, one after another; `undefined` at the end of a recorded trace. */
export interface Traffic {
  readonly name: string
  next(): Request | undefined
}

const SKEW = 1.05
/** One request in so many changes a price. */
const REPRICE = 2000
/** A crawler reads so many products in a row; a burst sends so many visitors to one product. */
const SCAN = 3000
const BURST = 4000

/**
 * A shop's day in small: most views follow Zipf's law, now and then a crawler reads a long row of
 * products once, or everybody looks at one product for a moment; and prices change.
 */
export class ShopTraffic implements Traffic {
  readonly name = 'generated: Zipf, crawlers, bursts, price changes'
  readonly #products: number
  readonly #random: () => number
  readonly #cumulative: Float64Array
  #scanLeft = 0
  #scanAt = 0
  #burstLeft = 0
  #burstOn = 0

  constructor(products: number, random: () => number) {
    this.#products = products
    this.#random = random
    this.#cumulative = new Float64Array(products)
    let sum = 0
    for (let rank = 0; rank < products; rank++) this.#cumulative[rank] = sum += (rank + 1) ** -SKEW
  }

  next(): Request {
    const chance = this.#random()
    if (chance < 1 / 60_000) this.#burst()
    else if (chance < 2 / 60_000) this.#scan()
    if (this.#scanLeft > 0 && this.#random() < 0.2) {
      this.#scanLeft--
      return { kind: 'view', id: this.#scanAt++ % this.#products }
    }
    if (this.#burstLeft > 0 && this.#random() < 0.3) {
      this.#burstLeft--
      return { kind: 'view', id: this.#burstOn }
    }
    return { kind: this.#random() < 1 / REPRICE ? 'reprice' : 'view', id: this.#popular() }
  }

  #scan(): void {
    this.#scanLeft = SCAN
    this.#scanAt = Math.floor(this.#random() * this.#products)
  }

  #burst(): void {
    this.#burstLeft = BURST
    this.#burstOn = Math.floor(this.#random() * this.#products)
  }

  /** A product by Zipf's law; popularity is scattered over the numbers. */
  #popular(): number {
    const at = this.#random() * this.#cumulative[this.#products - 1]!
    let low = 0
    let high = this.#products - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#cumulative[middle]! < at) low = middle + 1
      else high = middle
    }
    return (low * 7919) % this.#products
  }
}

/** The requests of a recorded trace, its keys numbered in the order of their appearance. */
export class TraceTraffic implements Traffic {
  readonly name: string
  readonly #products: number
  readonly #ids: Uint32Array
  #at = 0

  constructor(name: string, ids: Uint32Array, products: number) {
    this.name = name
    this.#ids = ids
    this.#products = products
  }

  next(): Request | undefined {
    if (this.#at === this.#ids.length) return undefined
    return { kind: 'view', id: this.#ids[this.#at++]! % this.#products }
  }
}
