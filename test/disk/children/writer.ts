import { writeSync } from 'node:fs'
import { systemWorld } from '../../../src/world/system-world.ts'
import { LedgerFile } from '../ledger-file.ts'

// Sets keys and counts until it is killed or has done so many; prints a line for each that was acknowledged.
const [path, name, most] = process.argv.slice(2)
const file = new LedgerFile(systemWorld, { path: path! })
for (let n = 0; n < Number(most); n++) {
  const results = await Promise.allSettled([
    file.set(`${name}:${n % 40}`, `${n}:${'x'.repeat(2000)}`).then(() => `set ${n}\n`),
    file.count('visits').then(() => 'count\n'),
  ])
  for (const result of results) if (result.status === 'fulfilled') writeSync(1, result.value)
}
await file.ledger.close()
