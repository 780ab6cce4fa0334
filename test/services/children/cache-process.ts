// One process of a fleet: a cache of its own, told over IPC what to do (see ../fleet.ts).

import { flushCompileCache } from 'node:module'
import { createCache, type LevelFactory, type MultiLevelCache, memory, type SetOptions } from '../../../src/index.ts'
import { disk } from '../../../src/levels/disk.ts'
import { memcached } from '../../../src/levels/memcached.ts'
import { redis } from '../../../src/levels/redis.ts'
import { systemWorld } from '../../../src/world/system-world.ts'
import type { World } from '../../../src/world/world.ts'
import { LoadRun } from '../load-run.ts'
import type { LevelSpec, Orders, Setup, Source, Storm, Timed, Tumult } from '../process-orders.ts'

let cache: MultiLevelCache
let load: LoadRun | undefined
/** Calls of fetchers, by key. */
const fetches = new Map<string, number>()
const begun = new Map<string, PromiseWithResolvers<void>>()
const gates = new Map<string, PromiseWithResolvers<void>>()
/** Events by type, and those of levels by level and what happened. */
const events = new Map<string, number>()
const warnings: string[] = []

process.on('warning', (warning) => warnings.push(String(warning.stack ?? warning)))
// Whoever started this process is gone.
process.on('disconnect', () => process.exit(0))

function level(spec: LevelSpec): LevelFactory {
  if (spec.kind === 'memory') return memory(spec.options)
  if (spec.kind === 'redis') return redis(spec.options)
  return spec.kind === 'memcached' ? memcached(spec.options) : disk(spec.options)
}

/** The same world with clocks that go wrong by so many milliseconds. */
function skewed(by: number): World {
  return {
    wall: () => systemWorld.wall() + by,
    mono: () => systemWorld.mono() + by,
    tick: () => systemWorld.tick() + by,
    after: (delay, run) => systemWorld.after(delay, run),
    soon: (run) => systemWorld.soon(run),
    random: () => systemWorld.random(),
    background: (work, why) => systemWorld.background(work, why),
  }
}

function named(all: Map<string, PromiseWithResolvers<void>>, name: string): PromiseWithResolvers<void> {
  const known = all.get(name) ?? Promise.withResolvers<void>()
  all.set(name, known)
  return known
}

async function ask(key: string, source: Source): Promise<unknown> {
  fetches.set(key, (fetches.get(key) ?? 0) + 1)
  if (source.gate !== undefined) {
    named(begun, source.gate).resolve()
    await named(gates, source.gate).promise
  }
  if (source.ms !== undefined) await new Promise((resolve) => setTimeout(resolve, source.ms))
  if (source.fails !== undefined) throw new Error(source.fails)
  return source.value
}

async function timed<T>(work: () => Promise<T>): Promise<Timed<T>> {
  const began = performance.now()
  const answer = await work()
  return { answer, took: performance.now() - began }
}

type Answer<O extends keyof Orders> = ReturnType<Orders[O]>

const options = ({ ttl, tags }: Source) => ({ ttl, tags })

const orders: { [O in keyof Orders]: (...given: Parameters<Orders[O]>) => Answer<O> | Promise<Answer<O>> } = {
  open(setup: Setup): void {
    cache = createCache({
      levels: setup.levels.map(level),
      ...setup.cache,
      ...(setup.skew === undefined ? {} : { world: skewed(setup.skew) }),
      observe: (event) => {
        const about = 'level' in event ? ` ${event.level}` : ''
        const what =
          event.type === 'levelFailed' ? ` ${event.operation}` : event.type === 'breaker' ? ` ${event.state}` : ''
        const name = `${event.type}${about}${what}`
        events.set(name, (events.get(name) ?? 0) + 1)
      },
    })
  },
  getOrFetch: (key: string, source: Source) =>
    timed(async () => (await cache.getOrFetch(key, (asked) => ask(asked, source), options(source))).data),
  get: (key: string, after?: string) => timed(() => cache.get(key, after === undefined ? undefined : { after })),
  token: () => cache.token(),
  set: (key: string, value: unknown, how?: SetOptions) => timed(() => cache.set(key, value, how)),
  setMany: (pairs: readonly (readonly [string, unknown])[], how?: SetOptions) => timed(() => cache.setMany(pairs, how)),
  delete: (key: string) => timed(() => cache.delete(key)),
  invalidateTags: (tags: readonly string[]) => timed(() => cache.invalidateTags(tags)),
  getMany: (keys: readonly string[]) => timed(() => cache.getMany(keys)),
  peek: (key: string) => cache.peek(key),
  ttl: (key: string) => cache.ttl(key),
  stats: () => cache.stats(),
  explain: (key: string) => cache.explain(key),
  events: () => Object.fromEntries(events),
  warnings: () => warnings,
  begun: (gate: string) => named(begun, gate).promise,
  letGo: (gate: string) => named(gates, gate).resolve(),

  async storm(key: string, callers: number, source: Source): Promise<Storm> {
    const before = fetches.get(key) ?? 0
    const outcomes = await Promise.all(
      Array.from({ length: callers }, () =>
        timed(() =>
          cache
            .getOrFetch(key, (asked) => ask(asked, source), options(source))
            .then(
              ({ data }) => ({ data }),
              (error: Error) => ({ error: error.message }),
            ),
        ),
      ),
    )
    const values = new Set<unknown>()
    const errors = new Set<string>()
    let failed = 0
    for (const { answer } of outcomes) {
      if ('error' in answer) {
        failed++
        errors.add(answer.error)
      } else values.add(answer.data)
    }
    const longest = Math.max(...outcomes.map(({ took }) => took))
    return { values: [...values], errors: [...errors], failed, longest, fetches: (fetches.get(key) ?? 0) - before }
  },

  beginLoad(hot: string, coldFetchTime: number): void {
    load = new LoadRun(cache, hot, coldFetchTime)
  },
  endLoad: () => load!.end(),

  async tumult({ keys, own, ms, seed }: Tumult): Promise<Record<string, number | undefined>> {
    const truth = new Map<string, number | undefined>()
    const end = performance.now() + ms
    let n = seed
    const mine = keys.filter((_, at) => at % 2 === own)
    const padding = 'x'.repeat(4000)
    const write = async (): Promise<void> => {
      while (performance.now() < end) {
        const key = mine[Math.floor(Math.random() * mine.length)]!
        n += 2
        if (Math.random() < 0.3) {
          truth.set(key, undefined)
          await cache.delete(key)
        } else {
          truth.set(key, n)
          await cache.set(key, { n, padding })
        }
      }
    }
    const read = async (): Promise<void> => {
      while (performance.now() < end) {
        const key = keys[Math.floor(Math.random() * keys.length)]!
        await cache.getOrFetch(key, async () => {
          // What the source says may be out of date by the time it is said: only the owner knows the truth.
          const value = truth.get(key)
          await new Promise((resolve) => setTimeout(resolve, Math.random() * 20))
          return value === undefined ? undefined : { n: value, padding }
        })
      }
    }
    await Promise.all([write(), read(), read(), read()])
    return Object.fromEntries(truth)
  },

  async fill(count: number, ttl: number): Promise<number | undefined> {
    for (let n = 0; n < count; n += 1000) {
      const pairs = Array.from({ length: 1000 }, (_, i) => [`fill:${n + i}`, `${n + i}`.padEnd(100, 'v')] as const)
      await cache.setMany(pairs, { ttl })
    }
    return cache.stats().levels[0]!.size
  },
  size: () => cache.stats().levels[0]!.size,
  memory(): number {
    // Twice: what the first one finalizes is only free after the second.
    globalThis.gc!()
    globalThis.gc!()
    const { heapUsed, external, arrayBuffers } = process.memoryUsage()
    return heapUsed + Math.max(external, arrayBuffers)
  },
  close: () => cache.close(),
}

process.on('message', ({ id, order, given }: { id: number; order: keyof Orders; given: unknown[] }) => {
  const run = async (): Promise<unknown> => (orders[order] as (...given: unknown[]) => unknown)(...given)
  run().then(
    (answer) => process.send?.({ id, answer }),
    (error: unknown) => process.send?.({ id, error: error instanceof Error ? error : new Error(String(error)) }),
  )
})
flushCompileCache()
process.send?.({ id: -1 })
