import { expect, onTestFinished, test } from 'vitest'
import { freePort } from '../../servers/free-port.ts'
import { startCluster } from '../../servers/redis-cluster.ts'
import { startRedis } from '../../servers/redis-server.ts'
import { openFrame } from '../../src/entry/frame.ts'
import { readOptions } from '../../src/options.ts'
import type { Ledger } from '../../src/stores/ledger.ts'
import { adoptClient } from '../../src/stores/redis/adopt.ts'
import { MadeConnection } from '../../src/stores/redis/made-client.ts'
import { type RedisStoreOptions, redisPlan, redisSchema } from '../../src/stores/redis/options.ts'
import { redisLedger } from '../../src/stores/redis/redis.ts'
import { RedisLedger } from '../../src/stores/redis/redis-ledger.ts'
import { systemWorld } from '../../src/world/system-world.ts'
import { LIBRARIES } from './clients.ts'
import { framed, terms } from './frames.ts'

function made(options: RedisStoreOptions): Ledger {
  const ledger = redisLedger(redisPlan(readOptions('redis', redisSchema, options)), { world: systemWorld })
  onTestFinished(() => ledger.close())
  return ledger
}

async function server(args: readonly string[] = []) {
  const redis = await startRedis({ args })
  onTestFinished(() => redis.close())
  return redis
}

/** Whether the ledger answers again, asked until it does. */
async function back(ledger: Ledger, shard = 0): Promise<void> {
  const isBack = () =>
    ledger.sync(shard, undefined).then(
      () => true,
      (error: unknown) => String(error),
    )
  await expect.poll(isBack, { timeout: 20_000, interval: 20 }).toBe(true)
}

async function textIn(ledger: Ledger, key: string): Promise<string | undefined> {
  const [frame] = await ledger.get([key])
  return frame && Buffer.from(openFrame(frame)?.payload ?? []).toString()
}

test('absent at first: calls fail at once with the reason, and it is found when it comes', async () => {
  const port = await freePort()
  const ledger = made({ port })
  await expect(ledger.get(['a'])).rejects.toThrow(/not connected to Redis: .*ECONNREFUSED/)
  await expect(ledger.raise(0, [], terms())).rejects.toThrow(/ECONNREFUSED/)
  const redis = await startRedis({ port })
  onTestFinished(() => redis.close())
  await back(ledger)
})

test('a server taken for a cluster, or a node of a cluster taken for a server: the reason says what to write', async () => {
  const redis = await server()
  const noCluster = made({ nodes: [`127.0.0.1:${redis.port}`] })
  await expect(noCluster.get(['a'])).rejects.toThrow('this server is no cluster, give its address as url or host')
  const cluster = await startCluster({ replicas: 0 })
  onTestFinished(() => cluster.close())
  const asked = cluster.ports.map((port) => made({ port }).sync(0, undefined))
  const outcomes = await Promise.allSettled(asked)
  const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [`${outcome.reason.message}`] : []))
  expect(reasons).toHaveLength(2)
  for (const reason of reasons) expect(reason).toMatch(/^MOVED .*: this server is one node of a cluster, give nodes/)
})

test('killed: calls fail, and it is found when it is back', async () => {
  const redis = await server()
  const ledger = made({ url: redis.url })
  const { reign } = await ledger.sync(0, undefined)
  await ledger.replace(0, [framed('a', 'before')], terms(reign))
  await redis.kill()
  await expect.poll(() => ledger.get(['a']).catch(() => 'failed')).toBe('failed')
  await redis.restart()
  await back(ledger)
  const { reign: other } = await ledger.sync(0, undefined)
  expect(other).not.toBe(reign)
})

test('frozen: the connection is broken off, what was sent has no effect after its end, and the next one works', async () => {
  const redis = await server()
  const ledger = made({ url: redis.url })
  let interruptions = 0
  let heard = 0
  const listener = { invalidated: () => void heard++, settled: () => {}, interrupted: () => void interruptions++ }
  await ledger.listen!(listener)
  const { reign, time } = await ledger.sync(0, undefined)
  await ledger.replace(0, [framed('a', 'before')], terms(reign))
  await expect.poll(() => heard).toBe(1)
  redis.stop()
  const late = ledger.replace(0, [framed('a', 'late')], terms(reign, { notAfter: time + 200 }))
  // Nothing is heard from the server: some seconds later the connection is given up.
  await expect(late).rejects.toThrow()
  redis.cont()
  await back(ledger)
  expect(await textIn(ledger, 'a')).toBe('before')
  // So is that of the feed, which nobody would miss.
  await expect.poll(() => interruptions, { timeout: 20_000 }).toBeGreaterThan(0)
  await ledger.raise(0, [{ kind: 'all' }], terms(reign))
  await expect.poll(() => heard).toBe(2)
})

test('a step that comes after its end is refused, whichever client kept it so long', async () => {
  const redis = await server()
  for (const library of LIBRARIES) {
    const given = await library.single(redis.port)
    onTestFinished(given.close)
    const settings = { prefix: `${library.name}:`, shards: 1, leaseTime: 1000 }
    const ledger = new RedisLedger(adoptClient(given.client, 'client'), settings, systemWorld)
    const { reign, time } = await ledger.sync(0, undefined)
    await ledger.replace(0, [framed('a', 'before')], terms(reign))
    redis.stop()
    const late = ledger.replace(0, [framed('a', 'late')], terms(reign, { notAfter: time - 1 }))
    redis.cont()
    await expect(late, library.name).rejects.toMatchObject({ code: 'ERR_LEVEL_TIMEOUT' })
    expect(await textIn(ledger, 'a')).toBe('before')
  }
})

test('a wrong password, and none: the reason, without the password', async () => {
  const redis = await server(['--requirepass', 'right'])
  for (const [password, reason] of [
    ['hunter2', /WRONGPASS/],
    [undefined, /NOAUTH/],
  ] as const) {
    const calls: readonly ((ledger: Ledger) => Promise<unknown>)[] = [
      (ledger) => ledger.get(['a']),
      // The first call of a level, and longer than what such a server reads of strangers.
      (ledger) => ledger.sync(0, undefined),
    ]
    for (const call of calls) {
      const ledger = made({ port: redis.port, host: '127.0.0.1', password })
      const failure = await call(ledger).catch(
        (error: Error) => `${error.stack} ${(error.cause as Error | undefined)?.stack}`,
      )
      expect(failure).toMatch(reason)
      expect(failure).not.toContain('hunter2')
    }
  }
  await back(made({ url: `redis://:right@127.0.0.1:${redis.port}` }))
})

test('a server that does not know how to be told a password repeats it, and the reason does not', async () => {
  const redis = await server(['--rename-command', 'AUTH', ''])
  for (const username of [undefined, 'somebody']) {
    const failure = await made({ port: redis.port, host: '127.0.0.1', username, password: 'hunter2' })
      .get(['a'])
      .catch((error: Error) => `${error.stack} ${(error.cause as Error | undefined)?.stack}`)
    expect(failure).toMatch(/unknown command 'AUTH'/)
    expect(failure).not.toContain('hunter2')
  }
})

test('out of memory: what is set is refused as a whole, what is invalidated is invalidated', async () => {
  const redis = await server()
  const ledger = made({ url: redis.url })
  const { reign } = await ledger.sync(0, undefined)
  await ledger.replace(0, [framed('a', 'before')], terms(reign))
  await redis.command('CONFIG', 'SET', 'maxmemory', '1')
  const before = await ledger.sync(0, undefined)
  await expect(ledger.replace(0, [framed('b', 'x')], terms(reign))).rejects.toThrow(/OOM/)
  await expect(
    ledger.fill(0, [framed('b', 'x', { born: before.era, link: before.link })], terms(reign)),
  ).rejects.toThrow(/OOM/)
  expect((await ledger.sync(0, undefined)).era).toBe(before.era)
  expect(await textIn(ledger, 'a')).toBe('before')
  const step = await ledger.raise(
    0,
    [
      { kind: 'key', key: 'a' },
      { kind: 'tag', tag: 't' },
    ],
    terms(reign),
  )
  expect(step.era).toBe(before.era + 1)
  expect(await textIn(ledger, 'a')).toBeUndefined()
  const news = await ledger.sync(0, before)
  expect(news).toMatchObject({ kind: 'since', steps: [{ era: step.era, link: step.link }] })
})

test('a replica that may not be written: reads work, steps fail with its word', async () => {
  const master = await server(['--repl-diskless-sync-delay', '0'])
  const replica = await server()
  const ledger = made({ url: master.url })
  const { reign } = await ledger.sync(0, undefined)
  await ledger.replace(0, [framed('a', 'value')], terms(reign))
  await replica.command('REPLICAOF', '127.0.0.1', master.port)
  const behind = made({ url: replica.url })
  await expect.poll(() => textIn(behind, 'a').catch(() => undefined), { timeout: 20_000 }).toBe('value')
  expect((await behind.sync(0, undefined)).reign).toBe(reign)
  for (const call of [
    () => behind.replace(0, [framed('a', 'other')], terms(reign)),
    () => behind.raise(0, [{ kind: 'all' }], terms(reign)),
    () => behind.lease(0, ['b'], 'ffffffffffffffff'),
  ]) {
    await expect(call()).rejects.toThrow(/READONLY/)
  }
  expect(await textIn(ledger, 'a')).toBe('value')
})

test('without the package: every call says how to install it', async () => {
  const reports: unknown[] = []
  const world = {
    ...systemWorldOf(),
    background: (work: Promise<unknown>) => void work.catch((error) => reports.push(error)),
  }
  const settings = redisPlan(readOptions('redis', redisSchema, {})).source
  if (settings.kind !== 'made') throw new Error('unreachable')
  const connection = new MadeConnection(settings.settings, world, () => Promise.reject(new Error('no such package')))
  const ledger = new RedisLedger(connection, { prefix: 'p:', shards: 1, leaseTime: 1 }, world)
  await expect(ledger.get(['a'])).rejects.toThrow(/npm install @redis\/client/)
  expect(reports).toHaveLength(1)
  await ledger.close()
})

test('a cluster made here: absent at first, a master killed, the others go on, the fail-over is followed', async () => {
  const cluster = await startCluster({ nodeTimeout: 1000, args: ['--cluster-require-full-coverage', 'no'] })
  onTestFinished(() => cluster.close())
  const ledger = made({ nodes: cluster.ports.slice(0, 3).map((port) => `127.0.0.1:${port}`) })
  let interruptions = 0
  const heard = new Set<number>()
  await ledger.listen!({
    invalidated: (shard) => void heard.add(shard),
    settled: () => {},
    interrupted: () => void interruptions++,
  })
  const shards = Array.from({ length: ledger.shards }, (_, shard) => shard)
  for (const shard of shards) await ledger.raise(shard, [{ kind: 'all' }], terms())
  await expect.poll(() => heard.size).toBe(shards.length)
  const [gone] = cluster.masters
  await gone!.kill()
  const outcomes = () =>
    Promise.all(
      shards.map((shard) =>
        ledger.sync(shard, undefined).then(
          () => true,
          () => false,
        ),
      ),
    )
  const lived = await outcomes()
  expect(lived).toContain(true)
  expect(lived).toContain(false)
  await expect.poll(async () => (await outcomes()).every(Boolean), { timeout: 30_000, interval: 50 }).toBe(true)
  heard.clear()
  // The feed may have hung on the node that is gone: then it was opened again elsewhere.
  const isHeard = async () => {
    for (const shard of shards) await ledger.raise(shard, [{ kind: 'all' }], terms())
    return heard.size === shards.length
  }
  await expect.poll(isHeard, { timeout: 20_000, interval: 50 }).toBe(true)
})

function systemWorldOf() {
  const { wall, mono, tick, after, soon, random, background } = systemWorld
  return { wall, mono, tick, after, soon, random, background }
}
