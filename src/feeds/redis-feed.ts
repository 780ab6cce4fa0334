import { shown, TerraceError } from '../errors.ts'
import { readOptions, text } from '../options.ts'
import { Channel } from '../stores/redis/feed.ts'
import { type RedisStoreOptions, redisPlan, redisSchema } from '../stores/redis/options.ts'
import { redisConnection } from '../stores/redis/redis.ts'
import type { Feed, FeedFactory, FeedListener } from './feed.ts'

/** Options of {@link redisFeed}. */
export interface RedisFeedOptions extends Omit<RedisStoreOptions, 'prefix' | 'shards'> {
  /**
   * The same in all processes that hear each other, and no other's. Redis has one channel of a name for all
   * its databases. Default: `terrace:feed:` with the kind and the prefix of the level, such as
   * `terrace:feed:memcached:terrace`: so applications that share a Redis hear each other only if their
   * levels have the same prefix.
   */
  readonly channel?: string | undefined
}

const { prefix: _, shards: __, ...connecting } = redisSchema
const schema = { ...connecting, channel: text(200) }

/**
 * A feed over Redis publish/subscribe, for levels that have none of their own:
 * `memcached({ nodes, feed: redisFeed('redis://localhost:6379') })`.
 *
 * @throws TerraceError `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID`
 */
export function redisFeed(options: string | RedisFeedOptions = {}): FeedFactory {
  const all: unknown = typeof options === 'string' ? { url: options } : options
  if (typeof all !== 'object' || all === null) {
    const wanted = `redisFeed: expected a URL such as 'redis://localhost:6379', or options, got ${shown(options)}`
    throw new TerraceError('ERR_OPTION_INVALID', wanted)
  }
  const { channel: given, ...rest } = readOptions('redisFeed', schema, all)
  const { source } = redisPlan(rest)
  return ({ world, topic }): Feed => {
    const channel = given ?? `terrace:feed:${topic}`
    const connection = redisConnection(source, world)
    const { listen } = connection
    const heard = listen && new Channel(listen, channel, world)
    return {
      async publish(message) {
        await connection.send(channel, ['PUBLISH', channel, message])
      },
      async subscribe(listener: FeedListener) {
        await heard?.listen(listener)
      },
      async close() {
        heard?.close()
        await connection.close()
      },
    }
  }
}
