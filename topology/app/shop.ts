import { createCache, found, type MultiLevelCache, memory, type WriteResult } from '../../src/index.ts'
import { memcached } from '../../src/levels/memcached.ts'
import { redis, redisFeed } from '../../src/levels/redis.ts'
import type { Database, Item } from '../database/database.ts'
import { CACHE } from '../plan.ts'
import type { Written } from '../wire/app-answers.ts'
import type { AppSettings } from './settings.ts'

/**
 * How a change of one item reaches the cache: its copies are removed, or replaced by the new value.
 *
 * An item is changed in one way only, whoever does it. Two that replace it are put in order by the version;
 * but one that replaces may be overtaken, between the database and the cache, by one that removes, and would
 * then leave the older value behind: a removal carries no version that it could be compared with.
 */
export type Change = 'delete' | 'set'

const keyOf = (id: number): string => `item:${id}`
const tagOf = (category: number): string => `category:${category}`

/** The three levels of an app server. */
export function shopCache({ name, redis: nodes, memcached: addresses }: AppSettings): MultiLevelCache<Item> {
  const { timeout, maxStaleness } = CACHE
  const feed = redisFeed({ nodes })
  return createCache<Item>({
    name,
    ttl: CACHE.ttl,
    // A process that cannot know what others changed asks the source: so the promise has no exception.
    whenCutOff: 'fetch',
    levels: [
      memory({ name: 'memory', maxEntries: CACHE.memoryEntries }),
      redis({ name: 'redis', nodes, timeout, maxStaleness }),
      memcached({ name: 'memcached', nodes: addresses, timeout, maxStaleness, feed }),
    ],
  })
}

/** Reads through the cache; writes change the database, then tell the cache. */
export class Shop {
  readonly #cache: MultiLevelCache<Item>
  readonly #database: Database
  readonly #isSabotaged: boolean

  constructor(cache: MultiLevelCache<Item>, database: Database, isSabotaged: boolean) {
    this.#cache = cache
    this.#database = database
    this.#isSabotaged = isSabotaged
  }

  async read(id: number): Promise<Item | undefined> {
    const { data } = await this.#cache.getOrFetch(keyOf(id), async () => {
      const item = await this.#database.find(id)
      // The version settles what two writers at once leave behind: an older one replaces no newer one.
      return item && found(item, { tags: [tagOf(item.category)], version: item.version })
    })
    return data
  }

  async write(id: number, change: Change): Promise<Written | undefined> {
    const item = await this.#database.rewrite(id)
    if (item === undefined) return undefined
    return this.#told([item], () => {
      if (change === 'delete') return this.#cache.delete(keyOf(id))
      return this.#cache.set(keyOf(id), item, { tags: [tagOf(item.category)], version: item.version })
    })
  }

  async writeCategory(category: number): Promise<Written> {
    const items = await this.#database.rewriteCategory(category)
    return this.#told(items, () => this.#cache.invalidateTags([tagOf(category)]))
  }

  async #told(changed: readonly Item[], tell: () => Promise<WriteResult>): Promise<Written> {
    const items = changed.map(({ id, version }) => ({ id, version }))
    if (this.#isSabotaged) return { items, ok: true, pending: [] }
    const { ok, levels } = await tell()
    return { items, ok, pending: levels.filter(({ outcome }) => outcome === 'pending').map(({ name }) => name) }
  }
}
