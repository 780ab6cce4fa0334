import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import type { RestoreReport } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'

const file = fileURLToPath(new URL('./children/service.ts', import.meta.url))

interface Started {
  readonly restored: RestoreReport
  readonly order: readonly string[]
}

interface Asked {
  readonly hits: number
  readonly order: readonly string[]
}

/** A process that runs the service, and how it is told what to do. */
async function start(options: object) {
  const child: ChildProcess = fork(file, [JSON.stringify(options)], { execArgv: ['--no-warnings'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const next = async <T>(): Promise<T> => ((await once(child, 'message')) as [T])[0]
  const started = await next<Started>()
  const ask = (keys: readonly string[]): Promise<Asked> => {
    const answer = next<Asked>()
    child.send({ ask: keys })
    return answer
  }
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> => {
    const ended = once(child, 'exit')
    child.kill(signal)
    return ((await ended) as [number | null])[0]
  }
  return { ...started, ask, end }
}

test.each(['lru', 'wTinyLfu'])(
  'a service that restarts has its %s level 1 back: its hits, and its order',
  async (policy) => {
    const folder = mkdtempSync(join(tmpdir(), 'terrace-restart-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const path = join(folder, 'level-1')
    const dice = new FakeWorld(5)
    const traffic = (count: number) => Array.from({ length: count }, () => `k${Math.floor(dice.random() ** 3 * 2000)}`)

    const first = await start({ path, policy })
    expect(first.restored).toMatchObject({ found: false, warmed: 0 })
    await first.ask(traffic(20_000))
    const before = await first.ask(traffic(5000))
    expect(await first.end('SIGTERM')).toBe(0)
    expect(readdirSync(folder)).toEqual(['level-1'])

    const second = await start({ path, policy })
    expect(second.restored).toMatchObject({ found: true, complete: true, warmed: 500, damaged: 0, left: 0 })
    expect(readdirSync(folder)).toEqual([])
    if (policy === 'lru') expect(second.order).toEqual(before.order)
    else expect([...second.order].sort()).toEqual([...before.order].sort())
    const after = await second.ask(traffic(5000))
    const cold = await start({ path, policy })
    const without = await cold.ask(traffic(5000))
    expect(after.hits).toBeGreaterThan(without.hits)
    expect(Math.abs(after.hits - before.hits)).toBeLessThan(5000 * 0.03)

    // Whoever dies without a word leaves nothing that could come back a second time.
    await second.end('SIGKILL')
    const third = await start({ path, policy })
    expect(third.restored).toMatchObject({ found: false, warmed: 0 })
    expect(await third.end('SIGTERM')).toBe(0)
    expect(await cold.end('SIGTERM')).toBe(0)
  },
)
