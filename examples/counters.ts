/**
 * Counting together: increments of a shared level are atomic among processes (here two caches), and
 * a window of time makes a rate limit of them.
 *
 * Run it: node examples/counters.ts
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
// In a project of your own: from 'terrace' and 'terrace/disk'.
import { createCache, memory, TerraceError } from '../src/index.ts'
import { disk } from '../src/levels/disk.ts'

const folder = mkdtempSync(join(tmpdir(), 'terrace-example-'))
const path = join(folder, 'counts.db')

function counter() {
  return createCache<number>({ levels: [memory(), disk({ path, name: 'disk', timeout: '5s' })] })
}

const a = counter()
const b = counter()

/** At most `most` requests a minute for each client. */
async function isAllowed(client: string, most: number): Promise<boolean> {
  const count = await a.increment(`requests:${client}`)
  // The window begins with the first request, and later ones do not move its end.
  if (count === 1) await a.expire(`requests:${client}`, '1m')
  return count <= most
}

try {
  await Promise.all(Array.from({ length: 100 }, (_, n) => (n % 2 === 0 ? a : b).increment('visits')))
  console.log('visits:', await a.increment('visits', 0))

  const answers = []
  for (let n = 0; n < 5; n++) answers.push(await isAllowed('10.0.0.1', 3))
  console.log('allowed:', answers.join(', '))
  const left = await a.ttl('requests:10.0.0.1')
  console.log('the window ends within a minute:', left !== undefined && left < 61_000)

  // Counting is the one call that a level can fail: a number cannot be guessed.
  await a.set('name', 'Ada' as never)
  await a.increment('name').catch((error) => console.log(error instanceof TerraceError && error.code))
} finally {
  await Promise.all([a.close(), b.close()])
  rmSync(folder, { recursive: true })
}
