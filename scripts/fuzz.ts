// Runs simulated universes from a seed onward until one breaks, or the time or the count is over:
// npm run fuzz -- [--seed N] [--count N] [--seconds N]
import { parseArgs } from 'node:util'
import { Universe } from '../test/cache/universe.ts'

const { values } = flags()

const first = wholeNumber('seed', values.seed ?? '1')
const count = wholeNumber('count', values.count ?? (values.seconds === undefined ? '20000' : `${2 ** 31}`))
const end = performance.now() + wholeNumber('seconds', values.seconds ?? '3600') * 1000

/** Milliseconds between two signs of life. */
const SIGN_OF_LIFE = 10_000
let told = performance.now()
let seed = first
for (; seed < first + count && performance.now() < end; seed++) {
  const broken = await new Universe(seed).run()
  if (broken !== undefined) {
    console.error(`Seed ${seed} is broken: ${broken}\nRun it again with: npm run fuzz -- --seed ${seed} --count 1`)
    process.exit(1)
  }
  if (performance.now() - told > SIGN_OF_LIFE) {
    told = performance.now()
    console.error(`${seed - first + 1} universes so far, all held`)
  }
}
console.log(`${seed - first} universes from seed ${first}: all held.`)

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
      options: { seed: { type: 'string' }, count: { type: 'string' }, seconds: { type: 'string' } },
    })
  } catch (error) {
    console.error(`${(error as Error).message}\nnpm run fuzz -- [--seed N] [--count N] [--seconds N]`)
    process.exit(2)
  }
}
