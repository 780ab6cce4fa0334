import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startRedis } from '../../servers/redis-server.ts'
import { createCache } from '../../src/index.ts'
import { type Level, NO_TRAITS } from '../../src/level.ts'
import { redis } from '../../src/levels/redis.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'

const child = fileURLToPath(new URL('./children/cold-call.ts', import.meta.url))

test('the first call of a process waits for the code of the client, and has its time from then on', async () => {
  const server = await startRedis()
  onTestFinished(() => server.close())
  const warm = createCache<string>({ levels: [redis({ url: server.url, timeout: '20s' })] })
  onTestFinished(() => warm.close())
  await warm.set('known', 'kept')
  const args = ['--no-warnings', child, JSON.stringify({ options: { url: server.url, timeout: 2000 }, delay: 3000 })]
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 60_000 })
  expect(JSON.parse(stdout)).toEqual({
    set: { ok: true, levels: [expect.objectContaining({ name: 'L1' }), { name: 'L2', outcome: 'done' }] },
    known: 'kept',
    fetched: 0,
    events: [],
  })
  expect(await warm.get('set')).toBe('value')
})

describe('a level that is still being loaded', () => {
  /** A level that takes 50 ms to answer, and is loaded when `loaded` is called. */
  function loading(timeout: number) {
    const world = new FakeWorld()
    const { promise, resolve: loaded } = Promise.withResolvers<void>()
    let calls = 0
    const level: Level = {
      name: 'slow',
      timeout,
      traits: { ...NO_TRAITS, loading: promise },
      read: async (keys) => {
        calls++
        await new Promise<void>((resolve) => void world.after(50, resolve))
        return { eras: keys.map(() => 0), entries: keys.map(() => undefined) }
      },
      write: async (entries) => entries.map(() => 'kept'),
      replace: async (entries) => entries.map(() => 'kept'),
      raise: async () => 0,
      close: async () => undefined,
    }
    const cache = createCache<string>({ levels: [() => level], world })
    const got = cache.get('key').then(() => world.mono())
    const passes = async (ms: number) => {
      await world.settle()
      for (const end = world.mono() + ms; world.next(end); ) await world.settle()
    }
    const failures = () => cache.stats().levels[0]!.failures
    return { world, cache, loaded, got, passes, failures, calls: () => calls }
  }

  test('is not called before, and no deadline counts', async () => {
    const { world, loaded, got, passes, failures, calls } = loading(60)
    world.advance(1000)
    await world.settle()
    expect([calls(), failures()]).toEqual([0, 0])
    loaded()
    await passes(100)
    expect(await got).toBe(1050)
    expect([calls(), failures()]).toEqual([1, 0])
  })

  test('is not waited for without end', async () => {
    const { got, passes, failures, calls } = loading(40)
    await passes(20_000)
    expect(await got).toBe(10_040)
    expect([calls(), failures()]).toEqual([1, 1])
  })

  test('can be closed', async () => {
    const { cache, passes } = loading(60)
    const closing = cache.close()
    await passes(20_000)
    await closing
    await expect(cache.get('key')).rejects.toMatchObject({ code: 'ERR_CLOSED' })
  })
})
