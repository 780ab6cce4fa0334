// An answer from the first level through a promise: one call at a time, each awaited, and a hundred
// in flight. A thousand keys, all in memory.
import { makeKeys } from '../keys.mjs'
import { sequence } from '../sequences.mjs'
import { quantile } from '../statistics.mjs'
import { Stopwatch } from '../stopwatch.mjs'

const KEYS = 1000
const LENGTH = 1 << 16
const IN_FLIGHT = 100
const SLICES = 12
const BUDGET_MS = 4000

async function oneAtATime(call, keys, ids, count) {
  for (let i = 0; i < count; i++) await call(keys[ids[i & (LENGTH - 1)]])
}

async function inFlight(call, keys, ids, count) {
  const flights = new Array(IN_FLIGHT)
  for (let i = 0; i < count; i += IN_FLIGHT) {
    for (let j = 0; j < IN_FLIGHT; j++) flights[j] = call(keys[ids[(i + j) & (LENGTH - 1)]])
    await Promise.all(flights)
  }
}

function synchronous(call, keys, ids, count) {
  for (let i = 0; i < count; i++) if (call(keys[ids[i & (LENGTH - 1)]]) === undefined) throw new Error('not there')
}

/** Nanoseconds a call: the lower quartile of the slices, as in the speed part. */
async function time(run, slice) {
  await run(slice)
  const deadline = performance.now() + BUDGET_MS
  const times = []
  const watch = new Stopwatch()
  for (let i = 0; i < SLICES && performance.now() < deadline; i++) {
    watch.restart()
    await run(slice)
    times.push(watch.nanoseconds() / slice)
  }
  return quantile(times, 0.25)
}

export async function measure({ peer, call: name }) {
  const { open } = await import(`../tiered/peers/${peer}.mjs`)
  const keys = makeKeys('user:', 100_000, KEYS)
  const ids = sequence('zipf', KEYS, LENGTH)
  let loads = 0
  const load = (key) => {
    loads++
    return { id: key, name: `user ${key}` }
  }
  const calls = open(keys, load)
  for (const key of keys) await Object.values(calls)[0](key)
  const call = calls[name]
  if (name.includes('synchronous'))
    return { alone: await time((count) => synchronous(call, keys, ids, count), 200_000) }
  // A peer a hundred times slower than the reference is measured with fewer calls.
  const probe = new Stopwatch()
  await oneAtATime(call, keys, ids, 2000)
  const slice = probe.nanoseconds() / 2000 > 1500 ? 10_000 : 100_000
  const result = {
    alone: await time((count) => oneAtATime(call, keys, ids, count), slice),
    inFlight: await time((count) => inFlight(call, keys, ids, count), slice),
  }
  if (loads !== KEYS) throw new Error(`${loads} loads for ${KEYS} keys: not all calls were hits`)
  return result
}
