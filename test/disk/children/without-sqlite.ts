import { existsSync } from 'node:fs'
import { SqliteLedger } from '../../../src/stores/disk/sqlite-ledger.ts'
import { systemWorld } from '../../../src/world/system-world.ts'

// Run without node:sqlite: importing works, making a ledger does not.
const path = process.argv[2]!
try {
  new SqliteLedger({ path }, systemWorld)
} catch (cause) {
  console.log(JSON.stringify({ code: (cause as { code?: string }).code, made: existsSync(path) }))
}
