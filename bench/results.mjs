import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { judge, showVerdicts } from './judge.mjs'
import { showMachine } from './machine.mjs'
import { PARTS } from './options.mjs'
import { parts } from './parts.mjs'

const JSON_FILE = new URL('results.json', import.meta.url)
const MARKDOWN_FILE = new URL('RESULTS.md', import.meta.url)

/** The figures of earlier runs by part, so that one part can be measured anew. */
export const readResults = () => (existsSync(JSON_FILE) ? JSON.parse(readFileSync(JSON_FILE, 'utf8')) : {})

const showVersions = (versions) =>
  Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')

function render(results) {
  const chapters = ['# Benchmark results', 'Made by `npm run bench`; how to read them: docs/benchmarks.md.']
  for (const name of PARTS) {
    if (!results[name]) continue
    chapters.push(parts[name].report(results[name]).trimEnd())
    chapters.push(`Measured ${showMachine(results[name].machine)}; ${showVersions(results[name].versions)}.`)
  }
  chapters.push('## Targets', showVerdicts(judge(results)))
  return `${chapters.join('\n\n')}\n`
}

/** Five figures that count: the rest is noise. */
const rounded = (_key, value) => (typeof value === 'number' ? Number(value.toPrecision(5)) : value)

export function writeResults(results) {
  writeFileSync(JSON_FILE, `${JSON.stringify(results, rounded, 2)}\n`)
  writeFileSync(MARKDOWN_FILE, render(results))
}
