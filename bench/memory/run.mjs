import { abilitiesOf } from '../peers.mjs'
import { everyRound } from '../rounds.mjs'

const HOUR_MS = 3_600_000
const FLAGS = ['--expose-gc', '--max-old-space-size=8192']

/** Peer → { full, churned } in bytes per entry, and the same with a ttl on each. One round: it hardly varies. */
export async function runMemory({ peers }) {
  const jobs = []
  for (const { name, module } of peers) {
    const abilities = await abilitiesOf({ module })
    const evicts = abilities.has('evicts')
    jobs.push({ name, part: 'memory', module, evicts })
    if (abilities.has('expires')) jobs.push({ name: `${name} + ttl`, part: 'memory', module, evicts, ttl: HOUR_MS })
  }
  const { results, failures } = everyRound('memory', jobs, 1, FLAGS)
  const figures = {}
  for (const { name } of peers) {
    const [bare] = results[name]
    const [expiring] = results[`${name} + ttl`] ?? []
    if (bare) figures[name] = { ...bare, fullTtl: expiring?.full, churnedTtl: expiring?.churned }
  }
  return { figures, failures }
}
