import { setImmediate as turn } from 'node:timers/promises'
import { MemoryCache } from '../../../src/memory/memory-cache.ts'
import { FakeWorld } from '../../../src/testing/fake-world.ts'
import { collect } from './run-child.ts'

const world = new FakeWorld()

/** A cache of ten entries, and weak references to what was put in. */
function filled(ttl: number): { cache: MemoryCache<object, object>; references: WeakRef<object>[] } {
  const cache = new MemoryCache<object, object>({ maxEntries: 10, policy: 'fifo', world })
  const references: WeakRef<object>[] = []
  for (let n = 0; n < 10; n++) {
    const key = { key: n }
    const value = { value: n }
    cache.set(key, value, { ttl })
    references.push(new WeakRef(key), new WeakRef(value))
  }
  return { cache, references }
}

const ways: Record<string, (cache: MemoryCache<object, object>) => void> = {
  deleted: (cache) => {
    for (const key of [...cache.keys()]) cache.delete(key)
  },
  evicted: (cache) => {
    for (let n = 0; n < 10; n++) cache.set({}, 1 as unknown as object)
  },
  expired: () => world.advance(2000),
  cleared: (cache) => cache.clear(),
  closed: (cache) => cache.close(),
}

const caches: unknown[] = []
const left: Record<string, number> = {}
for (const [name, empty] of Object.entries(ways)) {
  const { cache, references } = filled(name === 'expired' ? 10 : 1e9)
  // The caches themselves stay alive.
  caches.push(cache)
  empty(cache)
  const alive = (): number => references.filter((reference) => reference.deref() !== undefined).length
  for (let tries = 0; tries < 20; tries++) {
    await turn()
    collect()
  }
  left[name] = alive()
}
if (caches.length === 0) throw new Error('unreachable')
console.log(JSON.stringify(left))
