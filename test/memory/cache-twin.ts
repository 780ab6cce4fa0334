import { expect } from 'vitest'
import { MemoryCache } from '../../src/memory/memory-cache.ts'
import type { RemovalReason } from '../../src/memory/removals.ts'
import type { MemoryCacheOptions } from '../../src/memory/settings.ts'
import type { Rank } from '../../src/rank.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'

const NEVER = Number.POSITIVE_INFINITY

/** What may be done to a cache. Keys are `k0`, `k1` …, values numbers of which each is used once. */
export type Step =
  | readonly ['get' | 'peek' | 'has' | 'delete' | 'ttl', key: number]
  | readonly ['set', key: number, weight: number, ttl: number | undefined, priority?: Rank | undefined]
  | readonly ['expire', key: number, ttl: number]
  | readonly ['wait', ms: number]
  | readonly ['resize', maxEntries: number, maxBytes: number]
  | readonly ['clear' | 'iterate']

export interface Bounds {
  readonly maxEntries: number
  /** `Infinity`: bounded by entries alone. */
  readonly maxBytes: number
  readonly maxEntryBytes: number
  /** Whether entries are weighed at all. */
  readonly weighed: boolean
  readonly ttl: number
  readonly idle: number
}

/** A cached number, which knows its weight. */
export interface Weighed {
  readonly id: number
  readonly weight: number
}

interface Known {
  readonly value: Weighed
  hard: number
  soft: number
}

interface Removal {
  readonly key: string
  readonly value: Weighed
  readonly reason: RemovalReason
}

type Counted = 'hits' | 'misses' | 'sets' | 'deletes' | 'evictions' | 'expired' | 'refused'

/**
 * A cache beside a plain Map that knows what must be true whatever the policy. Who is evicted, and
 * when expired entries are given back, the cache decides and reports; the Map believes it only where
 * that is allowed, and so holds exactly what the cache must hold.
 */
export class CacheTwin {
  readonly world: FakeWorld
  readonly cache: MemoryCache<string, Weighed>
  readonly known: Map<string, Known> = new Map()
  readonly counts: Record<Counted, number> = {
    hits: 0,
    misses: 0,
    sets: 0,
    deletes: 0,
    evictions: 0,
    expired: 0,
    refused: 0,
  }
  #bounds: Bounds
  #removed: Removal[] = []
  #ids = 0

  constructor(bounds: Bounds, policy: MemoryCacheOptions<string, Weighed>['policy'], seed: number) {
    this.#bounds = bounds
    this.world = new FakeWorld(seed)
    const { maxEntries, maxBytes, maxEntryBytes, weighed, ttl, idle } = bounds
    this.cache = new MemoryCache<string, Weighed>({
      maxEntries,
      maxBytes: maxBytes === NEVER ? undefined : maxBytes,
      maxEntryBytes: maxEntryBytes === NEVER ? undefined : maxEntryBytes,
      sizeOf: weighed ? (value) => value.weight : undefined,
      ttl,
      idle,
      policy,
      world: this.world,
      onRemoval: (key, value, reason) => this.#removed.push({ key, value, reason }),
    })
  }

  run(step: Step): void {
    this.#removed = []
    switch (step[0]) {
      case 'get':
        this.#get(`k${step[1]}`)
        break
      case 'peek':
        expect(this.cache.peek(`k${step[1]}`)).toBe(this.#live(`k${step[1]}`)?.value)
        this.#believe()
        break
      case 'has':
        expect(this.cache.has(`k${step[1]}`)).toBe(this.#live(`k${step[1]}`) !== undefined)
        this.#believe()
        break
      case 'ttl':
        expect(this.cache.ttl(`k${step[1]}`)).toBe(this.#left(`k${step[1]}`))
        this.#believe()
        break
      case 'delete':
        this.#delete(`k${step[1]}`)
        break
      case 'set':
        this.#set(`k${step[1]}`, step[2], step[3], step[4])
        break
      case 'expire':
        this.#expire(`k${step[1]}`, step[2])
        break
      case 'wait':
        this.#wait(step[1])
        break
      case 'resize':
        this.#resize(step[1], step[2])
        break
      case 'clear':
        this.#clear()
        break
      default:
        this.#iterate()
    }
    this.compare()
  }

  compare(): void {
    const { cache, known, world } = this
    cache.check()
    if (world.timers > 1) expect.fail(`${world.timers} timers run`)
    const { uptime, hitRatio, maxEntries, maxBytes, entries, bytes, ...counts } = cache.stats()
    expect(counts).toEqual(this.counts)
    const reads = counts.hits + counts.misses
    expect([uptime, hitRatio, maxEntries, maxBytes]).toEqual([
      world.mono(),
      reads === 0 ? 0 : counts.hits / reads,
      this.#bounds.maxEntries,
      this.#bounds.maxBytes,
    ])
    let weight = 0
    for (const [key, { value }] of known) {
      weight += this.#bounds.weighed ? value.weight : 0
      const live = this.#live(key)
      if (cache.peek(key) !== live?.value) expect.fail(`${key} should be ${live?.value.id}`)
    }
    expect([entries, bytes, cache.size, cache.bytes]).toEqual([known.size, weight, known.size, weight])
    if (known.size > this.#bounds.maxEntries || weight > this.#bounds.maxBytes) expect.fail('beyond the bounds')
    for (const key of cache.order()) if (!known.has(key)) expect.fail(`${key} is ordered and not held`)
  }

  #live(key: string): Known | undefined {
    const known = this.known.get(key)
    return known !== undefined && Math.min(known.hard, known.soft) > this.world.mono() ? known : undefined
  }

  #left(key: string): number | undefined {
    const live = this.#live(key)
    return live === undefined ? undefined : Math.min(live.hard, live.soft) - this.world.mono()
  }

  /**
   * Takes the reported removals over: evictions, expiries of what has expired, and exactly the given
   * others, in this order.
   */
  #believe(...others: readonly (readonly [key: string, value: Weighed, reason: RemovalReason])[]): void {
    const expectedOthers = [...others]
    for (const { key, value, reason } of this.#removed) {
      if (reason === 'refused') this.counts.refused++
      else if (this.known.get(key)?.value !== value) expect.fail(`${key} left (${reason}) and was not held`)
      if (reason === 'expired') {
        if (this.#live(key) !== undefined) expect.fail(`${key} expired early`)
        this.counts.expired++
      } else if (reason === 'evicted') {
        if (this.#live(key) === undefined) expect.fail(`${key} was evicted though it had expired`)
        this.counts.evictions++
      } else expect([key, value, reason]).toEqual(expectedOthers.shift())
      if (reason !== 'refused') this.known.delete(key)
    }
    expect(expectedOthers).toEqual([])
    this.#removed = []
  }

  #get(key: string): void {
    const live = this.#live(key)
    const held = this.known.has(key)
    expect(this.cache.get(key)).toBe(live?.value)
    if (live === undefined) this.counts.misses++
    else this.counts.hits++
    expect(this.#removed.map(({ reason }) => reason)).toEqual(held && live === undefined ? ['expired'] : [])
    this.#believe()
    if (live !== undefined) live.soft = this.world.mono() + this.#bounds.idle
  }

  #delete(key: string): void {
    const live = this.#live(key)
    const held = this.known.has(key)
    expect(this.cache.delete(key)).toBe(live !== undefined)
    if (live === undefined) {
      expect(this.#removed.map(({ reason }) => reason)).toEqual(held ? ['expired'] : [])
      this.#believe()
      return
    }
    this.counts.deletes++
    this.#believe([key, live.value, 'deleted'])
  }

  #set(key: string, weight: number, ttl: number | undefined, priority: Rank | undefined): void {
    const value = { id: ++this.#ids, weight }
    const life = ttl ?? this.#bounds.ttl
    const old = this.#live(key)
    const { maxBytes, maxEntryBytes, weighed } = this.#bounds
    const fits = !weighed || (weight <= maxBytes && weight <= maxEntryBytes)
    const kept = this.cache.set(key, value, ttl === undefined && priority === undefined ? undefined : { ttl, priority })
    this.counts.sets++
    // A heavier value that replaces another may itself be chosen to make room.
    const own = this.#removed.findIndex((removal) => removal.value === value && removal.reason === 'evicted')
    if (own !== -1 && (old === undefined || old.value.weight >= weight)) expect.fail(`${key} made room for itself`)
    expect(kept).toBe(fits && life > 0 && own === -1)
    const others: [string, Weighed, RemovalReason][] = old === undefined ? [] : [[key, old.value, 'replaced']]
    if (!fits && life > 0) others.push([key, value, 'refused'])
    if (fits && life > 0 && old !== undefined) this.#believeReplaced(key, value, life, others)
    else {
      this.#believe(...others)
      if (kept) this.#hold(key, value, life)
    }
  }

  /** The old value is replaced first, then others may leave. */
  #believeReplaced(key: string, value: Weighed, life: number, others: [string, Weighed, RemovalReason][]): void {
    const [first, ...rest] = this.#removed
    this.#removed = first === undefined ? [] : [first]
    this.#believe(...others)
    this.#hold(key, value, life)
    this.#removed = rest
    this.#believe()
  }

  #hold(key: string, value: Weighed, life: number): void {
    const now = this.world.mono()
    this.known.set(key, { value, hard: now + life, soft: now + this.#bounds.idle })
  }

  #expire(key: string, ttl: number): void {
    const live = this.#live(key)
    expect(this.cache.expire(key, ttl)).toBe(live !== undefined)
    if (live !== undefined && ttl === 0) {
      this.counts.deletes++
      this.#believe([key, live.value, 'deleted'])
      return
    }
    this.#believe()
    if (live !== undefined) this.#hold(key, live.value, ttl)
  }

  #wait(ms: number): void {
    this.world.advance(ms)
    if (this.#removed.some(({ reason }) => reason !== 'expired')) expect.fail('time alone makes entries expire only')
    this.#believe()
    for (const { hard, soft } of this.known.values()) {
      if (Math.min(hard, soft) + 2000 <= this.world.mono()) expect.fail('expired two seconds ago and still held')
    }
  }

  #resize(maxEntries: number, maxBytes: number): void {
    const bytes = this.#bounds.maxBytes === NEVER ? undefined : maxBytes
    this.#bounds = { ...this.#bounds, maxEntries, maxBytes: bytes ?? NEVER }
    this.cache.resize(bytes === undefined ? { maxEntries } : { maxEntries, maxBytes: bytes })
    this.#believe()
  }

  #clear(): void {
    this.cache.clear()
    for (const { key, value, reason } of this.#removed) {
      if (reason !== 'cleared' || !this.known.has(key)) expect.fail(`${key} left (${reason})`)
      expect(this.known.get(key)?.value).toBe(value)
      this.known.delete(key)
    }
    expect(this.known.size).toBe(0)
  }

  #iterate(): void {
    const live = [...this.known.keys()].filter((key) => this.#live(key) !== undefined).sort()
    const { cache } = this
    expect([...cache.keys()].sort()).toEqual(live)
    expect([...cache].map(([key]) => key).sort()).toEqual(live)
    const pairs = new Map(cache.entries())
    for (const key of live) expect(pairs.get(key)).toBe(this.known.get(key)!.value)
    const ids = (values: Iterable<Weighed>): number[] => Array.from(values, ({ id }) => id).sort((a, b) => a - b)
    expect(ids(cache.values())).toEqual(ids(pairs.values()))
    const visited: string[] = []
    cache.forEach((value, key, self) => {
      if (self !== cache || pairs.get(key) !== value) expect.fail(`forEach visited ${key}`)
      visited.push(key)
    })
    expect(visited.sort()).toEqual(live)
    this.#believe()
  }
}
