/**
 * Replays every reference trace through every policy and holds the hit ratios against what is
 * promised of them: `npm run simulate:reference`, or with another seed `-- --seed 7`. Takes minutes.
 * Exit code 1 if a promise is broken.
 */
import {
  type Measured,
  mean,
  measure,
  measuredMean,
  referenceMean,
  referenceTraces,
  tracesFolder,
} from './reference-figures.ts'
import { verdicts } from './reference-verdicts.ts'
import { ScriptFlags } from './script-flags.ts'

const seed = new ScriptFlags('npm run simulate:reference -- [--seed N]', { seed: 'one' }).whole('seed', 1)
const traces = referenceTraces()
if (traces.length === 0) {
  console.log(`No reference traces at ${tracesFolder}: nothing to check.`)
} else {
  const measured: Measured[] = []
  for (const trace of traces) {
    measured.push(await measure(trace, seed))
    console.error(`${measured.length} of ${traces.length}: ${trace.name}`)
  }
  console.log(table(measured))
  for (const { promise, kept, measured: figure } of verdicts(measured)) {
    console.log(`${kept ? 'PASS' : 'FAIL'}  ${promise}: ${figure}`)
    if (!kept) process.exitCode = 1
  }
}

/** Means over the sizes of each trace: ours, and the references they are held against. */
function table(all: readonly Measured[]): string {
  const ours = ['optimum', 'wTinyLfu', 's3Fifo', 'sieve', 'lru', 'lfu', 'fifo', 'random']
  const columns: Record<string, (each: Measured) => number> = {
    ...Object.fromEntries(ours.map((policy) => [policy, (each: Measured) => measuredMean(each.numbers, policy)])),
    'wTinyLfu str': (each) => measuredMean(each.strings, 'wTinyLfu'),
    Caffeine: (each) => referenceMean(each.reference, 'Caffeine-HEAD'),
    'S3-FIFO': (each) => referenceMean(each.reference, 'S3-FIFO'),
  }
  const row = (name: string, figures: readonly string[]): string =>
    name.padEnd(20) + figures.map((figure) => figure.padStart(13)).join('')
  const figures = (of: (column: (each: Measured) => number) => number): string[] =>
    Object.values(columns).map((column) => of(column).toFixed(2))
  return [
    row('trace', Object.keys(columns)),
    ...all.map((each) =>
      row(
        each.reference.name,
        figures((column) => column(each)),
      ),
    ),
    row(
      'mean',
      figures((column) => mean(all.map(column))),
    ),
  ].join('\n')
}
