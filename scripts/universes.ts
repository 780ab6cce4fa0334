// Runs simulated fleets from a seed onward; prints what broke:
// npm run universes -- [--seed N] [--count N] [--seconds N] [--memcached] [--harsh] [--all] [--trace]
import { parseArgs } from 'node:util'
import { FleetUniverse } from '../test/universe/fleet-universe.ts'

const USAGE = 'npm run universes -- [--seed N] [--count N] [--seconds N] [--memcached] [--harsh] [--all] [--trace]'
const { values } = flags()

const first = wholeNumber('seed', values.seed ?? '1')
const count = wholeNumber(
  'count',
  values.count ?? (values.trace ? '1' : values.seconds === undefined ? '1000' : `${2 ** 31}`),
)
const began = performance.now()
const end = began + wholeNumber('seconds', values.seconds ?? '604800') * 1000

// Errors are made by the thousand, and hardly any stack is ever read.
if (!values.trace) Error.stackTraceLimit = 0

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
  const trace = values.trace ? (line: string) => console.log(line) : undefined
  // A universe never goes through the event loop, where signals are heard.
  if (seed % 100 === 0) await new Promise(setImmediate)
  const what = await new FleetUniverse(seed, { isOverMemcached: values.memcached, isHarsh: values.harsh, trace }).run()
  if (what === undefined) continue
  broken++
  console.error(`Seed ${seed} is broken: ${what}`)
  if (!values.all) {
    console.error(
      `See it happen with: npm run universes -- ${values.memcached ? '--memcached ' : ''}${values.harsh ? '--harsh ' : ''}--seed ${seed} --trace`,
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

function wholeNumber(name: string, text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= 0) return value
  console.error(`--${name}: expected a whole number, got '${text}'`)
  process.exit(2)
}

/** Wrong flags are told in one line. */
function flags() {
  try {
    return parseArgs({
      options: {
        seed: { type: 'string' },
        count: { type: 'string' },
        seconds: { type: 'string' },
        memcached: { type: 'boolean' },
        harsh: { type: 'boolean' },
        all: { type: 'boolean' },
        trace: { type: 'boolean' },
      },
    })
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`)
    process.exit(2)
  }
}
