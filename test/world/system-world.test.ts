import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { TerraceError } from '../../src/errors.ts'
import { systemWorld } from '../../src/world/system-world.ts'

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

it('tells what failed in the background with its code, and what was behind it', async () => {
  const warned = once(process, 'warning')
  const cause = new Error('dbdown', { cause: 'the plug' })
  systemWorld.background(Promise.reject(new TerraceError('ERR_WRITE_FAILED', 'given up', { cause })), 'writing behind')
  const [{ name, message }] = await warned
  expect(name).toBe('TerraceWarning')
  expect(message).toMatch(
    /^writing behind: TerraceError: given up\n.* code: ERR_WRITE_FAILED\n +caused by: Error: dbdown\n/s,
  )
  expect(message).toMatch(/\n +caused by: the plug$/)
})

describe('a timer of Node that fires early', () => {
  /** The clock that Node's timers go by; `performance.now` stands nearly still beside it. */
  function hurry(): void {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => {
      vi.useRealTimers()
    })
  }

  it.each([false, true])('runs nothing before it is time (awaited: %s)', (awaited) => {
    hurry()
    const began = systemWorld.mono()
    let ran: number | undefined
    systemWorld.after(
      30,
      () => {
        ran = systemWorld.mono()
      },
      awaited,
    )
    vi.advanceTimersByTime(30)
    if (systemWorld.mono() < began + 30) expect(ran).toBeUndefined()
    while (ran === undefined) vi.advanceTimersByTime(1)
    expect(ran - began).toBeGreaterThanOrEqual(30)
  })

  it('can be taken back after that', () => {
    hurry()
    const run = vi.fn()
    const cancel = systemWorld.after(30, run)
    vi.advanceTimersByTime(30)
    expect(vi.getTimerCount()).toBe(1)
    cancel()
    expect(vi.getTimerCount()).toBe(0)
    expect(run).not.toHaveBeenCalled()
  })
})
