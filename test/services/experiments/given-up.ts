import { setTimeout as pause } from 'node:timers/promises'
import { type Fleet, over, until } from '../fleet.ts'
import type { LevelSpec } from '../process-orders.ts'
import { type Fault, recovered } from './outages.ts'

export interface GivenUp {
  /** Milliseconds each of some cold reads took, one after another, while the store did not answer. */
  readonly reads: readonly number[]
  /** The breaker of the store's level at the end of the fault. */
  readonly breaker: string
  /** What the set in the fault was told. */
  readonly outcome: string
  /** Values in the two processes and the store at rest, after another process has set `new`. */
  readonly atRest: readonly unknown[]
  /** Milliseconds a read of level 1 took in the fault. */
  readonly hot: number
}

/**
 * A store that does not answer for a while: what cold reads cost, one after another, and whether a set
 * given up on in the fault is ever seen after another one that came later.
 */
export async function frozenStore(
  fleet: Fleet,
  below: LevelSpec,
  others: LevelSpec,
  fault: Fault,
  ms: number,
): Promise<GivenUp> {
  const a = await fleet.worker(over(below))
  const b = await fleet.worker(over(others))
  const store = await fleet.worker({ levels: [others], cache: { ttl: 60_000 } })
  await a.ask('set', 'k', 'first')
  await a.ask('set', 'hot', 'hot')
  await b.ask('get', 'k')
  const began = performance.now()
  await fault.begin()
  const reads: number[] = []
  for (let n = 0; n < 8; n++) reads.push((await a.ask('getOrFetch', `cold:${n}`, { value: n })).took)
  const { answer } = await a.ask('set', 'k', 'given up')
  const hot = (await a.ask('get', 'hot')).took
  await pause(Math.max(0, ms - (performance.now() - began)))
  const { breaker } = (await a.ask('stats')).levels[1]!
  await fault.end()
  // The other process may have to wait until the store answers it again.
  await until(
    async () => (await b.ask('set', 'k', 'new')).answer.ok,
    (isDone) => isDone,
  )
  await recovered(a)
  await recovered(b)
  const seen = (): Promise<unknown[]> =>
    Promise.all([a, b, store].map(async (node) => (await node.ask('get', 'k')).answer))
  const atRest = await until(
    seen,
    (values) => values.every((value) => value === 'new' || value === undefined),
    10_000,
  ).catch(seen)
  return { reads, breaker, outcome: answer.levels[1]!.outcome, atRest, hot }
}
