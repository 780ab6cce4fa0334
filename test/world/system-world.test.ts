import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const child = fileURLToPath(new URL('children/awaiting.ts', import.meta.url))

/** What it wrote before it ended by itself; rejects if it did not. */
async function output(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [child, ...args], { timeout: 20_000 })
  return stdout.trim()
}

it('keeps the process alive while a timer is awaited, and no longer', async () => {
  expect(await output('fires')).toBe('fired, fired again')
  // It would take ten minutes.
  expect(await output('cancelled')).toBe('')
  expect(await output('nobody waits')).toBe('')
})
