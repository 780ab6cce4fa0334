import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { startRedis } from '../../servers/redis-server.ts'
import { createCache, type EventOf, memory } from '../../src/index.ts'
import { redis } from '../../src/levels/redis.ts'
import { startProxy } from './proxy.ts'

test('finds that a process whose feed is cut serves what others have changed, and for how long', async () => {
  const server = await startRedis()
  const network = await startProxy(server.port)
  const client = new Redis(server.port, '127.0.0.1')
  const subscriber = new Redis(network.port, '127.0.0.1')
  for (const each of [client, subscriber]) each.on('error', () => undefined)
  // What was missed would be asked for after two minutes.
  const deaf = createCache<string>({ levels: [memory(), redis({ client, subscriber, maxStaleness: '10m' })] })
  const other = createCache<string>({ levels: [memory(), redis(server.url)] })
  onTestFinished(async () => {
    await Promise.all([deaf.close(), other.close()])
    client.disconnect()
    subscriber.disconnect()
    await network.close()
    await server.close()
  })
  const told: EventOf<'inconsistent'>[] = []
  deaf.on('inconsistent', (event) => told.push(event))
  const keys = ['changed', 'tagged', 'deleted', 'untouched']
  await other.setMany(
    keys.map((key) => [key, 'old']),
    { tags: ['all'] },
  )
  await other.set('tagged', 'old', { tags: ['some'] })
  const verification = deaf.verify({ perSecond: 100, within: ['1s', '2s'] })
  const shown = () => verification.stats().against[0]!
  const read = () => Promise.all(keys.map((key) => deaf.get(key)))
  // It hears others, and all is well: for each key, since what was never seen to agree is no evidence when it is gone.
  for (const key of keys) {
    const { agreed } = shown()
    await expect
      .poll(async () => {
        await other.set('heard', `${Math.random()}`)
        await deaf.get(key)
        return shown().agreed
      })
      .toBeGreaterThan(agreed + 5)
  }
  expect(deaf.stats().levels[1]).toMatchObject({ hearing: 'feed', proven: true })
  network.cut()
  await other.set('changed', 'new')
  await other.invalidateTags(['some'])
  await other.delete('deleted')
  const served = async () => {
    await read()
    return new Set(told.filter(({ duration }) => duration >= 2000).map(({ key }) => key))
  }
  await expect.poll(served, { timeout: 20_000 }).toEqual(new Set(['changed', 'tagged', 'deleted']))
  expect(await read()).toEqual(['old', 'old', 'old', 'old'])
  expect(Object.fromEntries(told.map(({ key, because }) => [key, because]))).toEqual({
    changed: 'value',
    tagged: 'invalidated',
    deleted: 'invalidated',
  })
  expect(shown().within[0]!.late).toBeGreaterThan(0)
  expect(shown().disagreed).toBeGreaterThan(0)
  expect(
    new Set(
      shown()
        .offenders.filter(({ isOpen }) => isOpen)
        .map(({ key }) => key),
    ),
  ).toEqual(new Set(['changed', 'tagged', 'deleted']))
  // The line is back: what was missed is asked for, and all is well again.
  network.mend()
  const open = async () => {
    await read()
    return shown().offenders.filter(({ isOpen }) => isOpen).length
  }
  await expect.poll(open, { timeout: 20_000 }).toBe(0)
  expect(await deaf.get('changed')).toBe('new')
  for (const { duration } of shown().offenders) expect(duration).toBeGreaterThanOrEqual(2000)
}, 60_000)
