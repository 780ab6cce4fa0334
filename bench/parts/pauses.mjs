// How long the event loop stands still at a million entries: while the cache is made, while it grows
// from empty to full, and under mixed load (Zipf read-through, one set in five operations), in turns of 500
// operations, with new keys and values. A pause is the time from the start of a turn to the start
// of the next, so that what a cache does in timers counts. The collector's pauses are told apart by
// their own performance entries.
import { PerformanceObserver } from 'node:perf_hooks'
import { generator, sequence } from '../sequences.mjs'
import { quantile } from '../statistics.mjs'
import { waited } from '../stopwatch.mjs'

const ENTRIES = 1_000_000
const TURN = 500
const BUDGET_MS = 60_000
const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

const collections = []
const observer = new PerformanceObserver((list) => {
  for (const { startTime, duration } of list.getEntries())
    collections.push({ start: startTime, end: startTime + duration })
})

/** Runs `turn(i)` for each i, and gives the start of each with the time waited for a processor until then. */
async function runTurns(count, turn) {
  const starts = new Float64Array(count + 1)
  const waits = new Float64Array(count + 1)
  const deadline = performance.now() + BUDGET_MS
  let done = 0
  while (done < count && performance.now() < deadline) {
    starts[done] = performance.now()
    waits[done] = waited()
    turn(done)
    done++
    await nextTurn()
  }
  starts[done] = performance.now()
  waits[done] = waited()
  // The last collections are reported a little later.
  await new Promise((resolve) => setTimeout(resolve, 50))
  return { starts: starts.subarray(0, done + 1), waits, cut: done < count }
}

/** The collector's share of the time from `start` to `end`; `from` is the first collection that may overlap. */
function collectingWithin(start, end, from) {
  let at = from
  while (at < collections.length && collections[at].end <= start) at++
  let sum = 0
  for (let i = at; i < collections.length && collections[i].start < end; i++) {
    sum += Math.min(end, collections[i].end) - Math.max(start, collections[i].start)
  }
  return { sum, at }
}

function pausesOf({ starts, waits, cut }) {
  collections.sort((a, b) => a.start - b.start)
  const pauses = []
  const beyond = []
  const turns = []
  let at = 0
  for (let i = 0; i + 1 < starts.length; i++) {
    const elapsed = starts[i + 1] - starts[i]
    const waiting = (waits[i + 1] - waits[i]) / 1e6
    const collecting = collectingWithin(starts[i], starts[i + 1], at)
    at = collecting.at
    pauses.push(Math.max(0, elapsed - waiting))
    // Waiting may have fallen into a collection: it is not taken off twice.
    beyond.push(Math.max(0, elapsed - collecting.sum - Math.max(0, waiting - collecting.sum)))
    turns.push({ turn: i, beyond: beyond[i], elapsed, collecting: collecting.sum, waiting })
  }
  return {
    p99: quantile(pauses, 0.99),
    p999: quantile(pauses, 0.999),
    longest: Math.max(...pauses),
    p999Beyond: quantile(beyond, 0.999),
    longestBeyond: Math.max(...beyond),
    cut,
    worst: turns.sort((a, b) => b.beyond - a.beyond).slice(0, 5),
  }
}

/** Making the cache happens once, when a service starts: it is told apart from growing. */
function made(create) {
  const started = performance.now()
  const before = waited()
  const cache = create(ENTRIES, { evicts: true })
  return { cache, milliseconds: performance.now() - started - (waited() - before) / 1e6 }
}

const growing = (cache) => (i) => {
  for (let j = i * TURN; j < (i + 1) * TURN; j++) cache.set(`user:${j}`, { id: j, at: i })
}

function mixed(cache, turns) {
  const ids = sequence('zipf', 10 * ENTRIES, turns * TURN)
  const random = generator(7)
  return (i) => {
    for (let j = i * TURN; j < (i + 1) * TURN; j++) {
      const id = ids[j]
      if (j % 5 === 0) cache.set(`user:${Math.floor(random() * 10 * ENTRIES)}`, { id, at: j })
      else if (cache.get(`user:${id}`) === undefined) cache.set(`user:${id}`, { id, at: j })
    }
  }
}

export async function measure({ module, turns }) {
  const { create } = await import(module)
  // The code is compiled on a small cache: a service has warmed up long before a million entries.
  const small = create(10_000, { evicts: true })
  for (let i = 0; i < 100_000; i++) {
    if (small.get(`warm:${i % 15_000}`) === undefined) small.set(`warm:${i % 15_000}`, { id: i, at: 0 })
  }
  observer.observe({ entryTypes: ['gc'] })
  const { cache, milliseconds } = made(create)
  await nextTurn()
  const growth = pausesOf(await runTurns(ENTRIES / TURN, growing(cache)))
  collections.length = 0
  const load = pausesOf(await runTurns(turns, mixed(cache, turns)))
  return { construction: milliseconds, growth, load, warm: small.get('warm:1') !== undefined }
}
