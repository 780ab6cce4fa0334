// What live advice costs a hit of level 1: caches in one process, two measured and two not, asked for
// the same keys in turns, slice by slice. All keys are held; the pace of the sampling has settled.
import { createCache, memory } from '../../dist/index.js'
import { makeKeys } from '../keys.mjs'
import { sequence } from '../sequences.mjs'
import { median, quantile } from '../statistics.mjs'
import { Stopwatch } from '../stopwatch.mjs'

const LENGTH = 1 << 16
const IN_FLIGHT = 100
const SLICE = 50_000
const ROUNDS = 100
/** Long enough for the sampling to find its pace. */
const SETTLING_MS = 4000

async function alone(cache, keys, ids) {
  for (let i = 0; i < SLICE; i++) await cache.get(keys[ids[i & (LENGTH - 1)]])
}

async function inFlight(cache, keys, ids) {
  const flights = new Array(IN_FLIGHT)
  for (let i = 0; i < SLICE; i += IN_FLIGHT) {
    for (let j = 0; j < IN_FLIGHT; j++) flights[j] = cache.get(keys[ids[(i + j) & (LENGTH - 1)]])
    await Promise.all(flights)
  }
}

async function open(keys, advice) {
  const cache = createCache({ levels: [memory({ maxEntries: 2 * keys.length })], advice })
  for (const key of keys) await cache.set(key, { id: key })
  return cache
}

/** Nanoseconds a hit without and with advice, and the median over rounds of the ratio of all with to all without. */
async function compare(run, caches, keys, ids) {
  const watch = new Stopwatch()
  const time = async ({ cache }) => {
    watch.restart()
    await run(cache, keys, ids)
    return watch.nanoseconds() / SLICE
  }
  const settled = performance.now() + SETTLING_MS
  while (performance.now() < settled) for (const each of caches) await time(each)
  const rounds = []
  for (let round = 0; round < ROUNDS; round++) {
    const sums = { off: 0, on: 0 }
    for (let turn = 0; turn < caches.length; turn++) {
      const each = caches[(round + turn) % caches.length]
      sums[each.kind] += (await time(each)) / (caches.length / 2)
    }
    rounds.push(sums)
  }
  const quarter = (which) =>
    quantile(
      rounds.map((sums) => sums[which]),
      0.25,
    )
  return { off: quarter('off'), on: quarter('on'), ratio: median(rounds.map((sums) => sums.on / sums.off)) }
}

export async function measure({ size, against, first: outer }) {
  const keys = makeKeys('user:', 1_000_000, size)
  const ids = sequence('zipf', size, LENGTH)
  // The compiler knows the first cache of a process best, by a tenth of a hit: none of those that count is that one.
  const first = await open(keys, false)
  for (const run of [alone, inFlight]) for (let turn = 0; turn < 5; turn++) await run(first, keys, ids)
  const caches = []
  const inner = outer === 'off' ? 'on' : 'off'
  for (const kind of [outer, inner, inner, outer]) {
    caches.push({ kind, cache: await open(keys, kind === 'on' && against !== 'itself') })
  }
  const result = {
    alone: await compare(alone, caches, keys, ids),
    inFlight: await compare(inFlight, caches, keys, ids),
  }
  const [level] = caches.find(({ kind }) => kind === 'on').cache.advice().levels
  for (const { cache } of [...caches, { cache: first }]) await cache.close()
  return { ...result, sampled: level?.sampled }
}
