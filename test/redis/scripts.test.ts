import fc from 'fast-check'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RedisServer, startRedis } from '../../servers/redis-server.ts'
import { noticeIn } from '../../src/stores/redis/notice.ts'
import { type Move, Twins } from './twins.ts'

let server: RedisServer
let redis: Redis
let subscriber: Redis

beforeAll(async () => {
  server = await startRedis()
  redis = new Redis(server.port)
  subscriber = new Redis(server.port)
})

afterAll(async () => {
  redis.disconnect()
  subscriber.disconnect()
  await server.close()
})

const KINDS: readonly Move['kind'][] = [
  ...['fill', 'fill', 'fill', 'replace', 'replace', 'replace', 'raise', 'raise', 'sync', 'lease', 'lease'],
  ...['release', 'increment', 'increment', 'expire', 'sweep', 'evict', 'rubbish', 'snapshot', 'failOver'],
] as Move['kind'][]

const move = fc.record({
  kind: fc.constantFrom(...KINDS),
  dice: fc.array(fc.nat({ max: 2 ** 20 }), { minLength: 8, maxLength: 24 }),
})

/** Everything published until now has been heard once this comes through. */
async function drained(channel: string, heard: readonly string[]): Promise<void> {
  await redis.publish(channel, 'end')
  await expect.poll(() => heard.at(-1), { interval: 1 }).toBe('end')
}

let runs = 0

test('each script does what LedgerCore does: answers, frames, floors, and what the feed is told', async () => {
  const moves = fc.array(move, { minLength: 1, maxLength: 150, size: 'max' })
  await fc.assert(
    fc.asyncProperty(moves, async (history) => {
      const twins = new Twins(redis, `run${runs++}:`)
      const heard: string[] = []
      const hear = (channel: string, text: string) => void (channel === twins.channel && heard.push(text))
      subscriber.on('message', hear)
      try {
        await subscriber.subscribe(twins.channel)
        for (const each of history) {
          const [answer, expected] = await twins.move(each)
          expect(answer, each.kind).toEqual(expected)
        }
        const [contents, expectedContents] = await twins.contents()
        expect(contents).toEqual(expectedContents)
        await drained(twins.channel, heard)
        const notices = heard.slice(0, -1).map((text) => noticeIn(text, 1))
        const told = notices.map((notice) => (notice?.kind === 'invalidated' ? notice.step : notice?.keys))
        expect(told).toEqual(twins.told)
      } finally {
        subscriber.off('message', hear)
        await subscriber.unsubscribe(twins.channel)
        await redis.flushall()
      }
    }),
    { numRuns: Number(process.env.TERRACE_RUNS ?? 60) },
  )
})
