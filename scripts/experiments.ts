// Runs the experiments of docs/experiments.md at full length against real servers (some 8 minutes), and
// writes the document anew: npm run experiments (it takes no options)
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { createCache, memory } from '../src/index.ts'
import { KINDS } from '../test/codecs/values.ts'
import { frozenStore } from '../test/services/experiments/given-up.ts'
import {
  cutting,
  freezing,
  invalidationsInOutages,
  killing,
  type Outage,
  outageUnderLoad,
  slowing,
} from '../test/services/experiments/outages.ts'
import { evictionPressure } from '../test/services/experiments/pressure.ts'
import { servedUntil } from '../test/services/experiments/promotion.ts'
import {
  concurrentSets,
  nodesOver,
  RACES,
  slowReplies,
  staleSets,
  tagsWhileFetching,
} from '../test/services/experiments/races.ts'
import { reclaimed } from '../test/services/experiments/reclaimed.ts'
import { afterRubbish, RUBBISH } from '../test/services/experiments/rubbish.ts'
import { coldStampede, deadHolder, failingStampede } from '../test/services/experiments/stampede.ts'
import { changedValues } from '../test/services/experiments/values.ts'
import { Fleet, over, until } from '../test/services/fleet.ts'
import type { LevelSpec } from '../test/services/process-orders.ts'
import { STORES } from '../test/services/stores.ts'
import { page } from './experiments-page.ts'
import { findServices } from './services.ts'

const DURABLE = ['--appendonly', 'yes', '--appendfsync', 'always']
const FETCH = 20
const figures = new Map<string, string>()

function tell(name: string, figure: string): void {
  figures.set(name, figure)
  console.log(`${name}: ${figure}`)
}

const ms = (time: number): string => (time < 10 ? time.toFixed(1) : String(Math.round(time)))

function latencies({ reports, dead, warnings }: Outage): string {
  const worst = (of: (report: Outage['reports'][number]) => number): number => Math.max(...reports.map(of))
  const failed = reports.reduce((sum, { errors, wrong, unanswered }) => sum + errors.length + wrong + unanswered, 0)
  return [
    `hot ${ms(worst(({ hot }) => hot.p50))} / ${ms(worst(({ hot }) => hot.p99))}`,
    `cold ${ms(worst(({ cold }) => cold.p50))} / ${ms(worst(({ cold }) => cold.p99))}`,
    `errors ${failed}`,
    dead === 0 && warnings.length === 0 ? 'processes alive' : `${dead} processes dead, ${warnings.length} warnings`,
  ].join('; ')
}

const at = (port: number, more: object = {}): LevelSpec => ({
  kind: 'redis',
  options: { url: `redis://127.0.0.1:${port}`, ...more },
})

async function memcachedOf(fleet: Fleet): Promise<LevelSpec> {
  const servers = await Promise.all(Array.from({ length: 3 }, () => fleet.memcached()))
  return { kind: 'memcached', options: { nodes: servers.map(({ address }) => address), maxStaleness: 500 } }
}

async function clusterOf(fleet: Fleet): Promise<{ level: LevelSpec; cluster: Awaited<ReturnType<Fleet['cluster']>> }> {
  const cluster = await fleet.cluster()
  return { cluster, level: { kind: 'redis', options: { nodes: cluster.ports.map((port) => `127.0.0.1:${port}`) } } }
}

const STORES_SHARED: Readonly<Record<string, (fleet: Fleet) => Promise<LevelSpec>>> = {
  Redis: async (fleet) => at((await fleet.redis()).port),
  Cluster: async (fleet) => (await clusterOf(fleet)).level,
  Memcached: memcachedOf,
}

async function stampedes(): Promise<void> {
  for (const [name, start] of Object.entries(STORES_SHARED)) {
    await using fleet = new Fleet()
    const workers = await fleet.workers(3, over(await start(fleet)))
    const cold = await coldStampede(workers, 'cold', 200)
    tell(`a cold ${name}`, `${cold.fetches} fetch for 600 callers, the slowest ${ms(cold.longest)} ms`)
    const failing = await failingStampede(workers, 'failing', 200)
    tell(`a failing ${name}`, `${failing.fetches} calls, all 600 failed after at most ${ms(failing.longest)} ms`)
    const dead = await deadHolder(workers[0]!, workers[1]!, 'orphan')
    tell(`a dead ${name}`, `${ms(dead.replacedAfter)} ms`)
  }
}

async function races(): Promise<void> {
  for (const [name, start] of Object.entries(STORES_SHARED)) {
    await using fleet = new Fleet()
    const nodes = await nodesOver(fleet, await start(fleet), -5000)
    const stale: string[] = []
    for (const race of RACES) stale.push(`${await staleSets(nodes, race, 5)}/5`)
    tell(`b races ${name}`, stale.join(', '))
    tell(`b concurrent ${name}`, `${await concurrentSets(nodes, 40, 5000)} of 40`)
    tell(`b tags ${name}`, `${await tagsWhileFetching(nodes, 5, name === 'Memcached' ? 5000 : 0)} of 10`)
  }
  await using fleet = new Fleet()
  const { port } = await fleet.redis()
  const network = await fleet.proxy(port)
  const nodes = { ...(await nodesOver(fleet, at(port), -5000)), a: await fleet.worker(over(at(network.port))) }
  const slow = [await slowReplies(nodes, network, 'set', 5), await slowReplies(nodes, network, 'delete', 5)]
  tell('b slow', `set ${slow[0]}/5, delete ${slow[1]}/5`)
}

async function outages(): Promise<void> {
  for (const [title, args] of [
    ['empty', []],
    ['durable', DURABLE],
  ] as const) {
    await using fleet = new Fleet()
    const server = await fleet.redis({ args })
    const workers = await fleet.workers(2, over(at(server.port)))
    tell(`c kill ${title}`, latencies(await outageUnderLoad(workers, killing(server), 3000, FETCH)))
    tell(`c long ${title}`, latencies(await outageUnderLoad(workers, killing(server), 15_000, FETCH)))
    const lost = await invalidationsInOutages(fleet, server, 20, 5000)
    tell(
      `c lost ${title}`,
      `writer ${lost.writer}, other process ${lost.other}, Redis ${lost.store} of 20; untold ${lost.untold}`,
    )
  }
}

async function hangs(): Promise<void> {
  for (const title of ['frozen', 'half-open'] as const) {
    await using fleet = new Fleet()
    const server = await fleet.redis()
    const network = await fleet.proxy(server.port)
    const fault = title === 'frozen' ? freezing(server) : cutting(network)
    const workers = await fleet.workers(2, over(at(network.port)))
    tell(`d ${title} load`, latencies(await outageUnderLoad(workers, fault, 6000, FETCH)))
    tell(`d ${title} long`, latencies(await outageUnderLoad(workers, fault, 45_000, FETCH)))
    const { reads, atRest } = await frozenStore(fleet, at(network.port), at(server.port), fault, 6000)
    const late = atRest.filter((value) => value !== 'new' && value !== undefined).length
    tell(`d ${title} reads`, `${reads.map(ms).join(', ')} ms; ${late} late writes`)
  }
  for (const lag of [50, 200]) {
    await using fleet = new Fleet()
    const network = await fleet.proxy((await fleet.redis()).port)
    const workers = await fleet.workers(2, over(at(network.port)))
    tell(`d slow ${lag}`, latencies(await outageUnderLoad(workers, slowing(network, lag), 6000, FETCH)))
  }
  await using fleet = new Fleet()
  const { cluster, level } = await clusterOf(fleet)
  const workers = await fleet.workers(2, over(level))
  tell('d cluster', latencies(await outageUnderLoad(workers, killing(cluster.masters[0]!), 8000, FETCH)))
  for (const kind of ['killed', 'frozen'] as const) {
    await using own = new Fleet()
    const servers = await Promise.all(Array.from({ length: 3 }, () => own.memcached()))
    const nodes = servers.map(({ address }) => address)
    const two = await own.workers(2, over({ kind: 'memcached', options: { nodes } }))
    const fault = kind === 'killed' ? killing(servers[0]!) : freezing(servers[0]!)
    tell(`d memcached ${kind}`, latencies(await outageUnderLoad(two, fault, 3000, FETCH)))
  }
}

async function payloads(): Promise<void> {
  for (const [name, start] of Object.entries(STORES)) {
    await using fleet = new Fleet()
    const store = await start(fleet)
    const made: ReturnType<typeof createCache>[] = []
    const cache = () => {
      made.push(createCache({ levels: [memory(), store.level()], ttl: '1h' }))
      return made.at(-1)!
    }
    let healed = 0
    for (const rubbish of Object.keys(RUBBISH)) {
      const { read, fetched, later } = await afterRubbish(store, cache, rubbish)
      if (read === undefined && fetched === 'fetched' && later === 'fetched') healed++
    }
    tell(`e ${name}`, `${healed} of ${Object.keys(RUBBISH).length} a miss that heals`)
    const [writer, reader] = [cache(), cache()]
    await writer.set('warm', 1)
    await reader.get('warm')
    for (const each of [writer, reader]) {
      await until(
        () => each.stats().levels[1]!.proven,
        (proven) => proven !== false,
      )
    }
    const changed = await changedValues(writer, reader)
    tell(`g ${name}`, `${changed.length} of ${KINDS.length} kinds changed`)
    await Promise.all(made.map((each) => each.close()))
  }
}

async function memories(): Promise<void> {
  for (const [name, start] of Object.entries(STORES_SHARED)) {
    await using fleet = new Fleet()
    tell(`f ${name}`, `${ms(await servedUntil(fleet, await start(fleet)))} ms`)
  }
  await using fleet = new Fleet()
  const { held, full, after } = await reclaimed(fleet, 1_000_000)
  tell('h', `${full} MB full (${held} entries), ${after} MB when all has expired`)
  const server = await fleet.redis({ args: ['--maxmemory', '8mb', '--maxmemory-policy', 'allkeys-lru'] })
  const { keys, stale, evicted } = await evictionPressure(fleet, server, 3000, 10_000)
  tell('pressure', `${stale.length} of ${keys} keys stale, ${evicted} evictions`)
}

if (process.argv.length > 2) {
  console.error(`npm run experiments takes no options, got ${process.argv.slice(2).join(' ')}`)
  console.error('It runs every experiment of docs/experiments.md, some 8 minutes, and writes the document anew.')
  process.exit(2)
}
const missing = findServices()
if (missing !== undefined) throw new Error(`${missing.names.join(' and ')} must be installed`)
await stampedes()
await races()
await outages()
await hangs()
await payloads()
await memories()
const machine = `Node ${process.version}, ${cpus().length} × ${cpus()[0]!.model}`
writeFileSync(new URL('../docs/experiments.md', import.meta.url), page(figures, machine))
