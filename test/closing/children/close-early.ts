import { createClient, createCluster } from '@redis/client'
import { createCache, memory } from '../../../src/index.ts'
import { memcached } from '../../../src/levels/memcached.ts'
import { redis, redisFeed } from '../../../src/levels/redis.ts'

// Makes caches and closes them, after some turns of the event loop, before anything is connected; must then end by itself.
const { kind, url, turns, times, options } = JSON.parse(process.argv[2]!)

interface Given {
  readonly client?: object
  end(): unknown
}

const makers: Record<string, () => Given | Promise<Given>> = {
  client: async () => {
    const client = await createClient({ url, disableOfflineQueue: true }).connect()
    return { client, end: () => client.destroy() }
  },
  unconnected: () => ({ client: createClient({ url }), end: () => undefined }),
  cluster: async () => {
    const client = await createCluster({ rootNodes: [{ url }] }).connect()
    return { client, end: () => client.destroy() }
  },
  own: () => ({ end: () => undefined }),
  feed: () => ({ end: () => undefined }),
}

const { client, end } = await makers[kind]!()
for (let n = 0; n < times; n++) {
  const feeding = () => memcached({ ...options, feed: redisFeed(url) })
  const cache = createCache({ levels: [memory(), kind === 'feed' ? feeding() : redis({ ...options, client })] })
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
  await cache.close()
}
await end()
process.stdout.write('closed')
