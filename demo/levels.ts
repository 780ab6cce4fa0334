import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type LevelFactory, type MultiLevelCache, memory } from '../src/index.ts'
import { disk } from '../src/levels/disk.ts'
import { memcached } from '../src/levels/memcached.ts'
import { redis } from '../src/levels/redis.ts'

/** All demos on one server share this, so that it never holds the books of more than one. */
const PREFIX = 'terrace-demo'

/** The levels of the demo, and what is to be removed when it has ended. */
export interface DemoLevels {
  readonly levels: readonly LevelFactory[]
  /** To be called when the cache has closed. */
  remove(): void
}

/**
 * Memory over the servers that were named, or over a file in a temporary folder where none was. With
 * both servers Redis is the deepest: it tells processes of changes, and counts for all of them.
 *
 * @throws TerraceError `ERR_OPTION_INVALID` for an address that is none
 */
export function demoLevels(redisUrl: string | undefined, memcachedNodes: string | undefined): DemoLevels {
  const beyond: LevelFactory[] = []
  const name = (what: string): string => `L${beyond.length + 2} ${what}`
  if (memcachedNodes !== undefined) {
    beyond.push(memcached({ nodes: memcachedNodes, prefix: PREFIX, name: name('memcached') }))
  }
  if (redisUrl !== undefined) beyond.push(redis({ url: redisUrl, prefix: `${PREFIX}:`, name: name('redis') }))
  const first = memory({ maxEntries: 1_000, name: 'L1 memory' })
  if (beyond.length > 0) return { levels: [first, ...beyond], remove: () => undefined }
  const folder = mkdtempSync(join(tmpdir(), 'terrace-demo-'))
  return {
    levels: [first, disk({ path: join(folder, 'products.db'), name: name('disk') })],
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Asks every level, again and again for two seconds while one fails: the first call has to connect. @returns a sentence for each that fails */
export async function failingLevels(cache: MultiLevelCache): Promise<string[]> {
  const failing = new Set<string>()
  const reasons = new Map<string, string>()
  const stop = cache.on((event) => {
    if (event.type !== 'levelFailed') return
    failing.add(event.level)
    reasons.set(event.level, (event.error as Error).message)
  })
  for (let tries = 0; tries === 0 || (tries < 10 && failing.size > 0); tries++) {
    if (tries > 0) await sleep(200)
    failing.clear()
    await cache.has('anything')
    // One that is not asked for a while has not failed again.
    for (const { name, breaker } of cache.stats().levels) if (breaker !== 'closed') failing.add(name)
  }
  stop()
  return [...failing].map((level) => {
    const why = reasons.get(level) ?? 'unknown'
    return `${level} does not answer (${why}). The demo goes on without it, and with it as soon as it does.`
  })
}
