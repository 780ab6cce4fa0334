import { execFileSync } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { TraceFolder } from './trace-folder.ts'

const REQUESTS = 2_000_000
const CLI = join(import.meta.dirname, '../../src/cli/main.ts')

/** Lines of 48 characters: read at once they would take 100 MB and more. */
function* lines(): Generator<string> {
  let state = 1
  for (let block = 0; block < REQUESTS / 1000; block++) {
    const keys: string[] = []
    for (let i = 0; i < 1000; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      const key = Math.floor((state / 2 ** 32) ** 4 * 100_000)
      keys.push(`/catalogue/products/by-number/${String(key).padStart(17, '0')}\n`)
    }
    yield keys.join('')
  }
}

describe('a long trace', () => {
  it('of 2 million requests is replayed in a heap of 64 MB that could not hold it', async () => {
    using folder = new TraceFolder()
    const path = join(folder.path, 'long.txt.gz')
    await pipeline(Readable.from(lines()), createGzip({ level: 1 }), createWriteStream(path))
    const args = ['simulate', path, '--policy', 'optimum,lru,sieve', '--size', '500,1%', '--json', '-', '--quiet']
    const out = execFileSync(process.execPath, ['--max-old-space-size=64', CLI, ...args], { encoding: 'utf8' })
    const { traces } = JSON.parse(out)
    expect(traces[0]).toMatchObject({ trace: 'long', requests: REQUESTS })
    expect(traces[0].cells).toHaveLength(6)
    for (const cell of traces[0].cells) expect(cell.hits).toBeGreaterThan(REQUESTS / 10)
  })
})
