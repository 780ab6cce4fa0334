// Bytes per entry at a million entries: what the cache itself takes, keys and values not counted
// (all keys are made beforehand, a few values are shared).
import { makeKeys, values } from '../keys.mjs'

const ENTRIES = 1_000_000
const TURNOVERS = 3
const BUDGET_MS = 120_000

async function bytesInUse() {
  for (let i = 0; i < 3; i++) {
    globalThis.gc()
    await new Promise((resolve) => setImmediate(resolve))
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** False where the time ran out. */
function setAll(cache, keys, from, to) {
  const deadline = performance.now() + BUDGET_MS
  for (let i = from; i < to; i++) {
    cache.set(keys[i], values[i & 1023])
    if (i % 1000 === 0 && performance.now() > deadline) return false
  }
  return true
}

export async function measure({ module, evicts, ttl }) {
  const { create } = await import(module)
  const keys = makeKeys('key:', 1_000_000, ENTRIES * (1 + TURNOVERS))
  const before = await bytesInUse()
  const cache = create(ENTRIES, { evicts, ttl })
  if (!setAll(cache, keys, 0, ENTRIES)) return {}
  const full = ((await bytesInUse()) - before) / ENTRIES
  if (!evicts || !setAll(cache, keys, ENTRIES, keys.length)) return { full }
  const churned = ((await bytesInUse()) - before) / ENTRIES
  // Both are used below the last measurement, so that neither is collected before it.
  if (cache.get(keys.at(-1)) === undefined) throw new Error('the last key that was set is not there')
  return { full, churned }
}
