// npm run bench: measures the parts asked for, prints and writes the tables, and holds the figures
// against the targets.
import { judge, showVerdicts } from './judge.mjs'
import { describeMachine, showMachine } from './machine.mjs'
import { parseOptions, USAGE } from './options.mjs'
import { parts } from './parts.mjs'
import { choosePeers } from './peers.mjs'
import { buildLibrary, installPeers } from './prepare.mjs'
import { readResults, writeResults } from './results.mjs'

/** Earlier results, with what was measured now in place of theirs. */
function joined(before, measured) {
  const results = { ...before }
  for (const [name, now] of Object.entries(measured)) {
    const { join } = parts[name]
    results[name] = join && before[name] ? join(before[name], now) : now
  }
  return results
}

async function main() {
  const options = parseOptions(process.argv.slice(2))
  if (options.help) {
    console.log(USAGE)
    return
  }
  installPeers()
  const names = options.only.length > 0 || options.extra.length > 0 ? [...new Set(['lru-cache', ...options.only])] : []
  const peers = choosePeers(names, options.extra)
  const needsLibrary = ['async', 'advice', 'features', 'remote'].some((part) => options.parts.includes(part))
  if (needsLibrary || peers.some((peer) => peer.ours)) buildLibrary()
  const machine = describeMachine()
  console.log(showMachine(machine))
  const measured = {}
  for (const name of options.parts) {
    const part = parts[name]
    const versions = Object.fromEntries(peers.filter((peer) => peer.version).map((peer) => [peer.name, peer.version]))
    measured[name] = { machine, versions, ...(await part.run({ ...options, peers })) }
    console.log(`\n${part.report(measured[name]).trimEnd()}`)
  }
  console.log(`\n${showVerdicts(judge(measured))}`)
  if (options.write) writeResults(joined(readResults(), measured))
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = error.exitCode ?? 1
}
