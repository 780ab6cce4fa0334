import { describe, expect, it } from 'vitest'
import { auto } from '../../src/codecs/index.ts'
import { createCache, type LevelFactory, type MultiLevelCache, memory } from '../../src/index.ts'
import { StoreLevel } from '../../src/remote/store-level.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { SharedMemory, sharedMemoryStore } from '../feeds/shared-memory-store.ts'
import { virtualTime } from '../fleet/virtual-time.ts'

const MAX_STALENESS = 1000
const SLOW = 700

describe('what a level that tells nothing did not keep, above it', () => {
  /** Two processes; what the first one fetches does not reach what they share while its way is cut. */
  function fleet() {
    const world = new FakeWorld()
    const shared = new SharedMemory()
    const way = { isCut: false }
    const cache = (isCut: () => boolean): MultiLevelCache<number> => {
      const below: LevelFactory = (context) => {
        const whole = sharedMemoryStore(shared, world, () => ({ latency: 0, failure: 0, lag: MAX_STALENESS }))
        const write: typeof whole.write = async (entries) => {
          if (isCut()) throw new Error('out of reach')
          return whole.write(entries)
        }
        const settings = { name: context.name, timeout: 50, ttl: Number.POSITIVE_INFINITY, codec: auto() }
        return new StoreLevel({ ...whole, write }, settings, context)
      }
      return createCache<number>({ levels: [memory(), below], leases: false, world })
    }
    return { cut: cache(() => way.isCut), other: cache(() => false), way, ...virtualTime(world) }
  }

  it('stays no longer than maxStaleness after the source was asked', async () => {
    const { cut, other, way, pass, during, later } = fleet()
    way.isCut = true
    const slow = cut.getOrFetch('k', () => later(SLOW, 1))
    await pass(SLOW / 2)
    await during(other.set('k', 2))
    expect(await during(slow)).toMatchObject({ data: 1 })
    way.isCut = false
    await pass(MAX_STALENESS - SLOW - 50)
    expect(cut.peek('k')).toBe(1)
    await pass(SLOW / 2)
    expect(cut.peek('k')).toBeUndefined()
    expect(await during(cut.get('k'))).toBe(2)
    await during(Promise.all([cut.close(), other.close()]))
  })

  it('is not kept at all after a fetch longer than that', async () => {
    const { cut, other, way, during, later } = fleet()
    way.isCut = true
    const slow = cut.getOrFetch('k', () => later(MAX_STALENESS + 1, 1))
    expect((await during(slow)).data).toBe(1)
    expect(cut.peek('k')).toBeUndefined()
    await during(Promise.all([cut.close(), other.close()]))
  })

  it('what it has kept stays for maxStaleness from then on', async () => {
    const { cut, other, pass, during, later } = fleet()
    expect((await during(cut.getOrFetch('k', () => later(SLOW, 1)))).data).toBe(1)
    await pass(MAX_STALENESS - 50)
    expect(cut.peek('k')).toBe(1)
    await pass(100)
    expect(cut.peek('k')).toBeUndefined()
    await during(Promise.all([cut.close(), other.close()]))
  })
})
