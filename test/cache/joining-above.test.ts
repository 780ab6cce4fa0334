import { expect, it } from 'vitest'
import { createCache, memory } from '../../src/index.ts'
import { keyv } from '../../src/levels/keyv.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { virtualTime } from '../fleet/virtual-time.ts'

it('a fetch that set out longer ago than maxStaleness is not joined, above a level that tells nothing', async () => {
  const world = new FakeWorld()
  const { pass, during, later } = virtualTime(world)
  const map = new Map<string, unknown>()
  const [a, b] = [1, 2].map(() =>
    createCache<string>({ levels: [memory(), keyv(map, { maxStaleness: 1000 })], leases: false, world }),
  )
  const slow = a!.getOrFetch('k', () => later(5000, 'old'))
  await pass(500)
  const joining = a!.getOrFetch('k', () => 'not asked')
  await pass(500)
  expect(await during(b!.set('k', 'new'))).toMatchObject({ ok: true })
  await pass(1000)
  const asked = world.mono()
  expect((await during(a!.getOrFetch('k', () => 'not asked'))).data).toBe('new')
  expect(world.mono() - asked).toBeLessThan(1000)
  expect([(await during(slow)).data, (await during(joining)).data]).toEqual(['old', 'old'])
  for (const cache of [a!, b!]) await during(cache.close())
})
