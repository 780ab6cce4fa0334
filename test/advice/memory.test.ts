import { setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { createCache, type MultiLevelCache, memory } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/index.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Bytes of the heap and of the arrays outside it, when no more of what was there before is given back. */
async function used(): Promise<number> {
  for (let least = Number.POSITIVE_INFINITY; ; ) {
    collect()
    // Arrays outside the heap are given back a little later.
    await turn()
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    const bytes = heapUsed + arrayBuffers
    if (bytes > 0.999 * least) return bytes
    least = bytes
  }
}

describe('The memory of live advice', () => {
  it.each<[string, () => MultiLevelCache]>([
    ['one level', () => createCache({ world: new FakeWorld() })],
    ['two levels', () => createCache({ levels: [memory(), memory()], world: new FakeWorld() })],
    [
      'a level bounded by bytes',
      () => createCache({ levels: [memory({ maxBytes: 2 ** 26 })], world: new FakeWorld() }),
    ],
  ])('is at most a mebibyte a cache, as planned and as measured: %s', async (_, make) => {
    const caches = Array.from({ length: 12 }, make)
    // Once, so that the code and what it needs are there.
    caches[0]!.watchAdvice()()
    const before = await used()
    for (const cache of caches) {
      for (let n = 0; n < 8; n++) cache.namespace(`space${n}`)
      cache.watchAdvice()
    }
    const each = ((await used()) - before) / caches.length
    for (const cache of caches) expect(cache.advice().memory).toBeLessThanOrEqual(2 ** 20)
    expect(each).toBeLessThanOrEqual(2 ** 20)
    // It is what the plan says, and not much less: or else the plan is of no use.
    expect(each).toBeGreaterThan(0.6 * caches[0]!.advice().memory)
    for (const cache of caches) await cache.close()
  })
})
