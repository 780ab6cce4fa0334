import fc from 'fast-check'
import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { startRedis } from '../../servers/redis-server.ts'
import { floorName, globOf, Names } from '../../src/stores/redis/names.ts'
import { noticeIn } from '../../src/stores/redis/notice.ts'

const text = fc.string({ unit: 'grapheme' })

test('a key lies in the same shard for ever', () => {
  const names = new Names('terrace:', 16)
  const shards = ['', 'a', 'user:1', 'ä😀', 'x'.repeat(1000)].map((key) => names.shardOf(key))
  expect(shards).toEqual([11, 3, 15, 11, 2])
  const counts = new Array<number>(16).fill(0)
  for (let n = 0; n < 16_000; n++) counts[names.shardOf(`user:${n}`)]!++
  expect(Math.min(...counts)).toBeGreaterThan(850)
  expect(Math.max(...counts)).toBeLessThan(1150)
})

test('names are told apart, and say of which key they are', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 0, max: 2 }), (key, shard) => {
      const names = new Names('p:', 3)
      expect(names.placeIn(names.frame(shard, key))).toEqual({ shard, key })
      expect(names.placeIn(names.lease(shard, key))).toBeUndefined()
    }),
  )
  expect(new Names('p:', 3).placeIn('p:{5/3}:a')).toBeUndefined()
  expect(new Names('p:', 3).placeIn('p:{0/4}:a')).toBeUndefined()
  expect(new Names('p:', 3).placeIn('p:{0/3}!state')).toBeUndefined()
})

test('long keys have short floors, each its own', () => {
  const long = 'k'.repeat(5000)
  expect(floorName(long).length).toBeLessThan(60)
  expect(floorName(long)).not.toBe(floorName(`${long}k`))
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (key) => floorName(key) !== floorName(long)))
})

test('a pattern finds what begins with a text, whatever characters it has', async () => {
  const server = await startRedis()
  const redis = new Redis(server.port)
  onTestFinished(async () => {
    redis.disconnect()
    await server.close()
  })
  const odd = fc.string({ unit: fc.constantFrom('a', '*', '?', '[', ']', '^', '\\', '-', '{', 'ä'), maxLength: 6 })
  const sample = fc.sample(odd, { numRuns: 150, seed: 7 })
  await redis.mset(sample.flatMap((name) => [`n${name}`, '1']))
  for (const begin of sample.slice(0, 60)) {
    const found = await redis.keys(globOf(`n${begin}`))
    const expected = [...new Set(sample.map((name) => `n${name}`))].filter((name) => name.startsWith(`n${begin}`))
    expect(found.sort(), begin).toEqual(expected.sort())
  }
})

const NOTICE = {
  s: 0,
  r: '0123456789abcdef',
  e: 1,
  l: '0123456789ab',
  p: '000000000000',
  o: '0123456789abcdef',
  c: ['ka', 'tb', 'pc', 'a'],
}

test('whatever anybody publishes is a notice or nothing', () => {
  expect(noticeIn(JSON.stringify(NOTICE), 1)).toMatchObject({
    kind: 'invalidated',
    shard: 0,
    step: { era: 1, scopes: [{ key: 'a' }, { tag: 'b' }, { prefix: 'c' }, { kind: 'all' }] },
  })
  expect(noticeIn('{"s":0,"d":["a"]}', 1)).toEqual({ kind: 'settled', shard: 0, keys: ['a'] })
  const anything = fc.oneof(
    text,
    fc.json(),
    fc.jsonValue().map((value) => JSON.stringify(value)),
  )
  fc.assert(fc.property(anything, (told) => noticeIn(told, 4) === undefined))
  const field = fc.constantFrom(...Object.keys(NOTICE))
  const value = fc.oneof(fc.jsonValue(), fc.integer({ min: -5, max: 5 }), text)
  fc.assert(
    fc.property(field, value, (name, other) => {
      const notice = noticeIn(JSON.stringify({ ...NOTICE, [name]: other }), 4)
      if (notice === undefined) return
      expect(Number.isInteger(notice.shard) && notice.shard >= 0 && notice.shard < 4).toBe(true)
      if (notice.kind === 'invalidated') expect(Number.isSafeInteger(notice.step.era)).toBe(true)
    }),
    { numRuns: 1000 },
  )
})
