// A product catalogue behind a slow database, first without a cache and then with two levels or more in front.

import { randomUUID } from 'node:crypto'
import { CommandError } from '../src/cli/command-error.ts'
import { createCache, type MultiLevelCache } from '../src/index.ts'
import { openTrace, type Trace } from '../src/simulate/index.ts'
import { FakeWorld } from '../src/testing/index.ts'
import { type Arguments, readArguments, USAGE } from './arguments.ts'
import { Catalogue, type Product } from './catalogue.ts'
import { demoLevels, failingLevels } from './levels.ts'
import { openPages } from './pages.ts'
import { Screen } from './screen.ts'
import { type Backend, Shop } from './shop.ts'
import { type Phase, phaseOf, type Summary, summaryOf } from './summary.ts'
import { closing, failure } from './summary-text.ts'
import { ShopTraffic, TraceTraffic, type Traffic } from './traffic.ts'

const PRODUCTS = 20_000
/** Requests of a trace that are replayed at most. */
const LONGEST_TRACE = 5_000_000
/** Requests of `--once`. */
const ONCE = { withoutCache: 2_000, withCache: 100_000 }
const FOREVER = { withoutCache: Number.POSITIVE_INFINITY, withCache: Number.POSITIVE_INFINITY }
/** The part of the time that goes to the shop without a cache. */
const WITHOUT_CACHE = 1 / 6

/** Random numbers that follow from a seed. */
function seeded(seed: number): () => number {
  const world = new FakeWorld(seed)
  return () => world.random()
}

/** Makes the same requests each time it is called. */
async function trafficFactory(trace: string | undefined): Promise<() => Traffic> {
  if (trace === undefined) return () => new ShopTraffic(PRODUCTS, seeded(7))
  const opened = await openTrace(trace, undefined)
  const recorded = await productNumbers(opened)
  if (recorded.length === 0) throw CommandError.usage(`--trace: there is no request in ${trace}`)
  return () => new TraceTraffic(`trace ${opened.name}`, recorded, PRODUCTS)
}

/** A trace's keys, numbered in the order of their first appearance. */
async function productNumbers(trace: Trace): Promise<Uint32Array> {
  const numbers = new Map<number | string, number>()
  const requests: number[] = []
  for await (const { keys } of trace.read()) {
    for (let i = 0; i < keys.length && requests.length < LONGEST_TRACE; i++) {
      const key = keys[i]!
      const number = numbers.get(key) ?? numbers.size
      numbers.set(key, number)
      requests.push(number)
    }
    if (requests.length === LONGEST_TRACE) break
  }
  return Uint32Array.from(requests)
}

function uncached(catalogue: Catalogue): Backend {
  return {
    view: (id) => catalogue.find(id, 'direct'),
    reprice: (id) => catalogue.reprice(id),
  }
}

function cached(catalogue: Catalogue, cache: MultiLevelCache<Product>): Backend {
  return {
    async view(id) {
      const { data } = await cache.getOrFetch(`product:${id}`, () => catalogue.find(id, 'cache'))
      return data
    },
    async reprice(id) {
      const version = await catalogue.reprice(id)
      await cache.delete(`product:${id}`)
      return version
    },
  }
}

/** A shop at work, and when it opened and closed. */
class Shift {
  readonly shop: Shop
  #from = 0
  #to = 0

  constructor(backend: Backend, traffic: Traffic, least: Float64Array, requests: number) {
    this.shop = new Shop(backend, traffic, least, requests)
  }

  async work(): Promise<void> {
    this.#from = performance.now()
    await this.shop.serve()
    this.#to = performance.now()
  }

  phase(): Phase {
    const until = this.#to || performance.now()
    return phaseOf(this.shop, this.#from === 0 ? 1 : until - this.#from)
  }
}

async function run(args: Arguments): Promise<Summary> {
  const traffic = await trafficFactory(args.trace)
  const { levels, remove } = demoLevels(args.redis, args.memcached)
  const cache = createCache<Product>({ levels, ttl: '10m' })
  try {
    for (const sentence of await failingLevels(cache)) console.error(sentence)
    // A run of its own: another demo over the same server has other prices.
    const products = cache.namespace<Product>(`run-${randomUUID().slice(0, 8)}`)
    const pages = args.pages ? await openPages(cache, args.port) : undefined
    const addresses = pages && `Dashboard   ${pages.dashboard}\nPlayground  ${pages.playground}\n\n`
    if (addresses !== undefined) process.stdout.write(addresses)
    const summary = await openShop(args, traffic, cache, products, addresses).finally(() => pages?.close())
    await products.clear()
    return summary
  } finally {
    await cache.close()
    remove()
  }
}

async function openShop(
  args: Arguments,
  traffic: () => Traffic,
  cache: MultiLevelCache,
  products: MultiLevelCache<Product>,
  addresses: string | undefined,
): Promise<Summary> {
  const catalogue = new Catalogue(PRODUCTS, seeded(11))
  const least = new Float64Array(PRODUCTS)
  const limits = args.once ? ONCE : FOREVER
  const requests = traffic()
  const before = new Shift(uncached(catalogue), traffic(), least, limits.withoutCache)
  const after = new Shift(cached(catalogue, products), requests, least, limits.withCache)
  const summary = () => summaryOf(requests.name, catalogue, cache.stats(), before.phase(), after.phase(), after.shop)

  const screen = new Screen(process.stdout, addresses ?? '')
  const stop = args.once ? () => undefined : runFor(args.seconds, screen, summary, before.shop, after.shop)
  process.once('SIGINT', () => {
    before.shop.close()
    after.shop.close()
  })
  await before.work()
  await after.work()
  stop()
  const result = summary()
  catalogue.close()
  return result
}

/** Shows the shops at work and closes them when their time is over. @returns what stops that, after a last look */
function runFor(seconds: number, screen: Screen, summary: () => Summary, before: Shop, after: Shop): () => void {
  const started = performance.now()
  const show = () => screen.show({ ...summary(), elapsed: (performance.now() - started) / 1000, seconds })
  const frames = setInterval(show, screen.period)
  const timers = [
    setTimeout(() => before.close(), seconds * 1000 * WITHOUT_CACHE),
    setTimeout(() => after.close(), seconds * 1000),
  ]
  return () => {
    clearInterval(frames)
    for (const timer of timers) clearTimeout(timer)
    if (process.stdout.isTTY) show()
  }
}

try {
  const args = readArguments(process.argv.slice(2))
  if (args.help) {
    console.log(USAGE)
  } else {
    const summary = await run(args)
    console.log(args.once ? JSON.stringify(summary, null, 2) : `\n${closing(summary)}`)
    process.exitCode = summary.correct ? 0 : 1
  }
} catch (error) {
  console.error(`${failure(error)}\n\n${USAGE}`)
  process.exitCode = 2
}
