/**
 * A service that restarts with a warm level 1: it saves it when it is asked to end, and restores it when it starts.
 *
 * Run it: node examples/warm-restart.ts
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
// In a project of your own: from 'terrace'.
import { createCache, memory } from '../src/index.ts'

const [, file, path] = process.argv

if (path === undefined) await runTwice()
else await serve(path)

/** The service. */
async function serve(saved: string): Promise<void> {
  const cache = createCache<string>({ levels: [memory({ maxEntries: 1000 })], ttl: '1h' })

  const { found, warmed } = await cache.restore(saved)
  console.log(found ? `restored ${warmed} entries` : 'nothing to restore')

  let fetches = 0
  for (let n = 0; n < 100; n++) {
    await cache.getOrFetch(`product:${n}`, (key) => {
      fetches++
      return `the product ${key}`
    })
  }
  console.log(`100 requests, ${fetches} fetches`)

  const stayAlive = setInterval(() => undefined, 1000)
  process.once('SIGTERM', async () => {
    clearInterval(stayAlive)
    // No more requests are taken by now. Save last: the file does not know what is invalidated later.
    const report = await cache.save(saved)
    await cache.close()
    console.log(`saved ${report.saved} entries`)
  })
  console.log('ready')
}

/** Starts the service, has it end, and starts it again. */
async function runTwice(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'warm-restart-'))
  for (const start of ['first', 'second']) {
    const service = spawn(process.execPath, [file!, join(folder, 'level-1')], { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = once(service, 'exit')
    for await (const lines of service.stdout) {
      for (const line of String(lines).trim().split('\n')) {
        if (line === 'ready') service.kill('SIGTERM')
        else console.log(`${start} start: ${line}`)
      }
    }
    await ended
  }
  rmSync(folder, { recursive: true })
}
