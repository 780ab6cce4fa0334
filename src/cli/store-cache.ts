import { existsSync } from 'node:fs'
import { createCache, type MultiLevelCache } from '../cache.ts'
import type { LevelFactory } from '../level.ts'
import { systemWorld } from '../world/system-world.ts'
import type { World } from '../world/world.ts'
import { CommandError } from './command-error.ts'
import type { Flags } from './flags.ts'
import { type StoreTarget, shardsIn } from './store-flags.ts'

/** The level that the processes of a fleet have over this store. @throws CommandError where it cannot be reached, or holds no cache */
export async function storeLevel(target: StoreTarget, flags: Flags, isFirst = true): Promise<LevelFactory> {
  // Each kind has a prefix of its own: that which was given is meant for one.
  const prefix = isFirst ? flags.one('prefix') : undefined
  switch (target.kind) {
    case 'redis': {
      const { RedisServer } = await import('./redis-server.ts')
      const server = await RedisServer.reach(target, { prefix, shards: shardsIn(flags) })
      try {
        await server.requireCache(target.shown)
      } finally {
        await server.close()
      }
      const { redis } = await import('../levels/redis.ts')
      return redis({ ...server.options, name: 'redis', timeout: TIMEOUT })
    }
    case 'memcached': {
      const { requireMemcachedCache } = await import('./memcached-servers.ts')
      await requireMemcachedCache(target, prefix)
      const { memcached } = await import('../levels/memcached.ts')
      return memcached({ nodes: target.nodes, tls: target.tls, prefix, name: 'memcached', timeout: TIMEOUT })
    }
    case 'disk': {
      if (!existsSync(target.path)) throw CommandError.failure(`there is no file ${target.path}`)
      const { requireDiskCache } = await import('./disk-file.ts')
      requireDiskCache(target.path)
      const { disk } = await import('../levels/disk.ts')
      // The bound is the application's: nothing may be evicted because somebody looks.
      return disk({ path: target.path, maxBytes: NO_BOUND, name: 'disk', timeout: TIMEOUT })
    }
  }
}

/** Milliseconds a call of the level may take: a person waits longer than a request. */
const TIMEOUT = 10_000
/** 8 TB, well below the most that SQLite's pages come to. */
const NO_BOUND = 2 ** 43

/** A cache over one store, for one command. */
export interface StoreCache {
  readonly cache: MultiLevelCache
  /** Settles when what the cache does in the background (giving back memory) is done, or after `ms` milliseconds. @returns whether it is done */
  settled(ms: number): Promise<boolean>
}

/** @throws CommandError */
export async function openStoreCache(target: StoreTarget, flags: Flags): Promise<StoreCache> {
  const level = await storeLevel(target, flags)
  const works = new Set<Promise<unknown>>()
  const world: World = {
    wall: () => systemWorld.wall(),
    mono: () => systemWorld.mono(),
    tick: () => systemWorld.tick(),
    after: (delay, run, awaited) => systemWorld.after(delay, run, awaited),
    soon: (run) => systemWorld.soon(run),
    random: () => systemWorld.random(),
    background(work, why) {
      systemWorld.background(work, why)
      if (!why.startsWith('sweeping')) return
      const done = work.catch(() => undefined).finally(() => works.delete(done))
      works.add(done)
    },
  }
  const cache = createCache({ name: 'terrace-cli', levels: [level], world })
  return {
    cache,
    settled: async (ms) => {
      const late = Promise.withResolvers<false>()
      const cancel = world.after(ms, () => late.resolve(false), true)
      const isDone = await Promise.race([Promise.all(works).then(() => true), late.promise])
      cancel()
      return isDone
    },
  }
}
