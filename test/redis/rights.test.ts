import { readFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { startRedis } from '../../servers/redis-server.ts'
import { createCache, memory } from '../../src/index.ts'
import { redis } from '../../src/levels/redis.ts'

test('the rights that the documentation names are enough, and nothing fails without a word', async () => {
  const text = readFileSync(new URL('../../docs/redis.md', import.meta.url), 'utf8')
  const commands = /`(\+get [^`]+)`/.exec(text)![1]!.split(' ')
  const server = await startRedis()
  onTestFinished(() => server.close())
  const rights = ['~terrace:*', '&terrace:#feed*', ...commands, '+hello', '+auth', '+select', '+client']
  await server.command('ACL', 'SETUSER', 'cache', 'on', '>secret', ...rights)
  const failures: unknown[] = []
  const url = `redis://cache:secret@127.0.0.1:${server.port}`
  const caches = [1, 2].map(() =>
    createCache<unknown>({
      levels: [memory(), redis({ url, timeout: 10_000 })],
      observe: (event) => void (event.type === 'levelFailed' && failures.push(event.error)),
    }),
  )
  onTestFinished(async () => {
    await Promise.all(caches.map((cache) => cache.close()))
  })
  const [one, two] = caches as [(typeof caches)[0], (typeof caches)[0]]
  await one.set('a', 1, { tags: ['t'] })
  expect(await two.get('a')).toBe(1)
  expect(await two.getOrFetch('b', () => 2)).toMatchObject({ data: 2 })
  expect(await one.increment('n', 2)).toBe(2)
  expect(await one.expire('n', '1h')).toBe(true)
  const listed: string[] = []
  for await (const key of one.keys()) listed.push(key)
  expect(listed.sort()).toEqual(['a', 'b', 'n'])
  await one.invalidateTags(['t'])
  await expect.poll(() => two.get('a')).toBeUndefined()
  await one.clearPrefix('b')
  await one.clear()
  await expect.poll(() => two.get('n')).toBeUndefined()
  expect(failures).toEqual([])
})
