// Everything that the architecture shows, on this machine: a load balancer, three app servers, a Redis Cluster,
// three Memcached nodes and a database, with load, chaos, a page and a report.

import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { findServices } from '../scripts/services.ts'
import { readPageFiles } from '../src/dashboard/page-files.ts'
import { type Arguments, readArguments, USAGE } from './arguments.ts'
import { letHappen } from './chaos/chaos.ts'
import { schedule } from './chaos/schedule.ts'
import { openDatabase } from './database/open.ts'
import type { Part } from './parts/part.ts'
import { startTopology, type Topology } from './parts/topology.ts'
import { type Report, tableOf } from './report.ts'
import { run } from './run.ts'
import { PageServer } from './watch/page-server.ts'

// Ended from outside, or twice from inside: all parts are ended when this process exits, whatever it was doing.
for (const [signal, code] of [
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)
  process.on(signal, () => process.exit(code))
// Under npm a signal may end the shell in between, and not be handed on.
const parent = process.ppid
if (process.env.npm_lifecycle_event !== undefined) {
  setInterval(() => (process.ppid === parent ? undefined : process.exit(143)), 250).unref()
}
const interrupted = new AbortController()
let isRunning = false
process.on('SIGINT', () => {
  if (!isRunning || interrupted.signal.aborted) process.exit(130)
  interrupted.abort()
})

async function main(args: Arguments): Promise<Report> {
  const missing = findServices()
  if (missing !== undefined) {
    const names = missing.names.join(' and ')
    throw new Error(
      `${names} could not be found, nor installed (on Debian: apt-get install redis-server memcached nginx)`,
    )
  }
  await buildDashboards()
  const page = new PageServer()
  const pagePort = await page.listen('127.0.0.1', 0)
  const tell = (text: string): void => console.error(`starting ${text} …`)
  const topology = await startTopology({ ...args, pagePort, tell })
  try {
    return await watched(args, topology, page)
  } finally {
    await topology.close()
    await page.close()
  }
}

/** The app servers serve their dashboards from what the build makes: in a fresh clone nobody has run it. */
async function buildDashboards(): Promise<void> {
  if ((await readPageFiles()).size > 0) return
  console.error('building the page of the dashboards …')
  const { buildPages } = await import('../dashboard-ui/build.ts')
  await buildPages(fileURLToPath(new URL('../dist', import.meta.url)))
}

async function watched(args: Arguments, topology: Topology, page: PageServer): Promise<Report> {
  const { balancer, apps, redis, memcached } = topology
  const database = openDatabase(topology.database.url)
  const parts = [balancer, ...apps, ...redis, ...memcached, topology.database.part]
  const addresses = parts.map(({ kind, name, port }: Part) => {
    const dashboard = kind === 'app' ? { url: `http://127.0.0.1:${port}/dashboard/` } : {}
    return { kind, name, host: '127.0.0.1', port, ...dashboard }
  })
  console.log(`${topology.database.description}; the page: http://127.0.0.1:${balancer.port}/`)
  isRunning = true
  try {
    return await run({
      addresses,
      database,
      databaseName: topology.database.description,
      page,
      rate: args.rate,
      seed: args.seed,
      seconds: args.seconds,
      hasChaos: args.chaos,
      signal: interrupted.signal,
      tell: (text) => console.log(text),
      meanwhile: async ({ verifier, phases, watch, random, happened }, signal) => {
        const planned = args.chaos ? schedule(args.seconds * 1000, random) : []
        await letHappen(planned, { topology, database, verifier, phases, watch, signal, tell: happened })
      },
    })
  } finally {
    await database.close()
  }
}

try {
  const args = readArguments(process.argv.slice(2))
  if (args.help) console.log(USAGE)
  else {
    const report = await main(args)
    console.log(`\n${tableOf(report)}`)
    if (args.json !== undefined) writeFileSync(args.json, `${JSON.stringify(report, null, 2)}\n`)
    process.exitCode = report.ok ? 0 : 1
  }
} catch (error) {
  console.error(`${error instanceof Error ? error.message : error}`)
  process.exit(2)
}
