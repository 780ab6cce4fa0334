// Runs simulated universes from a seed onward until one breaks, or the time or the count is over:
// npm run fuzz -- [--seed N] [--count N] [--seconds N]
import { Universe } from '../test/cache/universe.ts'
import { ScriptFlags } from './script-flags.ts'

const flags = new ScriptFlags('npm run fuzz -- [--seed N] [--count N] [--seconds N]', {
  seed: 'one',
  count: 'one',
  seconds: 'one',
})
const first = flags.whole('seed', 1)
const count = flags.whole('count', flags.has('seconds') ? 2 ** 31 : 20_000)
const end = performance.now() + flags.whole('seconds', 3600) * 1000

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
