import { setImmediate as breathe } from 'node:timers/promises'
import type { Product } from './catalogue.ts'
import { Latencies } from './latencies.ts'
import type { Traffic } from './traffic.ts'

/** Visitors who click one after another, without a pause. */
const VISITORS = 64
/** Requests of one visitor between two turns of the event loop. */
const BREATH = 50

/** Where the shop gets a product from, and how it changes one: with a cache in front or without. */
export interface Backend {
  view(id: number): Promise<Product | undefined>
  /** @returns the new version, once no reader can get an older one */
  reprice(id: number): Promise<number>
}

/** The shop at work: visitors, how long they wait, and whether anyone is shown an old price. */
export class Shop {
  readonly latencies: Latencies = new Latencies()
  /** Views that showed a version older than one whose change was complete before the view began. */
  staleViews = 0
  reprices = 0
  readonly #backend: Backend
  readonly #traffic: Traffic
  /** By product: the version below which nothing may be shown. */
  readonly #least: Float64Array
  #requestsLeft: number
  #open = true

  /** @param requests how many requests to serve at most; `Infinity` until `close` */
  constructor(backend: Backend, traffic: Traffic, least: Float64Array, requests: number) {
    this.#backend = backend
    this.#traffic = traffic
    this.#least = least
    this.#requestsLeft = requests
  }

  get requests(): number {
    return this.latencies.count
  }

  /** Serves until the traffic or the number of requests ends, or `close` is called. */
  async serve(): Promise<void> {
    await Promise.all(Array.from({ length: VISITORS }, () => this.#visit()))
  }

  close(): void {
    this.#open = false
  }

  async #visit(): Promise<void> {
    for (let served = 1; this.#open && this.#requestsLeft > 0; served++) {
      this.#requestsLeft--
      const request = this.#traffic.next()
      if (request === undefined) return
      const started = performance.now()
      if (request.kind === 'view') await this.#view(request.id)
      else await this.#reprice(request.id)
      this.latencies.add(performance.now() - started)
      // A hit in memory never leaves the microtask queue: without this the screen would stand still.
      if (served % BREATH === 0) await breathe()
    }
  }

  async #view(id: number): Promise<void> {
    const least = this.#least[id]!
    const product = await this.#backend.view(id)
    if (product !== undefined && product.version < least) this.staleViews++
  }

  async #reprice(id: number): Promise<void> {
    const version = await this.#backend.reprice(id)
    this.#least[id] = Math.max(this.#least[id]!, version)
    this.reprices++
  }
}
