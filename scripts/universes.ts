// Runs simulated fleets from a seed onward; prints what broke:
// npm run universes -- [--seed N] [--count N] [--seconds N] [--memcached] [--harsh] [--lively] [--all] [--trace]
import { FleetUniverse } from '../test/universe/fleet-universe.ts'
import { ScriptFlags } from './script-flags.ts'

const USAGE =
  'npm run universes -- [--seed N] [--count N] [--seconds N] [--memcached] [--harsh] [--lively] [--all] [--trace]'
const flags = new ScriptFlags(USAGE, {
  seed: 'one',
  count: 'one',
  seconds: 'one',
  memcached: 'switch',
  harsh: 'switch',
  lively: 'switch',
  all: 'switch',
  trace: 'switch',
})
const isOverMemcached = flags.has('memcached')
const isHarsh = flags.has('harsh')
const isLively = flags.has('lively')
const isTraced = flags.has('trace')
const first = flags.whole('seed', 1)
const count = flags.whole('count', isTraced ? 1 : flags.has('seconds') ? 2 ** 31 : 1000)
const began = performance.now()
const end = began + flags.whole('seconds', 604_800) * 1000

// Errors are made by the thousand, and hardly any stack is ever read.
if (!isTraced) Error.stackTraceLimit = 0

let broken = 0
let seed = first
process.on('unhandledRejection', (error) => {
  console.error(`Seed ${seed} is broken: a rejection that nobody handles: ${(error as Error).stack}`)
  process.exit(1)
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    tell()
    process.exit(1)
  })
}
for (; seed < first + count && performance.now() < end; seed++) {
  const trace = isTraced ? (line: string) => console.log(line) : undefined
  // A universe never goes through the event loop, where signals are heard.
  if (seed % 100 === 0) await new Promise(setImmediate)
  const what = await new FleetUniverse(seed, { isOverMemcached, isHarsh, isLively, trace }).run()
  if (what === undefined) continue
  broken++
  console.error(`Seed ${seed} is broken: ${what}`)
  if (!flags.has('all')) {
    console.error(
      `See it happen with: npm run universes -- ${isOverMemcached ? '--memcached ' : ''}${isHarsh ? '--harsh ' : ''}${isLively ? '--lively ' : ''}--seed ${seed} --trace`,
    )
    process.exit(1)
  }
}
tell()
process.exitCode = broken === 0 ? 0 : 1

function tell(): void {
  const ran = seed - first
  const rate = (ran / ((performance.now() - began) / 1000)).toFixed(1)
  console.log(
    `${ran} universes from seed ${first}, ${rate} a second: ${broken === 0 ? 'all held' : `${broken} broken`}.`,
  )
}
