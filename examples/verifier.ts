/**
 * Does my invalidation work? Some reads are checked in the background against the file that two caches
 * share, and against the source, where somebody has changed a price and told no cache.
 *
 * Run it: node examples/verifier.ts
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
// In a project of your own: from 'terrace' and 'terrace/disk'.
import { createCache, memory } from '../src/index.ts'
import { disk } from '../src/levels/disk.ts'

const prices = new Map([
  ['tea', 3],
  ['cake', 5],
])
const folder = mkdtempSync(join(tmpdir(), 'terrace-example-'))

function shop() {
  const file = disk({ path: join(folder, 'prices.db'), timeout: '5s', maxStaleness: '500ms' })
  return createCache<number>({ levels: [memory(), file] })
}

async function main(): Promise<void> {
  await using till = shop()
  await using office = shop()
  const price = (item: string) => till.getOrFetch(item, () => prices.get(item))
  await Promise.all([price('tea'), price('cake')])

  till.on('inconsistent', ({ key, against, served, held }) => {
    console.log(`${key}: served ${served.value}, and the ${against} has ${held?.value}`)
  })
  const verification = till.verify({
    perSecond: 20,
    source: (item) => prices.get(item),
    sourcePerSecond: 20,
    within: ['1s'],
    // Values appear in events only where that is wanted.
    values: true,
  })

  // The office changes a price and says so: the till follows.
  prices.set('tea', 4)
  await office.set('tea', 4)
  // Somebody changes the other one in the database alone.
  prices.set('cake', 6)

  const end = Date.now() + 20_000
  while (Date.now() < end) {
    await Promise.all([price('tea'), price('cake')])
    await pause(20)
    const [file, source] = verification.stats().against
    if (file!.agreed > 5 && source!.offenders.length > 0) break
  }
  const [file, source] = verification.stats().against
  console.log(`late against the file: ${file!.within[0]!.late}`)
  console.log(`keys that differ from the source: ${source!.offenders.map(({ key }) => key)}`)
  console.log(
    /reads? checked against L2: agreed 100 % within 1 s/.test(file!.summary) ? 'the file: 100 %' : file!.summary,
  )
}

try {
  await main()
} finally {
  rmSync(folder, { recursive: true })
}
