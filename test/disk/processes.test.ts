import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { systemWorld } from '../../src/world/system-world.ts'
import { folder, LedgerFile } from './ledger-file.ts'

const { at, remove } = folder()
afterAll(remove)

/** A process that sets and counts, with every line it printed. */
class Writer {
  readonly #child: ChildProcess
  #printed = ''

  constructor(path: string, name: string, most: number) {
    const script = fileURLToPath(new URL('children/writer.ts', import.meta.url))
    this.#child = spawn(process.execPath, [script, path, name, String(most)], { stdio: ['ignore', 'pipe', 'inherit'] })
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.#printed += text
    })
  }

  /** What it was told that it had done. A line that was cut off is not counted. */
  get lines(): string[] {
    return this.#printed.split('\n').slice(0, -1)
  }

  async killAfter(lines: number): Promise<void> {
    while (this.lines.length < lines && this.#child.exitCode === null) await once(this.#child.stdout!, 'data')
    this.#child.kill('SIGKILL')
    await once(this.#child, 'close')
  }

  async done(): Promise<void> {
    await once(this.#child, 'close')
    expect(this.#child.exitCode).toBe(0)
  }
}

/** What is wrong with a database, as SQLite tells. */
function integrity(path: string): unknown {
  const db = new DatabaseSync(path)
  const found = db.prepare('PRAGMA integrity_check').get()?.integrity_check
  db.close()
  return found
}

it('survives kill -9: whole, with everything that was acknowledged', async () => {
  const path = at('killed.db')
  let counted = 0
  for (let round = 0; round < 6; round++) {
    const writer = new Writer(path, `w${round}`, 1e6)
    await writer.killAfter(100 + 150 * round)
    expect(integrity(path)).toBe('ok')
    const file = new LedgerFile(systemWorld, { path })
    const last = new Map<string, number>()
    for (const line of writer.lines) {
      const n = Number(line.split(' ')[1])
      if (line.startsWith('set')) last.set(`w${round}:${n % 40}`, n)
    }
    expect(last.size).toBeGreaterThan(20)
    for (const [key, n] of last) {
      const [value] = await file.values(key)
      expect(Number(String(value).split(':')[0])).toBeGreaterThanOrEqual(n)
    }
    counted += writer.lines.filter((line) => line === 'count').length
    const [visits] = await file.values('visits')
    expect(visits).toBeGreaterThanOrEqual(counted)
    // One more may have been done by each, and not yet been told.
    expect(visits).toBeLessThanOrEqual(counted + round + 1)
    expect(file.setAside).toEqual([])
    await file.ledger.close()
  }
})

it('is shared by three processes at once: nothing is lost, nothing counted twice', async () => {
  const path = at('shared.db')
  const writers = ['a', 'b', 'c'].map((name) => new Writer(path, name, 300))
  await Promise.all(writers.map((writer) => writer.done()))
  expect(integrity(path)).toBe('ok')
  const file = new LedgerFile(systemWorld, { path })
  const counted = writers.map(({ lines }) => lines.filter((line) => line === 'count').length)
  for (const each of counted) expect(each).toBeGreaterThan(0)
  expect(await file.values('visits')).toEqual([counted.reduce((sum, each) => sum + each)])
  expect((await file.keys('b:')).length).toBe(40)
  await file.ledger.close()
})
