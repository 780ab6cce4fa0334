/**
 * Two processes over one file: each has a memory of its own, and each sees what the other changes.
 *
 * Run it: node examples/two-processes.ts
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
// In a project of your own: from 'terrace' and 'terrace/disk'.
import { createCache, memory } from '../src/index.ts'
import { disk } from '../src/levels/disk.ts'

/** The second process: reads the price until it is the new one, then changes it itself. */
async function second(path: string): Promise<void> {
  await using cache = shop(path)
  console.log('second process reads', await cache.get('price'))
  process.send!('ready')
  while ((await cache.get('price')) !== 25) await pause(10)
  console.log('second process sees the new price')
  await cache.set('price', 20)
  process.disconnect()
}

/** `maxStaleness` is the longest a process may go without having asked what others changed; it asks five times as often. */
function shop(path: string) {
  return createCache<number>({ levels: [memory(), disk({ path, timeout: '5s', maxStaleness: '500ms' })] })
}

async function first(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'terrace-example-'))
  const path = join(folder, 'prices.db')
  try {
    await using cache = shop(path)
    await cache.set('price', 30)
    const child = fork(import.meta.filename, [path])
    await once(child, 'message')
    await cache.set('price', 25)
    const [code] = await once(child, 'exit')
    if (code !== 0) throw new Error(`the second process ended with ${code}`)
    while ((await cache.get('price')) !== 20) await pause(10)
    console.log('first process sees the price of the second')
    const [, file] = cache.stats().levels
    console.log(`${file!.name} hears others by ${file!.hearing}`)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const path = process.argv[2]
await (path === undefined ? first() : second(path))
