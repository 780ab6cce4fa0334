// A full cache is asked for keys it has (built at the call, or the very string objects it holds) and
// for keys it has not, and its values are replaced.
import { ABSENT, firstId, LONG, makeKeys, SHORT, values } from '../keys.mjs'
import { sequence } from '../sequences.mjs'
import { measure } from './measure.mjs'

const LENGTH = 1 << 21

function effort(size) {
  if (size <= 100_000) return { warmup: 1_000_000, slices: 16, slice: 100_000, budgetMs: 2400 }
  return { warmup: 500_000, slices: 16, slice: 100_000, budgetMs: 5000 }
}

function getFresh(cache, prefix, first, ids, expected) {
  return (from, to) => {
    let found = 0
    for (let i = from; i < to; i++) {
      if (cache.get(`${prefix}${first + ids[i & (LENGTH - 1)]}`) !== undefined) found++
    }
    if (found > 0 !== expected) throw new Error(`${found} of ${to - from} keys were found`)
  }
}

function getReused(cache, keys, ids, expected) {
  return (from, to) => {
    let found = 0
    for (let i = from; i < to; i++) {
      if (cache.get(keys[ids[i & (LENGTH - 1)]]) !== undefined) found++
    }
    if (found > 0 !== expected) throw new Error(`${found} of ${to - from} keys were found`)
  }
}

function update(cache, keys, ids) {
  return (from, to) => {
    for (let i = from; i < to; i++) cache.set(keys[ids[i & (LENGTH - 1)]], values[i & 1023])
  }
}

function filled(create, size, keys) {
  const cache = create(size, {})
  for (let i = 0; i < size; i++) cache.set(keys[i], values[i & 1023])
  return cache
}

export function hits(create, size) {
  const first = firstId(size)
  const keys = makeKeys(SHORT, first, size)
  const absent = makeKeys(ABSENT, first, size)
  const uniform = sequence('uniform', size, LENGTH)
  const zipf = sequence('zipf', size, LENGTH)
  const cache = filled(create, size, keys)
  const work = effort(size)
  return {
    'hit, reused key': measure(getReused(cache, keys, uniform, true), work),
    'hit, reused key, Zipf': measure(getReused(cache, keys, zipf, true), work),
    'hit, fresh key': measure(getFresh(cache, SHORT, first, uniform, true), work),
    'miss, reused key': measure(getReused(cache, absent, uniform, false), work),
    'miss, fresh key': measure(getFresh(cache, ABSENT, first, uniform, false), work),
    update: measure(update(cache, keys, uniform), work),
  }
}

export function longKeys(create, size) {
  const first = firstId(size)
  const keys = makeKeys(LONG, first, size)
  const uniform = sequence('uniform', size, LENGTH)
  const cache = filled(create, size, keys)
  const work = effort(size)
  return {
    'hit, reused 40-character key': measure(getReused(cache, keys, uniform, true), work),
    'hit, fresh 40-character key': measure(getFresh(cache, LONG, first, uniform, true), work),
  }
}
