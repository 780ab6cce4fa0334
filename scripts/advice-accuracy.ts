import { errors, mean, points, presentSizes } from '../test/advice/accuracy.ts'
import { manifest, tracesArePresent } from '../test/policies/replay.ts'

// How far live advice is off, by trace and policy: the mean absolute error in points of its curves at a
// quarter, half, once, twice and four times the present size, for two present sizes a trace and three
// seeds. `node scripts/advice-accuracy.ts [TRACE …]`

if (!tracesArePresent) throw new Error('the request traces are not beside the project')

const wanted = process.argv.slice(2)
const known = manifest().map(({ name }) => name)
const unknown = wanted.find((name) => !known.includes(name))
if (unknown !== undefined) {
  console.error(`there is no trace '${unknown}'; there are ${known.join(', ')}`)
  process.exit(2)
}
const all = new Map<string, number[]>()
console.log(['trace'.padEnd(20), 'lru', 'wTinyLfu', 'sieve', 's3Fifo', 'lfu'].join(' | '))
for (const trace of manifest()) {
  if (wanted.length > 0 && !wanted.includes(trace.name)) continue
  const seeds = trace.requests > 600_000 ? [1] : [1, 2, 3]
  const found = errors(seeds.flatMap((seed) => presentSizes(trace).flatMap((size) => points(trace, size, seed))))
  console.log([trace.name.padEnd(20), ...[...found.values()].map((error) => error.toFixed(2))].join(' | '))
  for (const [policy, error] of found) all.set(policy, [...(all.get(policy) ?? []), error])
}
const means = [...all.values()].map(mean)
console.log(['mean'.padEnd(20), ...means.map((error) => error.toFixed(2))].join(' | '))
console.log(`over all policies: ${mean(means).toFixed(2)}`)
