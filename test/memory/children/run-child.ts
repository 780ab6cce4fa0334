import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/**
 * Runs a script of this folder in a process of its own, with `gc()`, and returns what it printed as
 * JSON. Rejects when the script fails or does not end.
 */
export async function runChild(script: string): Promise<unknown> {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', path], { timeout: 90_000 })
  return JSON.parse(stdout)
}

/** Collects garbage; `--expose-gc` is given. */
export function collect(): void {
  const { gc } = globalThis
  if (gc === undefined) throw new Error('run this with --expose-gc')
  gc()
}

/** Bytes in use after a collection: the heap, and the memory of typed arrays outside it. */
export function used(): number {
  collect()
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
