// A product catalogue behind a slow database, first without a cache and then with two levels in front.

import { type Cache, createCache, memory } from '../src/index.ts'
import { openTrace } from '../src/simulate/index.ts'
import { type Arguments, readArguments, USAGE } from './arguments.ts'
import { Catalogue, type Product } from './catalogue.ts'
import { closing, Screen } from './screen.ts'
import { type Backend, Shop } from './shop.ts'
import { phaseOf, type Summary, summaryOf } from './summary.ts'
import { ShopTraffic, TraceTraffic, type Traffic } from './traffic.ts'

const PRODUCTS = 20_000
/** Requests of `--once`. */
const ONCE = { withoutCache: 2_000, withCache: 200_000 }

function mulberry(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** The same requests each time it is called. */
async function trafficFactory(trace: string | undefined): Promise<() => Traffic> {
  if (trace === undefined) return () => new ShopTraffic(PRODUCTS, mulberry(7))
  const numbers = new Map<number | string, number>()
  const ids: number[] = []
  const opened = await openTrace(trace, undefined)
  for await (const { keys } of opened.read()) {
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!
      let id = numbers.get(key)
      if (id === undefined) numbers.set(key, (id = numbers.size))
      ids.push(id)
    }
  }
  const recorded = Uint32Array.from(ids)
  return () => new TraceTraffic(`trace ${opened.name}`, recorded, PRODUCTS)
}

function uncached(catalogue: Catalogue): Backend {
  return {
    view: (id) => catalogue.find(id, 'direct'),
    reprice: (id) => catalogue.reprice(id),
  }
}

function cached(catalogue: Catalogue, cache: Cache<Product>): Backend {
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

async function run(args: Arguments): Promise<Summary> {
  const traffic = await trafficFactory(args.trace)
  const catalogue = new Catalogue(PRODUCTS, mulberry(11))
  await using cache = createCache<Product>({
    levels: [memory({ maxEntries: 500 }), memory({ maxEntries: 5_000 })],
    ttl: '10m',
  })
  const least = new Float64Array(PRODUCTS)
  const limits = args.once ? ONCE : { withoutCache: Number.POSITIVE_INFINITY, withCache: Number.POSITIVE_INFINITY }
  const before = new Shop(uncached(catalogue), traffic(), least, limits.withoutCache)
  const after = new Shop(cached(catalogue, cache), traffic(), least, limits.withCache)
  const started = performance.now()
  const first = { from: started, to: 0 }
  const second = { from: 0, to: 0 }

  const now = () => performance.now()
  const summary = () =>
    summaryOf(
      traffic().name,
      catalogue,
      cache.stats(),
      phaseOf(before, (first.to || now()) - first.from),
      phaseOf(after, second.from === 0 ? 1 : (second.to || now()) - second.from),
      after,
    )

  const screen = new Screen(process.stdout)
  const show = () => screen.show({ ...summary(), elapsed: (now() - started) / 1000, seconds: args.seconds })
  const frames = args.once ? undefined : setInterval(show, screen.period)
  const ends = args.once
    ? []
    : [
        setTimeout(() => before.close(), (args.seconds * 1000) / 6),
        setTimeout(() => after.close(), args.seconds * 1000),
      ]
  process.once('SIGINT', () => {
    before.close()
    after.close()
  })

  await before.serve()
  first.to = now()
  second.from = now()
  await after.serve()
  second.to = now()
  clearInterval(frames)
  for (const end of ends) clearTimeout(end)
  if (!args.once && process.stdout.isTTY) show()
  const result = summary()
  catalogue.close()
  return result
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
  console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`)
  process.exitCode = 2
}
