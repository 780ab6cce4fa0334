import { setTimeout as wait } from 'node:timers/promises'
import { MemoryCache } from '../../../src/memory/memory-cache.ts'
import { systemWorld } from '../../../src/world/system-world.ts'
import type { World } from '../../../src/world/world.ts'
import { collect } from './run-child.ts'

const cache = new MemoryCache<number, number>({ maxEntries: 100_000, maxBytes: 1e9, sizeOf: () => 10 })
for (let n = 0; n < 100_000; n++) cache.set(n, n, { ttl: 50 })
const held = cache.size
// No call but `stats`, which gives nothing back.
while (cache.stats().entries > 0) await wait(20)

let timers = 0
/** The real world, which counts the timers that wait. */
const counted: World = {
  wall: () => systemWorld.wall(),
  mono: () => systemWorld.mono(),
  tick: () => systemWorld.tick(),
  random: () => systemWorld.random(),
  soon: (run) => systemWorld.soon(run),
  background: (work, why) => systemWorld.background(work, why),
  after: (delay, run) => {
    timers++
    return systemWorld.after(delay, () => {
      timers--
      run()
    })
  },
}

/** Caches that nobody holds, with a value each that has an hour to live. */
function abandon(count: number): WeakRef<object>[] {
  return Array.from({ length: count }, () => {
    const abandoned = new MemoryCache<string, object>({ idle: '1h', onRemoval: () => {}, world: counted })
    const value = {}
    abandoned.set('key', value, { ttl: '2h' })
    return new WeakRef(value)
  })
}

const abandoned = abandon(20)
const begun = timers
let collected = 0
// Their timers beat once more, find nobody, and end.
for (let turn = 0; turn < 1000 && (collected < abandoned.length || timers > 0); turn++) {
  await wait(10)
  collect()
  collected = abandoned.filter((reference) => reference.deref() === undefined).length
}
console.log(JSON.stringify({ held, left: cache.bytes, collected, begun, timers }))
