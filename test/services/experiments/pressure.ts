import type { RedisServer } from '../../../servers/redis-server.ts'
import { type Fleet, over, until } from '../fleet.ts'

export interface Pressure {
  readonly keys: number
  /** Keys that Redis evicted meanwhile. */
  readonly evicted: number
  /** Keys of which some process, or the store, has another value at rest than was written last. */
  readonly stale: readonly string[]
  readonly warnings: readonly string[]
}

/** Sets, deletes and slow fetches in two processes over a Redis that is too small for them and evicts what it likes. */
export async function evictionPressure(fleet: Fleet, server: RedisServer, keys: number, ms: number): Promise<Pressure> {
  const below = { kind: 'redis', options: { url: server.url, maxStaleness: 1000 } } as const
  const setup = { ...over(below), levels: [{ kind: 'memory', options: { maxEntries: 200 } }, below] } as const
  const workers = await fleet.workers(2, setup)
  const store = await fleet.worker({ levels: [below], cache: { ttl: 60_000 } })
  const names = Array.from({ length: keys }, (_, n) => `pressed:${n}`)
  const truth: Record<string, number | undefined> = {}
  // On a slow machine it takes longer until the memory is full.
  for (let round = 0; round < 20 && (await evictedBy(server)) === 0; round++) {
    const truths = await Promise.all(
      workers.map((worker, own) => worker.ask('tumult', { keys: names, own: own as 0 | 1, ms, seed: 2 * round + own })),
    )
    Object.assign(truth, ...truths)
  }
  const staleNow = async (): Promise<string[]> => {
    const seen = await Promise.all([...workers, store].map(async (node) => (await node.ask('getMany', names)).answer))
    return names.filter((name, n) =>
      seen.some((values) => {
        const held = (values[n] as { n: number } | undefined)?.n
        return held !== undefined && held !== truth[name]
      }),
    )
  }
  const stale = await until(staleNow, (found) => found.length === 0, 3000).catch(staleNow)
  const warnings = await Promise.all(workers.map((worker) => worker.ask('warnings')))
  return { keys, stale, evicted: await evictedBy(server), warnings: warnings.flat() }
}

async function evictedBy(server: RedisServer): Promise<number> {
  return Number(/evicted_keys:(\d+)/.exec(await server.command('INFO', 'stats'))?.[1])
}
