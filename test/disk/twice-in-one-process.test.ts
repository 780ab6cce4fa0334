import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { systemWorld } from '../../src/world/system-world.ts'
import { folder, LedgerFile } from './ledger-file.ts'

const { at, remove } = folder()
afterAll(remove)

/** The locks that this process has on a file, as Linux tells. */
function locksOn(path: string): string[] {
  const { ino } = statSync(path)
  const own = (line: string) => line.includes(` ${process.pid} `) && line.includes(`:${ino} `)
  return readFileSync('/proc/locks', 'utf8').split('\n').filter(own)
}

async function writesAndCloses(path: string): Promise<void> {
  const script = fileURLToPath(new URL('children/writer.ts', import.meta.url))
  const child = spawn(process.execPath, [script, path, 'other', '3'], { stdio: ['ignore', 'ignore', 'inherit'] })
  await once(child, 'close')
  expect(child.exitCode).toBe(0)
}

describe('a file that is opened twice in one process', () => {
  // A file system's locks are those of a process, and closing any descriptor of the file gives all of them up.
  it.skipIf(!existsSync('/proc/locks'))('keeps the lock by which others know that it is open', async () => {
    const path = at('locked.db')
    const first = new LedgerFile(systemWorld, { path })
    await first.set('k', 'one')
    expect(locksOn(path).length).toBe(1)
    const second = new LedgerFile(systemWorld, { path })
    expect(locksOn(path).length).toBe(1)
    expect(await second.values('k')).toEqual(['one'])
    await second.ledger.close()
    expect(locksOn(path).length).toBe(1)
    await first.ledger.close()
  })

  it('keeps its log when another process is done with it, and all see what is written afterwards', async () => {
    const path = at('log.db')
    const files = [new LedgerFile(systemWorld, { path }), new LedgerFile(systemWorld, { path })]
    await files[0]!.set('k', 'one')
    await writesAndCloses(path)
    expect(existsSync(`${path}-wal`)).toBe(true)
    await files[0]!.set('k', 'two')
    await writesAndCloses(path)
    for (const file of files) expect(await file.values('k')).toEqual(['two'])
    for (const file of files) await file.ledger.close()
    const last = new LedgerFile(systemWorld, { path })
    expect(await last.values('k', 'other:0')).toEqual(['two', expect.any(String)])
    await last.ledger.close()
  })
})
