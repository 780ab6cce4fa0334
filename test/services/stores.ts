import { DatabaseSync } from 'node:sqlite'
import type { RedisServer } from '../../servers/redis-server.ts'
import type { LevelFactory } from '../../src/index.ts'
import { disk } from '../../src/levels/disk.ts'
import { keyv } from '../../src/levels/keyv.ts'
import { memcached } from '../../src/levels/memcached.ts'
import { redis } from '../../src/levels/redis.ts'
import { Keyv5Adapter } from '../keyv/adapters.ts'
import type { Fleet } from './fleet.ts'

/** A real store, as a level and as somebody with other tools sees it. */
export interface RealStore {
  /** Another process's way to it: each has its own connections. */
  level(): LevelFactory
  /** Puts these bytes under the key of an entry. */
  overwrite(key: string, bytes: Buffer): Promise<void>
  /** The bytes under the key of an entry. */
  bytes(key: string): Promise<Buffer>
}

/** Long: a machine with much else to do must not make a level fail that is well. */
const timeout = 3000

export const STORES: Readonly<Record<string, (fleet: Fleet) => Promise<RealStore>>> = {
  Redis: async (fleet) => {
    const server = await fleet.redis()
    return inRedis({ url: server.url, timeout }, () => server)
  },
  'a Redis Cluster': async (fleet) => {
    const cluster = await fleet.cluster()
    const nodes = cluster.ports.map((port) => `127.0.0.1:${port}`)
    return inRedis({ nodes, timeout }, async (name) =>
      cluster.masterOf(Number(await cluster.nodes[0]!.command('CLUSTER', 'KEYSLOT', name))),
    )
  },
  'three Memcached nodes': async (fleet) => {
    const servers = await Promise.all(Array.from({ length: 3 }, () => fleet.memcached('-I', '16m')))
    const nodes = servers.map(({ address }) => address)
    const bytes = async (key: string): Promise<Buffer> => {
      for (const server of servers) {
        const answer = Buffer.from(await server.raw(`mg terrace:${key} v\r\nmn\r\n`, 'MN\r\n'), 'latin1')
        if (answer.subarray(0, 2).toString() !== 'VA') continue
        const start = answer.indexOf('\r\n') + 2
        return answer.subarray(start, start + Number(answer.toString('latin1', 3, answer.indexOf('\r'))))
      }
      throw new Error(`no node has ${key}`)
    }
    return {
      level: () => memcached({ nodes, timeout }),
      bytes,
      overwrite: async (key, rubbish) => {
        const text = rubbish.toString('latin1')
        for (const server of servers)
          await server.raw(`ms terrace:${key} ${rubbish.length} MR\r\n${text}\r\nmn\r\n`, 'MN\r\n')
      },
    }
  },
  'a file': async (fleet) => {
    const path = `${fleet.folder()}/cache.db`
    const inFile = <T>(work: (db: DatabaseSync) => T): T => {
      const db = new DatabaseSync(path)
      try {
        return work(db)
      } finally {
        db.close()
      }
    }
    return {
      level: () => disk({ path, timeout }),
      bytes: async (key) =>
        inFile((db) => Buffer.from(db.prepare('SELECT frame FROM data WHERE key = ?').get(key)!.frame as Uint8Array)),
      overwrite: async (key, rubbish) =>
        inFile((db) => void db.prepare('UPDATE data SET frame = ? WHERE key = ?').run(rubbish, key)),
    }
  },
  'a Keyv adapter': async () => {
    const items: Keyv5Adapter['items'] = new Map()
    // Text as Keyv itself writes it, with the bytes inside.
    const itemOf = (key: string) => items.get(`terrace:${key}`)!
    return {
      level: () => keyv(new Keyv5Adapter(Date.now, items), { timeout }),
      bytes: async (key) => Buffer.from(JSON.parse(String(itemOf(key).value)).value, 'base64'),
      overwrite: async (key, rubbish) => {
        const value = JSON.stringify({ value: rubbish.toString('base64') })
        items.set(`terrace:${key}`, { ...itemOf(key), value })
      },
    }
  },
}

function inRedis(
  options: Exclude<Parameters<typeof redis>[0], string | undefined>,
  serverOf: (name: string) => RedisServer | Promise<RedisServer>,
): RealStore {
  /** The name begins with the shard, which only a level knows: it is looked for. */
  const shards = options.nodes === undefined ? 1 : 16
  const names = (key: string): string[] => Array.from({ length: shards }, (_, n) => `terrace:{${n}/${shards}}:${key}`)
  const holding = async (key: string): Promise<{ name: string; server: RedisServer }> => {
    for (const name of names(key)) {
      const server = await serverOf(name)
      if ((await server.command('EXISTS', name)) === '1') return { name, server }
    }
    throw new Error(`Redis does not have ${key}`)
  }
  return {
    level: () => redis(options),
    bytes: async (key) => {
      const { name, server } = await holding(key)
      return Buffer.from(await server.command('GET', name), 'latin1')
    },
    overwrite: async (key, rubbish) => {
      const { name, server } = await holding(key)
      // Bytes as text that the script reads, for a command of the tests is text.
      const script =
        "return redis.call('SET', KEYS[1], (ARGV[1]:gsub('..', function(h) return string.char(tonumber(h, 16)) end)))"
      await server.command('EVAL', script, 1, name, rubbish.toString('hex'))
    },
  }
}
