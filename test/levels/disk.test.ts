import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type CacheEvent, createCache, memory } from '../../src/index.ts'
import { disk } from '../../src/levels/disk.ts'
import { levelConformance } from '../../src/testing/level-conformance.ts'
import { systemWorld } from '../../src/world/system-world.ts'

const folder = mkdtempSync(join(tmpdir(), 'terrace-disk-'))
let files = 0
const file = () => join(folder, `${files++}.db`)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

levelConformance({ describe, it }, 'disk', () => disk({ path: file() }), { real: systemWorld, seeds: 5, steps: 100 })

describe('a cache over memory and disk', () => {
  it('finds after a restart what it kept before', async () => {
    const path = file()
    const first = createCache({ levels: [memory(), disk({ path })], ttl: '1h' })
    await first.set('user:1', { name: 'Ada', born: new Date(0) })
    await first.close()
    const second = createCache({ levels: [memory(), disk({ path })], ttl: '1h' })
    expect(await second.get('user:1')).toEqual({ name: 'Ada', born: new Date(0) })
    await second.close()
  })

  it('tells which value is too large for the file, and why', async () => {
    const refused: object[] = []
    const observe = (event: CacheEvent) => event.type === 'refused' && refused.push(event)
    const cache = createCache({ levels: [memory(), disk({ path: file(), maxBytes: 2 ** 20 })], observe })
    const { levels } = await cache.set('large', Buffer.alloc(200_000))
    expect(levels.map(({ outcome }) => outcome)).toEqual(['done', 'refused'])
    const message = expect.stringMatching(/^it takes 200\d\d\d bytes, more than an eighth of maxBytes \(131072\)$/)
    const reason = expect.objectContaining({ code: 'ERR_VALUE_UNSUPPORTED', message })
    expect(refused).toEqual([{ type: 'refused', key: 'large', level: 'L2', reason }])
    await cache.close()
  })

  it('counts together with another cache over the same file', async () => {
    const path = file()
    const caches = [1, 2].map(() => createCache<number>({ levels: [memory(), disk({ path })] }))
    await Promise.all(Array.from({ length: 40 }, (_, n) => caches[n % 2]!.increment('visits', 2)))
    expect(await caches[0]!.increment('visits', 0)).toBe(80)
    await Promise.all(caches.map((cache) => cache.close()))
  })
})
