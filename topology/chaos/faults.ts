import { setTimeout as pause } from 'node:timers/promises'
import { masterIn } from '../../servers/redis-cluster.ts'
import type { Database } from '../database/database.ts'
import type { Part } from '../parts/part.ts'
import type { Topology } from '../parts/topology.ts'
import { BALANCER, CACHE, DATABASE } from '../plan.ts'
import { clusterSeen } from './cluster-view.ts'
import type { FaultName } from './schedule.ts'

/** A fault that is under way. */
interface Underway {
  /** The part that it happens to. */
  readonly part: string
  /** Resolves when it may end: when the others have noticed. With what they have done, in words, if it can be said. */
  readonly noticed?: Promise<string | undefined>
  /** Ends it. Resolves when the part serves again. */
  end(): Promise<unknown>
}

export interface Fault {
  /**
   * Milliseconds that it may cost a reader at most, besides what a reader may have to wait at any time. What
   * the levels cost at most is in that already.
   */
  readonly costs: number
  /** Whether what a shared level had acknowledged just before may be lost by it. */
  readonly losesWrites: boolean
  begin(topology: Topology, database: Database, which: number): Promise<Underway>
}

const GIVEN_UP = BALANCER.connectTimeout + BALANCER.readTimeout

export const FAULT: Readonly<Record<FaultName, Fault>> = {
  'a Redis master is killed': {
    costs: 0,
    losesWrites: true,
    begin: (topology, _, which) => withoutMaster(topology, which, (part) => part.kill(), restarted),
  },
  'a Redis master freezes': {
    costs: 0,
    losesWrites: true,
    begin: (topology, _, which) => withoutMaster(topology, which, async (part) => part.stop(), thawed),
  },
  'a Redis replica is killed': {
    costs: 0,
    losesWrites: false,
    begin: async ({ redis }, _, which) => {
      const seen = await clusterSeen(redis.map(({ port }) => port))
      const replicas = seen.filter(({ role, isFailing }) => role === 'replica' && !isFailing)
      return killed(
        redis.filter(({ port }) => replicas.some((replica) => replica.port === port)),
        which,
      )
    },
  },
  'a Memcached node is killed': {
    costs: 0,
    losesWrites: false,
    begin: ({ memcached }, _, which) => killed(memcached, which),
  },
  'a Memcached node freezes': {
    costs: 0,
    losesWrites: false,
    begin: ({ memcached }, _, which) => frozen(memcached, which),
  },
  'an app server is killed': {
    // What it was fetching is fetched by another when its lease is over.
    costs: BALANCER.connectTimeout + CACHE.lease,
    losesWrites: false,
    begin: ({ apps }, _, which) => killed(apps, which),
  },
  'an app server freezes': {
    // Its connections are accepted, and nothing answers: whoever was sent there is sent on after that time.
    costs: GIVEN_UP + CACHE.lease,
    losesWrites: false,
    begin: async ({ apps }, _, which) => ({
      ...(await frozen(apps, which)),
      noticed: pause(GIVEN_UP + 1000, undefined as string | undefined),
    }),
  },
  'the database is slow': {
    costs: DATABASE.slowPace * 2,
    losesWrites: false,
    begin: async (_, database) => {
      await database.setPace(DATABASE.slowPace)
      return { part: 'database', end: () => database.setPace(DATABASE.pace) }
    },
  },
}

/** Milliseconds that a reader may have to wait at any time: for proof, for each level, for one fetch. */
export const BUDGET: number = 3 * CACHE.timeout + DATABASE.pace

const pick = (parts: readonly Part[], which: number): Part => parts[Math.floor(which * parts.length)]!
const restarted = (part: Part): Promise<void> => part.restart()
const thawed = async (part: Part): Promise<void> => part.cont()

async function killed(parts: readonly Part[], which: number): Promise<Underway> {
  const part = pick(parts, which)
  await part.kill()
  return { part: part.name, end: () => part.restart() }
}

async function frozen(parts: readonly Part[], which: number): Promise<Underway> {
  const part = pick(parts, which)
  await part.stop()
  return { part: part.name, end: () => thawed(part) }
}

/** Takes a master away, and gives it back once a replica has its place, or after half a minute. */
async function withoutMaster(
  topology: Topology,
  which: number,
  take: (part: Part) => Promise<unknown>,
  give: (part: Part) => Promise<void>,
): Promise<Underway> {
  const { redis } = topology
  const slot = Math.floor(which * 16_384)
  const port = masterIn(await clusterSeen(redis.map((part) => part.port)), slot)
  const part = redis.find((each) => each.port === port)
  if (part === undefined) throw new Error(`nobody knows the master of slot ${slot}`)
  // The one that is taken away is not asked: one that was frozen still takes itself for the master.
  const others = redis.flatMap((each) => (each === part ? [] : [each.port]))
  await take(part)
  const replaced = async (): Promise<string | undefined> => {
    for (const end = performance.now() + 30_000; performance.now() < end; await pause(100)) {
      const master = masterIn(await clusterSeen(others), slot)
      if (master !== undefined && master !== port) return 'a replica has its place'
    }
    return undefined
  }
  return { part: part.name, noticed: replaced(), end: () => give(part) }
}
