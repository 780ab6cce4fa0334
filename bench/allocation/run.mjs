import { abilitiesOf, choosePeers } from '../peers.mjs'
import { everyRound } from '../rounds.mjs'

const HOUR_MS = 3_600_000

const CONTENDERS = ['map', 'lru-cache', 'terrace', 'terrace-sieve', 'terrace-lru', 'terrace-s3fifo']

/** Peer → collections during the hits, and bytes a hit; also for caches whose entries expire. */
export async function runAllocation({ peers, only, extra }) {
  const contenders = only.length > 0 || extra.length > 0 ? peers : choosePeers(CONTENDERS, [])
  const jobs = []
  for (const { name, module } of contenders) {
    const abilities = await abilitiesOf({ module })
    jobs.push({ name, part: 'allocation', module })
    if (abilities.has('expires')) jobs.push({ name: `${name}, expiring`, part: 'allocation', module, ttl: HOUR_MS })
  }
  const { results, failures } = everyRound('allocation', jobs, 1, ['--expose-gc'])
  const figures = {}
  for (const [name, [result]] of Object.entries(results)) if (result) figures[name] = result
  return { figures, failures }
}
