// Everything that must hold before a change lands, cheapest first. Prints a line a step, the output
// of what failed, and at last "N passed, N failed" over all steps and tests.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findServices } from './services.ts'

interface Step {
  readonly name: string
  readonly command: readonly string[]
}

const steps: readonly Step[] = [
  { name: 'format and lint', command: ['biome', 'check', '--error-on-warnings', '.'] },
  { name: 'types', command: ['tsc', '--noEmit'] },
  { name: 'types of the pages', command: ['tsc', '--noEmit', '-p', 'dashboard-ui'] },
  {
    name: 'layers and cycles',
    command: ['depcruise', '--config', 'dependency-cruiser.config.mjs', 'src', 'demo', 'topology'],
  },
  { name: 'unused code', command: ['knip', '--no-progress'] },
  { name: 'build', command: ['tsdown', '--log-level', 'warn'] },
  { name: 'package', command: ['node', 'scripts/check-package.ts'] },
]

/** Runs a command; its output is kept for the case that it fails, or passed through. */
function run(
  command: readonly string[],
  show: boolean,
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(command[0]!, command.slice(1), {
      stdio: show ? 'inherit' : ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    })
    let output = ''
    child.stdout?.on('data', (chunk) => (output += chunk))
    child.stderr?.on('data', (chunk) => (output += chunk))
    child.on('error', (error) => resolve({ code: 1, output: String(error) }))
    child.on('close', (code) => resolve({ code: code ?? 1, output }))
  })
}

let passed = 0
let failed = 0

for (const { name, command } of steps) {
  const { code, output } = await run(command, false)
  if (code === 0) passed++
  else failed++
  console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${name}`)
  if (code !== 0) console.log(output)
}

const missing = findServices()
if (missing !== undefined && process.env.CI === 'true') {
  failed++
  console.log(`FAIL servers: ${missing.names.join(' and ')} must be installed where CI is true`)
}

/** What the pages look like, view by view, as the tests in a browser saw them: kept for whoever wants to look. */
const screenshots = join(import.meta.dirname, '../artifacts/screenshots')
rmSync(screenshots, { recursive: true, force: true })

const folder = mkdtempSync(join(tmpdir(), 'terrace-check-'))
const report = join(folder, 'vitest.json')
const { code } = await run(
  [
    ...['vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    ...(missing?.tests ?? []).flatMap((test) => ['--exclude', test]),
  ],
  true,
  { TERRACE_SCREENSHOTS: screenshots },
)
try {
  const tests = JSON.parse(readFileSync(report, 'utf8')) as { numPassedTests: number; numFailedTests: number }
  passed += tests.numPassedTests
  failed += tests.numFailedTests
  // A suite that could not even be loaded has no tests that failed.
  if (code !== 0 && tests.numFailedTests === 0) failed++
} catch {
  failed++
}
rmSync(folder, { recursive: true })

/** The whole picture for a minute, with parts killed and frozen: by itself, for it needs the machine. */
const topology = ['node', 'topology/main.ts', '--chaos', '--seconds', '65', '--rate', '100', '--port', '0']
if (missing === undefined) {
  const { code, output } = await run(topology, false)
  if (code === 0) passed++
  else failed++
  console.log(
    code === 0 ? `ok   topology under chaos: ${output.trim().split('\n').at(-1)}` : `FAIL topology\n${output}`,
  )
}

if (missing !== undefined) {
  const { names, tests } = missing
  console.log(`\nNOT TESTED: ${names.join(' and ')} could not be found, nor installed. These were left out:`)
  for (const test of [...tests, topology.join(' ')]) console.log(`  ${test}`)
  console.log(
    `Install ${names.join(' and ')} (on Debian: apt-get install redis-server memcached nginx) and run it again.\n`,
  )
}
if (existsSync(screenshots))
  console.log(`${readdirSync(screenshots).length} screenshots of the pages in ${screenshots}`)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
