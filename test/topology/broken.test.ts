import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
// What starts the servers: so this file is left out where they cannot be had.
import '../../topology/parts/balancer.ts'
import type { Report } from '../../topology/report.ts'

const MAIN = fileURLToPath(new URL('../../topology/main.ts', import.meta.url))

/** Runs the topology as its users do. */
function topology(...args: readonly string[]): Promise<{ code: number; report: Report }> {
  const folder = mkdtempSync(join(tmpdir(), 'terrace-test-topology-'))
  const json = join(folder, 'report.json')
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [MAIN, '--port', '0', '--json', json, ...args], (error, _, complaints) => {
      const code = error === null ? 0 : Number(error.code)
      try {
        if (code === 2) throw new Error(complaints)
        resolve({ code, report: JSON.parse(readFileSync(json, 'utf8')) as Report })
      } catch (failure) {
        reject(failure)
      } finally {
        rmSync(folder, { recursive: true })
      }
    })
  })
}

it('shows an app server that acknowledges writes and tells nobody of them', async () => {
  // Over the embedded database, which is the one that nothing else runs.
  const { code, report } = await topology(
    '--sabotage',
    '2',
    '--seconds',
    '10',
    '--rate',
    '60',
    '--database',
    'embedded',
  )
  expect(code).toBe(1)
  expect(report.ok).toBe(false)
  // By whoever read it in time, or at the latest at rest.
  expect(report.total.stale + report.rest.different.length).toBeGreaterThan(0)
  expect(report.total.wrong).toBe(0)
  // Nobody but the broken one has acknowledged what was missing.
  const stale = report.examples.filter((example) => example.includes('had acknowledged'))
  for (const example of stale) expect(example).toMatch(/app-2\/\w+ had acknowledged/)
})
