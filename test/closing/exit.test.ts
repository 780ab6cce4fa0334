import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { startMemcached } from '../../servers/memcached-server.ts'
import { type RedisServer, startRedis } from '../../servers/redis-server.ts'

const child = fileURLToPath(new URL('./children/use-and-close.ts', import.meta.url))

interface Story {
  readonly slow: string
  readonly events: readonly object[]
}

/** Lets a process use a cache, does something to the servers, and has it close the cache. @returns what it told before it ended by itself */
async function closed(trouble: (redis: RedisServer) => unknown): Promise<{ story: Story; code: number | null }> {
  const [redis, memcached] = await Promise.all([startRedis(), startMemcached()])
  const folder = mkdtempSync(join(tmpdir(), 'terrace-closing-'))
  onTestFinished(async () => {
    redis.cont()
    await Promise.all([redis.close(), memcached.kill()])
    rmSync(folder, { recursive: true, force: true })
  })
  const options = { url: redis.url, address: memcached.address, path: join(folder, 'cache.db'), within: 2000 }
  const running = fork(child, [JSON.stringify(options)], { execArgv: ['--no-warnings'], timeout: 60_000 })
  const ended = once(running, 'exit')
  await once(running, 'message')
  await trouble(redis)
  const told = once(running, 'message')
  running.send('go on')
  const [story] = (await told) as [Story]
  const [code] = (await ended) as [number | null]
  return { story, code }
}

test('a process ends by itself when its cache over all kinds of levels is closed', async () => {
  const { story, code } = await closed(() => undefined)
  expect(story.slow).toBe('late')
  expect(story.events).toMatchObject([{ type: 'unfinished', ok: false, pending: [] }, { type: 'closed' }])
  expect(code).toBe(0)
})

test('a process ends by itself where a server is frozen or gone', async () => {
  // How much goes on besides the fetch that never ends is a matter of time.
  const behind = { type: 'unfinished', ok: false, pending: [{ level: 'L4', scopes: 1 }] }
  const stories = await Promise.all([closed((redis) => redis.stop()), closed((redis) => redis.kill())])
  for (const { story, code } of stories) {
    expect(story.slow).toBe('late')
    expect(story.events).toMatchObject([behind, { type: 'closed' }])
    expect(code).toBe(0)
  }
})
