import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { startRedis } from '../../servers/redis-server.ts'

const child = fileURLToPath(new URL('./children/young-values.ts', import.meta.url))

test('values that were read and dropped do not outlive young collections, also after a burst', async () => {
  const server = await startRedis()
  onTestFinished(() => server.close())
  // A small young generation is collected while a burst is under way: that is when V8 takes what it sees for long-lived.
  const flags = ['--no-warnings', '--expose-gc', '--max-semi-space-size=2']
  const args = [...flags, child, JSON.stringify({ url: server.url, timeout: 20_000 })]
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 60_000 })
  // Each read answers 100 values of more than a kilobyte.
  expect(Number(stdout)).toBeLessThan(30_000)
})
