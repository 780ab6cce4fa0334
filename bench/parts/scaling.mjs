// What an operation costs as the cache grows from a thousand to ten million entries, beside what
// the memory itself costs: reads of a typed array at random, and a bare Map.
import { makeKeys, values } from '../keys.mjs'
import { generator, scatter, zipfRanks } from '../sequences.mjs'
import { measure as time } from '../speed/measure.mjs'
import { quantile } from '../statistics.mjs'
import { Stopwatch } from '../stopwatch.mjs'

/** Short enough that V8 makes a flat string of it even with nine digits. */
const PREFIX = 'u:'
const BLOCK = 1 << 20
const WORDS_PER_ENTRY = 8

const hitWork = (size) => ({ warmup: Math.max(300_000, size / 10), slices: 16, slice: 100_000, budgetMs: 20_000 })

function uniformIds(size) {
  const random = generator()
  return Uint32Array.from({ length: BLOCK }, () => Math.floor(random() * size))
}

/** Reads at random from 32 bytes an entry, as a table that holds no more than that would have to. */
function typedArray(size) {
  const memory = new Int32Array(size * WORDS_PER_ENTRY).fill(1)
  const ids = uniformIds(size)
  const step = (from, to) => {
    let sum = 0
    for (let i = from; i < to; i++) sum += memory[ids[i & (BLOCK - 1)] * WORDS_PER_ENTRY]
    if (sum !== to - from) throw new Error('the array does not hold what was written')
  }
  return { hit: time(step, hitWork(size)).ns }
}

function hit(create, size) {
  const keys = makeKeys(PREFIX, 0, size)
  const cache = create(size, {})
  for (let i = 0; i < size; i++) cache.set(keys[i], values[i & 1023])
  const ids = uniformIds(size)
  const step = (from, to) => {
    let found = 0
    for (let i = from; i < to; i++) if (cache.get(`${PREFIX}${ids[i & (BLOCK - 1)]}`) !== undefined) found++
    if (found !== to - from) throw new Error(`${to - from - found} keys were not found`)
  }
  return time(step, hitWork(size)).ns
}

/** The requests are drawn in blocks between the timed steps: those for ten million entries would fill a disk. */
function readThrough(create, size) {
  const space = 10 * size
  const rank = zipfRanks(space, 0.99, generator())
  const cache = create(size, { evicts: true })
  const ids = new Uint32Array(Math.min(BLOCK, 4 * size))
  const draw = () => {
    for (let i = 0; i < ids.length; i++) ids[i] = scatter(rank(), space)
  }
  const ask = () => {
    for (let i = 0; i < ids.length; i++) {
      const key = `${PREFIX}${ids[i]}`
      if (cache.get(key) === undefined) cache.set(key, values[i & 1023])
    }
  }
  const warmup = Math.max(300_000, 5 * size)
  for (let done = 0; done < warmup; done += ids.length) {
    draw()
    ask()
  }
  const watch = new Stopwatch()
  const times = []
  for (let i = 0; i < 12; i++) {
    draw()
    watch.restart()
    ask()
    times.push(watch.nanoseconds() / ids.length)
  }
  return quantile(times, 0.25)
}

export async function measure({ module, size, workload }) {
  if (module === undefined) return typedArray(size)
  const { create } = await import(module)
  return workload === 'hit' ? { hit: hit(create, size) } : { 'read-through': readThrough(create, size) }
}
