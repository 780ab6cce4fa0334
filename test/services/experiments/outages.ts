import { setTimeout as pause } from 'node:timers/promises'
import type { RedisServer } from '../../../servers/redis-server.ts'
import type { Fleet } from '../fleet.ts'
import { over, until } from '../fleet.ts'
import type { LoadReport } from '../process-orders.ts'
import type { Network } from '../proxy.ts'
import type { Worker } from '../worker.ts'

/** A fault that begins and ends. */
export interface Fault {
  begin(): unknown
  end(): unknown
}

export const killing = (server: Pick<RedisServer, 'kill' | 'restart'>): Fault => ({
  begin: () => server.kill(),
  end: () => server.restart(),
})

export const freezing = (server: { stop(): unknown; cont(): unknown }): Fault => ({
  begin: () => server.stop(),
  end: () => server.cont(),
})

/** A network that swallows everything without a word. */
export const cutting = (network: Network): Fault => ({
  begin: () => network.cut(),
  end: () => network.mend(),
})

/** A network that takes so many milliseconds more each way. */
export const slowing = (network: Network, ms: number): Fault => ({
  begin: () => network.delay(ms),
  end: () => network.delay(0),
})

export interface Outage {
  /** By process. */
  readonly reports: readonly LoadReport[]
  /** Processes that ended. */
  readonly dead: number
  /** What the processes complained of. */
  readonly warnings: readonly string[]
  /** Milliseconds from the end of the fault until every process had the store back. */
  readonly recovery: number
}

/** Hot and cold reads in each process while a fault of `ms` milliseconds begins and lasts. */
export async function outageUnderLoad(
  workers: readonly Worker[],
  fault: Fault,
  ms: number,
  fetchTime: number,
): Promise<Outage> {
  await Promise.all(workers.map((worker) => worker.ask('getOrFetch', 'hot', { value: 'hot' })))
  await Promise.all(workers.map((worker) => worker.ask('beginLoad', 'hot', fetchTime)))
  // It begins in the middle of the load: some calls are on their way.
  await pause(100)
  await fault.begin()
  await pause(ms)
  const reports = await Promise.all(workers.map((worker) => worker.ask('endLoad')))
  await fault.end()
  const ended = performance.now()
  await Promise.all(workers.map(recovered))
  const warnings = await Promise.all(workers.map((worker) => worker.ask('warnings')))
  return {
    reports,
    dead: workers.filter(({ ended }) => ended !== undefined).length,
    warnings: warnings.flat(),
    recovery: performance.now() - ended,
  }
}

/** The process believes the store again, and owes it nothing. */
export async function recovered(worker: Worker): Promise<void> {
  await until(
    async () => {
      const level = (await worker.ask('stats')).levels.at(-1)!
      // Somebody must ask for a breaker to close.
      await worker.ask('get', 'is anybody there?')
      return { breaker: level.breaker, proven: level.proven, pending: level.pending }
    },
    ({ breaker, proven, pending }) => breaker === 'closed' && proven !== false && pending === 0,
    60_000,
  )
}

export interface Lost {
  readonly outages: number
  /** Outages after which the writer, or the other process, still had the old value. */
  readonly writer: number
  readonly other: number
  readonly store: number
  /** Writes that were said to have reached every level, although they could not. */
  readonly untold: number
  /** Outages after which something was pending for ever. */
  readonly pending: number
}

/** Milliseconds a process may need until it has noticed that the server is back. */
const RECONNECTION = 5000

/** Sets and deletes in turn, one in each of so many outages of 0.3 to 1 second. */
export async function invalidationsInOutages(
  fleet: Fleet,
  server: RedisServer,
  outages: number,
  maxStaleness: number,
): Promise<Lost> {
  const below = { kind: 'redis', options: { url: server.url, maxStaleness } } as const
  const [a, b] = await fleet.workers(2, over(below))
  const store = await fleet.worker({ levels: [below], cache: { ttl: 60_000 } })
  const lost = { outages, writer: 0, other: 0, store: 0, untold: 0, pending: 0 }
  for (let n = 0; n < outages; n++) {
    const key = `lost:${n}`
    const [writer, other] = n % 4 < 2 ? [a!, b!] : [b!, a!]
    // The outage before may have left somebody without a connection: it begins when all have v1.
    await until(
      async () => {
        const { ok } = (await writer.ask('set', key, 'v1')).answer
        return ok && (await other.ask('get', key)).answer
      },
      (value) => value === 'v1',
    )
    await server.kill()
    const { answer } = n % 2 === 0 ? await writer.ask('set', key, 'v2') : await writer.ask('delete', key)
    const { pending } = (await writer.ask('stats')).levels[1]!
    if (answer.ok || answer.levels[1]!.outcome !== 'pending' || pending === 0) lost.untold++
    if ((await writer.ask('get', key)).answer === 'v1') lost.writer++
    await pause(300 + Math.random() * 700)
    await server.restart()
    const owes = async (): Promise<number> => (await writer.ask('stats')).levels[1]!.pending
    await until(owes, (pending) => pending === 0, 40_000).catch(() => lost.pending++)
    if (await staysOld(writer, key, 0)) lost.writer++
    // They have to connect again first; a process that is cut off serves what it has.
    if (await staysOld(other, key, maxStaleness + RECONNECTION)) lost.other++
    if (await staysOld(store, key, maxStaleness + RECONNECTION)) lost.store++
  }
  return lost
}

async function staysOld(node: Worker, key: string, patience: number): Promise<boolean> {
  const seen = async (): Promise<unknown> => (await node.ask('get', key)).answer
  return until(seen, (value) => value !== 'v1', patience).then(
    () => false,
    () => true,
  )
}
