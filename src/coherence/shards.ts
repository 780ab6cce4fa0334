import { Unsettled } from '../level.ts'

/** Sorts what is asked for by shard. */
export function byShard<T>(items: readonly T[], shardOf: (item: T) => number): Map<number, T[]> {
  const lists = new Map<number, T[]>()
  for (const item of items) {
    const shard = shardOf(item)
    const list = lists.get(shard)
    if (list === undefined) lists.set(shard, [item])
    else list.push(item)
  }
  return lists
}

/** Works in several shards at once. Fails if one fails, when all have answered, and tells with it what may still take effect. */
export async function everywhere<A, T>(
  shards: ReadonlyMap<number, A>,
  work: (shard: number, own: A) => Promise<T>,
): Promise<T[]> {
  return together([...shards].map(([shard, own]) => work(shard, own)))
}

/** All of these. Fails if one fails, when all have settled, and tells with it what may still take effect. */
export async function together<T>(works: readonly Promise<T>[]): Promise<T[]> {
  const outcomes = await Promise.allSettled(works)
  const done: T[] = []
  const errors: unknown[] = []
  for (const outcome of outcomes) {
    if (outcome.status === 'fulfilled') done.push(outcome.value)
    else errors.push(outcome.reason)
  }
  if (errors.length === 0) return done
  const unsettled = errors.flatMap((error) => (error instanceof Unsettled ? [error.over] : []))
  if (unsettled.length === 0) throw errors[0]
  throw new Unsettled(
    errors[0],
    Promise.all(unsettled).then(() => undefined),
  )
}

/**
 * Asks each of these once, all together; fails when all have answered. Whoever is told of a failure goes
 * elsewhere, and no shard may be reached for the first time behind his back.
 */
export async function everyOne<T>(all: readonly T[], ask: (one: T) => Promise<void>): Promise<void> {
  const outcomes = await Promise.allSettled([...new Set(all)].map(ask))
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
}
