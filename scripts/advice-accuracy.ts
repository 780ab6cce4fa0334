import type { PolicyName } from '../src/policies/index.ts'
import { errors, mean, type Point, points, presentSizes } from '../test/advice/accuracy.ts'
import { advised, livePoints, Truth } from '../test/advice/live.ts'
import { manifest, requests, type Trace, tracesArePresent } from '../test/policies/replay.ts'
import { ScriptFlags } from './script-flags.ts'

// How far live advice is off, by trace and policy: the mean absolute error in points of its curves at a
// quarter, half, once, twice and four times the present size, for two present sizes a trace and three
// seeds. `node scripts/advice-accuracy.ts [TRACE …]`; with `--rate N`, as a running cache tells them that gets N
// reads a second, and one seed.

if (!tracesArePresent) throw new Error('the request traces are not beside the project')

const flags = new ScriptFlags(
  'node scripts/advice-accuracy.ts [--rate READS_A_SECOND] [TRACE …]',
  { rate: 'one' },
  { words: 100 },
)
const wanted = flags.words
const rate = flags.has('rate') ? flags.whole('rate', 0, 1) : undefined
const known = manifest().map(({ name }) => name)
const unknown = wanted.find((name) => !known.includes(name))
if (unknown !== undefined) {
  flags.refuse(`there is no trace '${unknown}'; there are ${known.join(', ')}`)
}
/** What is told of a trace, and what whole caches do. */
async function pointsOf(trace: Trace): Promise<Point[]> {
  const sizes = presentSizes(trace)
  if (rate === undefined) {
    const seeds = trace.requests > 600_000 ? [1] : [1, 2, 3]
    return seeds.flatMap((seed) => sizes.flatMap((size) => points(trace, size, seed)))
  }
  const keys = requests(trace.name)
  const truth = new Truth(keys)
  const levels = await Promise.all(sizes.map((size) => advised({ keys, size, policy: 'lru', rate, seed: 1 })))
  return levels.flatMap((level) => livePoints(level, truth))
}

const POLICIES: readonly PolicyName[] = ['lru', 'wTinyLfu', 'sieve', 's3Fifo', 'lfu']
const all = new Map<string, number[]>()
console.log(['trace'.padEnd(20), ...POLICIES].join(' | '))
for (const trace of manifest()) {
  if (wanted.length > 0 && !wanted.includes(trace.name)) continue
  const found = errors(await pointsOf(trace))
  const shown = POLICIES.map((policy) => found.get(policy)?.toFixed(2) ?? '–')
  console.log([trace.name.padEnd(20), ...shown].join(' | '))
  for (const [policy, error] of found) all.set(policy, [...(all.get(policy) ?? []), error])
}
const means = [...all.values()].map(mean)
console.log(['mean'.padEnd(20), ...means.map((error) => error.toFixed(2))].join(' | '))
console.log(`over all policies: ${mean(means).toFixed(2)}`)
