// Hits of the first level through a promise: one call at a time, each awaited, and a hundred in flight.
// A thousand keys, all in memory, asked for by popularity.
import { makeKeys } from '../keys.mjs'
import { sequence } from '../sequences.mjs'
import { quantile } from '../statistics.mjs'
import { Stopwatch } from '../stopwatch.mjs'

const KEYS = 1000
const LENGTH = 1 << 16
const IN_FLIGHT = 100

/**
 * Calls before anything counts and calls a slice, how many slices there are at most, and which of them counts: the
 * lower quartile, as in the speed part. A hit goes through so many functions that V8 is still at work on them, now and
 * then with a worse result than before, until some two million calls are over: a service has that behind it in minutes.
 */
export const COARSE = { warmUp: 2_000_000, calls: 100_000, most: 12, counts: 0.25, budgetMs: 4000 }
/**
 * For differences of a few per cent on a machine that has other work: slices so short that most are not disturbed,
 * nor hold a collection. What a thread has waited is told too coarsely to be taken off them.
 */
export const FINE = { warmUp: 200_000, calls: 1000, most: 3000, counts: 0.05, budgetMs: 1500, isFine: true }

export const keys = makeKeys('user:', 100_000, KEYS)
const ids = sequence('zipf', KEYS, LENGTH)
export const keyAt = (turn) => keys[ids[turn & (LENGTH - 1)]]

async function oneAtATime(call, count, from = 0) {
  for (let i = from; i < from + count; i++) await call(keyAt(i))
}

async function inFlight(call, count, from) {
  const flights = new Array(IN_FLIGHT)
  for (let i = from; i < from + count; i += IN_FLIGHT) {
    for (let j = 0; j < IN_FLIGHT; j++) flights[j] = call(keyAt(i + j))
    await Promise.all(flights)
  }
}

/**
 * Nanoseconds a call, as time and as processor time of all threads of the process.
 *
 * @param run makes so many calls, the first of them call number so and so
 */
export async function time(run, { warmUp, calls, most, counts, budgetMs, isFine = false }) {
  await run(warmUp, 0)
  const deadline = performance.now() + budgetMs
  const times = []
  const costs = []
  const watch = new Stopwatch()
  for (let i = 0; i < most && performance.now() < deadline; i++) {
    watch.restart()
    const usage = process.cpuUsage()
    const began = performance.now()
    await run(calls, i * calls)
    const elapsed = 1e6 * (performance.now() - began)
    const { user, system } = process.cpuUsage(usage)
    times.push((isFine ? elapsed : watch.nanoseconds()) / calls)
    costs.push((1000 * (user + system)) / calls)
  }
  return { ns: quantile(times, counts), cpu: quantile(costs, counts) }
}

/** What a call costs in the modes of `modes.mjs`. */
export async function timeHits(call, slices) {
  return {
    alone: await time((count, from) => oneAtATime(call, count, from), slices),
    inFlight: await time((count, from) => inFlight(call, count, from), slices),
  }
}

/** Slices for a call that may be a hundred times slower than others: it is measured with fewer. */
export async function slicesFor(call) {
  const probe = new Stopwatch()
  await oneAtATime(call, 2000)
  return probe.nanoseconds() / 2000 > 1500 ? { ...COARSE, warmUp: 200_000, calls: 10_000 } : COARSE
}
