import { expect, it } from 'vitest'
import { type Found, Sweeper } from '../../src/stores/redis/sweeper.ts'

function found(shard: number, key: string): Found {
  return { shard, key, name: `{${shard}}:${key}` }
}

it('goes on with the other shards where one cannot be swept now, and tells of it', async () => {
  async function* scan() {
    yield [found(0, 'a'), found(1, 'b'), found(2, 'c')]
    yield [found(0, 'd'), found(1, 'e')]
  }
  const asked: string[] = []
  const sweeper = new Sweeper(scan, async (shard, names) => {
    asked.push(...names)
    if (shard === 0) throw new Error('TRYAGAIN')
  })
  const passes = await Promise.allSettled([0, 1, 2].map((shard) => sweeper.sweep(shard, '')))
  expect(passes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
  expect(asked).toEqual(['{0}:a', '{1}:b', '{2}:c', '{1}:e'])
})
