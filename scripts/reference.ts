/**
 * Replays every reference trace of a folder through every policy and holds the hit ratios against what is
 * promised of them: `npm run simulate:reference -- FOLDER`, with another seed `--seed 7`. Takes minutes.
 * What the folder has to contain is told in docs/policies.md. Exit code 1 if a promise is broken, 2 where
 * there are no traces to replay.
 */
import { existsSync } from 'node:fs'
import { basename } from 'node:path'
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

const flags = new ScriptFlags('npm run simulate:reference -- [FOLDER] [--seed N]', { seed: 'one' }, { words: 1 })
const seed = flags.whole('seed', 1)
const [folder = tracesFolder] = flags.words
const traces = referenceTraces(folder)
if (traces.length === 0) {
  flags.refuse(
    `This needs a folder of request traces, which are not part of the package: NAME.u32.gz each, and reference.json
with the hit ratios that other implementations reach on them (docs/policies.md). ${
      flags.words.length === 0 ? 'None was given.' : `There is no reference.json with traces in ${folder}.`
    }`,
  )
}
const absent = traces.filter(({ path }) => !existsSync(path)).map(({ path }) => basename(path))
if (absent.length > 0) flags.refuse(`${folder} has no ${absent.join(', ')}, of which reference.json tells.`)

const measured: Measured[] = []
for (const trace of traces) {
  measured.push(await measure(trace, seed))
  console.error(`${measured.length} of ${traces.length}: ${trace.name}`)
}
console.log(table(measured))
for (const { promise, kept, measured: figure } of verdicts(measured, traces)) {
  console.log(`${kept ? 'PASS' : 'FAIL'}  ${promise}: ${figure}`)
  if (!kept) process.exitCode = 1
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
