// The load, the watch and the page alone, for servers that somebody else has started: see compose.yaml.
// What is killed there shows on the page; the report is printed at the end, or when this is told to end.

import { openDatabase } from './database/open.ts'
import { fillPostgres } from './database/postgres.ts'
import { tableOf } from './report.ts'
import { run } from './run.ts'
import { addressesIn } from './watch/addresses.ts'
import { PageServer } from './watch/page-server.ts'

const ended = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => (ended.signal.aborted ? process.exit(1) : ended.abort()))
}

const { env } = process
const url = env.DATABASE_URL!
const page = new PageServer()
await page.listen('0.0.0.0', Number(env.PAGE_PORT))
if (url.startsWith('postgres:')) await fillPostgres(url)
const database = openDatabase(url)
const report = await run({
  addresses: addressesIn(env),
  database,
  databaseName: 'the database',
  page,
  rate: Number(env.RATE),
  seed: Number(env.SEED),
  seconds: Number(env.SECONDS),
  hasChaos: false,
  signal: ended.signal,
  tell: (text) => console.log(text),
})
console.log(tableOf(report))
await database.close()
await page.close()
process.exitCode = report.ok ? 0 : 1
