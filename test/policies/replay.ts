import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { PolicyContext, PolicyFactory } from '../../src/policies/policy.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'

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

/** A context of `size` entries of weight 1 that never expire, for policies driven by hand. */
export function context(size: number, seed = 1): PolicyContext {
  const world = new FakeWorld(seed)
  return {
    slots: size,
    capacity: size,
    random: () => world.random(),
    deadline: () => Number.POSITIVE_INFINITY,
    hashOf: () => 0,
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
export function replay(
  factory: PolicyFactory,
  keys: Uint32Array,
  distinct: number,
  size: number,
  seed = 1,
  hash: (key: number, seed: number) => number = hashed,
): number {
  const slotOf = new Int32Array(distinct)
  const keyOf = new Int32Array(size + 1)
  const policy = factory({ ...context(size, seed), hashOf: (slot) => hash(keyOf[slot], seed) })
  let used = 0
  let hits = 0
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]
    let slot = slotOf[key]
    if (slot !== 0) {
      hits++
      policy.touched(slot)
      continue
    }
    if (used < size) slot = ++used
    else {
      slot = policy.evict()
      slotOf[keyOf[slot]] = 0
    }
    slotOf[key] = slot
    keyOf[slot] = key
    policy.added(slot, hash(key, seed), 1)
  }
  policy.check()
  return hits
}
