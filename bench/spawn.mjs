import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const WORKER = fileURLToPath(new URL('worker.mjs', import.meta.url))
const LIMIT_MS = 300_000

/** Runs a job in a new process. A peer that fails or hangs has no result, and the run goes on. */
export function measureApart(job, flags = []) {
  const child = spawnSync(process.execPath, [...flags, WORKER, JSON.stringify(job)], {
    encoding: 'utf8',
    timeout: LIMIT_MS,
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const last = child.stdout.trim().split('\n').at(-1)
  if (child.status === 0 && last) return { result: JSON.parse(last) }
  const reason = child.error?.message ?? child.stderr.split('\n').find((line) => /Error/.test(line)) ?? 'no result'
  return { failure: reason.trim() }
}
