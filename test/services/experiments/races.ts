import { setTimeout as pause } from 'node:timers/promises'
import { type Fleet, over, until } from '../fleet.ts'
import type { LevelSpec } from '../process-orders.ts'
import type { Network } from '../proxy.ts'
import type { Worker } from '../worker.ts'
import { recovered } from './outages.ts'

export interface Race {
  /** `set` and `delete` by the process that fetches (`own`) or by another one while the fetch is under way. */
  readonly by: 'own' | 'other'
  readonly verb: 'set' | 'delete'
}

export const RACES: readonly Race[] = [
  { by: 'other', verb: 'set' },
  { by: 'other', verb: 'delete' },
  { by: 'own', verb: 'set' },
  { by: 'own', verb: 'delete' },
]

/** Two processes with memory over a store, and a third that sees what is in the store. */
export interface Nodes {
  readonly a: Worker
  readonly b: Worker
  readonly store: Worker
}

/** The second process has clocks that go wrong by `skew`. All are connected, and know what there is to know. */
export async function nodesOver(fleet: Fleet, below: LevelSpec, skew = 0): Promise<Nodes> {
  const [a, b, store] = await Promise.all([
    fleet.worker(over(below)),
    fleet.worker({ ...over(below), skew }),
    fleet.worker({ levels: [below], cache: { ttl: 60_000 } }),
  ])
  for (const [n, node] of [a, b, store].entries()) {
    await until(
      async () => (await node.ask('set', `warm:${n}`, n)).answer.ok,
      (isDone) => isDone,
    )
  }
  return { a, b, store }
}

/**
 * A fetches v1, and while its fetcher runs somebody sets v2 or deletes. @returns in how many of the
 * repetitions v1 was found anywhere afterwards
 */
export async function staleSets(nodes: Nodes, { by, verb }: Race, times: number, name = 'race'): Promise<number> {
  const { a } = nodes
  const actor = by === 'own' ? a : nodes.b
  let stale = 0
  for (let n = 0; n < times; n++) {
    const key = `${name}:${by}:${verb}:${n}`
    const fetched = a.ask('getOrFetch', key, { value: 'v1', gate: key })
    await a.ask('begun', key)
    const { answer } = await (verb === 'set' ? actor.ask('set', key, 'v2') : actor.ask('delete', key))
    if (!answer.ok) throw new Error(`the ${verb} did not reach the store: it does not count`)
    await a.ask('letGo', key)
    await fetched
    if (await isAnywhere(nodes, key, 'v1')) stale++
  }
  return stale
}

/** Two processes set the same keys at the same time. @returns how many keys the processes and the store disagree on at rest */
export async function concurrentSets({ a, b, store }: Nodes, keys: number, limit: number): Promise<number> {
  const names = Array.from({ length: keys }, (_, n) => `concurrent:${n}`)
  await Promise.all(names.flatMap((name) => [a.ask('set', name, 'of a'), b.ask('set', name, 'of b')]))
  const disagreeing = async (): Promise<string[]> => {
    const [atA, atB, stored] = await Promise.all(
      [a, b, store].map(async (node) => (await node.ask('getMany', names)).answer),
    )
    return names.filter((_, n) => stored![n] === undefined || atA![n] !== stored![n] || atB![n] !== stored![n])
  }
  return (await until(disagreeing, (names) => names.length === 0, limit).catch(disagreeing)).length
}

/**
 * The store's answer to A is under way while B sets or deletes, and A has heard of that: the answer must
 * not be kept. A reaches the store through the proxy.
 */
export async function slowReplies(
  nodes: Nodes,
  proxy: Network,
  verb: 'set' | 'delete',
  times: number,
): Promise<number> {
  const { a, b, store } = nodes
  let stale = 0
  for (let n = 0; n < times; n++) {
    const key = `slow:${verb}:${n}`
    await store.ask('set', key, 'v1')
    await recovered(a)
    // The invalidation by that set must not be taken for the next one.
    await pause(50)
    const heard = async (): Promise<number> => (await a.ask('events'))['heard L2'] ?? 0
    const before = await heard()
    proxy.holdAnswers()
    const read = a.ask('get', key)
    await until(
      () => proxy.held,
      (held) => held > 0,
    )
    if (verb === 'set') await b.ask('set', key, 'v2')
    else await b.ask('delete', key)
    await until(heard, (count) => count > before)
    proxy.letGo()
    await read
    if (await isAnywhere(nodes, key, 'v1')) stale++
  }
  return stale
}

/** A tag is invalidated by B while A fetches something under it, which may be believed for `patience` milliseconds. */
export async function tagsWhileFetching(nodes: Nodes, times: number, patience = 0): Promise<number> {
  const { a, b } = nodes
  let stale = 0
  for (let n = 0; n < times; n++) {
    const key = `tagged:${n}`
    const tags = [`tag:${n}`]
    const fetched = a.ask('getOrFetch', key, { value: 'v1', gate: key, tags })
    await a.ask('begun', key)
    await b.ask('invalidateTags', tags)
    await a.ask('letGo', key)
    await fetched
    const isStale = (): Promise<boolean> => isAnywhere(nodes, key, 'v1')
    await until(isStale, (found) => !found, patience).catch(() => stale++)
    // And the ordinary way: it is kept, then invalidated.
    await a.ask('getOrFetch', `kept:${n}`, { value: 'v1', tags })
    await b.ask('get', `kept:${n}`)
    await b.ask('invalidateTags', tags)
    const seen = (): Promise<unknown> => a.ask('get', `kept:${n}`).then(({ answer }) => answer)
    await until(seen, (value) => value !== 'v1', Math.max(patience, 2000)).catch(() => stale++)
  }
  return stale
}

async function isAnywhere({ a, b, store }: Nodes, key: string, value: unknown): Promise<boolean> {
  const answers = await Promise.all([a, b, store].map((node) => node.ask('get', key)))
  return answers.some(({ answer }) => answer === value)
}
