import { abilitiesOf } from '../peers.mjs'
import { everyRound } from '../rounds.mjs'

const HOUR_MS = 3_600_000

/** Peer → collections during the hits, and bytes a hit; also for caches whose entries expire. */
export async function runAllocation({ peers }) {
  const jobs = []
  for (const { name, module } of peers) {
    const abilities = await abilitiesOf({ module })
    jobs.push({ name, part: 'allocation', module })
    if (abilities.has('expires')) jobs.push({ name: `${name}, expiring`, part: 'allocation', module, ttl: HOUR_MS })
  }
  const { results, failures } = everyRound('allocation', jobs, 1, ['--expose-gc'])
  const figures = {}
  for (const [name, [result]] of Object.entries(results)) if (result) figures[name] = result
  return { figures, failures }
}
