/** What {@link naiveLevels} counted. */
export interface NaiveTally {
  /** Hits by level, all copies together. */
  readonly hits: readonly number[]
  readonly fetches: number
  readonly evictions: readonly number[]
}

/** A level of the naive simulation: LRU, bounded by entries or by bytes. */
export interface NaiveLevel {
  readonly capacity: number
  readonly inBytes?: boolean
  /** How many servers have one each; 0: shared. */
  readonly servers: number
  readonly ttl?: number
}

interface Held {
  readonly size: number
  readonly end: number
}

/** Several inclusive levels over plain Maps, each request to the next server in turn. Correct, and slow. */
export function naiveLevels(
  requests: readonly { readonly key: number; readonly size: number }[],
  levels: readonly NaiveLevel[],
  time: { readonly rate: number; readonly ttl: number } = { rate: 1, ttl: Number.POSITIVE_INFINITY },
): NaiveTally {
  const servers = Math.max(1, ...levels.map((level) => level.servers))
  const copies = levels.map((level) => Array.from({ length: level.servers || 1 }, () => new Map<number, Held>()))
  const hits = levels.map(() => 0)
  const evictions = levels.map(() => 0)
  let fetches = 0
  const keep = (n: number, map: Map<number, Held>, key: number, held: Held, now: number): void => {
    const { capacity, inBytes = false } = levels[n]!
    const weight = (each: Held): number => (inBytes ? Math.max(1, each.size) : 1)
    map.delete(key)
    if (weight(held) > capacity) return
    const used = (): number => [...map.values()].reduce((sum, each) => sum + weight(each), 0)
    for (const [other, { end }] of map) if (end <= now && used() + weight(held) > capacity) map.delete(other)
    while (used() + weight(held) > capacity) {
      map.delete(map.keys().next().value!)
      evictions[n]!++
    }
    map.set(key, held)
  }
  for (const [i, { key, size }] of requests.entries()) {
    const now = Math.floor((i * 1000) / time.rate)
    const own = copies.map((all) => all[i % servers] ?? all[0]!)
    let found = own.findIndex((map) => (map.get(key)?.end ?? 0) > now)
    let held = found < 0 ? { size, end: now + time.ttl } : own[found]!.get(key)!
    if (found < 0) {
      fetches++
      found = levels.length
    } else {
      hits[found]!++
      own[found]!.delete(key)
      own[found]!.set(key, held)
    }
    for (let n = found - 1; n >= 0; n--) {
      const entry: Held = {
        size: held.size,
        end: Math.min(held.end, now + (levels[n]!.ttl ?? Number.POSITIVE_INFINITY)),
      }
      keep(n, own[n]!, key, entry, now)
      held = { ...held, size: entry.size }
    }
  }
  return { hits, fetches, evictions }
}
