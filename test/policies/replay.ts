import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { PolicyContext, PolicyFactory } from '../../src/policies/policy.ts'

/** The real request traces, kept beside the project; tests that need them say so where they are absent. */
const traces = new URL('../../../shared/traces/', import.meta.url)

export const tracesArePresent: boolean = existsSync(traces)

export interface Trace {
  readonly name: string
  readonly requests: number
  readonly keys: number
  readonly sizes: readonly number[]
}

/** Hit ratios in percent by trace, size and policy. */
type Reference = Record<string, Record<string, Record<string, number>>>

/** The traces of the manifest. */
export function manifest(): readonly Trace[] {
  return (JSON.parse(readFileSync(new URL('manifest.json', traces), 'utf8')) as { traces: Trace[] }).traces
}

/** What the reference implementations reached. */
export function reference(): Reference {
  return (JSON.parse(readFileSync(new URL('reference.json', traces), 'utf8')) as { traces: Reference }).traces
}

/** The keys of a trace, one a request. */
export function requests(trace: string): Uint32Array {
  const raw = gunzipSync(readFileSync(new URL(`${trace}.u32.gz`, traces)))
  return new Uint32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.byteLength))
}

/** A small generator (mulberry32): numbers in [0, 1), the same for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** A well-mixed hash of a number (murmur3's finalizer). */
export function hashed(key: number, seed: number): number {
  let hash = key ^ seed
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}

/** Replays requests, each a get and after a miss a set, on a cache of `size` entries; returns its hits. */
export function replay(factory: PolicyFactory, keys: Uint32Array, distinct: number, size: number, seed = 1): number {
  const slotOf = new Int32Array(distinct)
  const keyOf = new Int32Array(size + 1)
  const context: PolicyContext = {
    slots: size,
    capacity: size,
    random: seeded(seed),
    deadline: () => Number.POSITIVE_INFINITY,
    hashOf: (slot) => hashed(keyOf[slot]!, seed),
  }
  const policy = factory(context)
  let used = 0
  let hits = 0
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!
    let slot = slotOf[key]!
    if (slot !== 0) {
      hits++
      policy.touched(slot)
      continue
    }
    if (used < size) slot = ++used
    else {
      slot = policy.evict()
      slotOf[keyOf[slot]!] = 0
    }
    slotOf[key] = slot
    keyOf[slot] = key
    policy.added(slot, hashed(key, seed), 1)
  }
  policy.check()
  return hits
}
