import { choosePeers } from '../peers.mjs'
import { everyRound } from '../rounds.mjs'
import { median } from '../statistics.mjs'

export const SIZES = [1e3, 1e4, 1e5, 1e6, 1e7]
const CONTENDERS = ['map', 'terrace-sieve', 'terrace']
const FLAGS = ['--max-old-space-size=12288']

/** Workload → contender → size → nanoseconds an operation; 'typed array' has reads alone. */
export async function runScaling({ rounds, only, extra, peers }) {
  const contenders = only.length > 0 || extra.length > 0 ? peers : choosePeers(CONTENDERS, [])
  const jobs = []
  for (const size of SIZES) {
    jobs.push({ name: `hit|typed array|${size}`, part: 'scaling', size, workload: 'hit' })
    for (const { name, module } of contenders) {
      for (const workload of ['hit', 'read-through']) {
        jobs.push({ name: `${workload}|${name}|${size}`, part: 'scaling', module, size, workload })
      }
    }
  }
  const { results, failures } = everyRound('scaling', jobs, Math.min(rounds, 2), FLAGS)
  const figures = {}
  for (const [name, list] of Object.entries(results)) {
    const [workload, contender, size] = name.split('|')
    figures[workload] ??= {}
    figures[workload][contender] ??= {}
    figures[workload][contender][size] = median(list.filter(Boolean).map((result) => result[workload]))
  }
  return { figures, failures }
}
