import { abilitiesOf } from '../peers.mjs'
import { Progress } from '../progress.mjs'
import { measureApart } from '../spawn.mjs'
import { median, pairedRatio, quantile } from '../statistics.mjs'
import { groups } from './groups.mjs'

/** Beyond this size three rounds are enough: the work itself is long, and so averages more. */
const LARGE = 500_000

async function plan(peers, sizes, rounds) {
  const able = new Map()
  for (const peer of peers) able.set(peer, await abilitiesOf(peer))
  const jobs = []
  for (let round = 0; round < rounds; round++) {
    for (const size of sizes) {
      if (size > LARGE && round >= 3) continue
      for (const [group, { needs }] of Object.entries(groups)) {
        const takePart = peers.filter((peer) => needs === undefined || able.get(peer).has(needs))
        // Another first each round: the place in the row must not favour anyone.
        const turn = round % takePart.length
        for (const peer of [...takePart.slice(turn), ...takePart.slice(0, turn)]) {
          jobs.push({ round, size, group, peer })
        }
      }
    }
  }
  return jobs
}

/** size → workload → peer → the results of its rounds */
function collect(samples) {
  const table = {}
  for (const { size, round, peer, result } of samples) {
    for (const [workload, cell] of Object.entries(result)) {
      table[size] ??= {}
      table[size][workload] ??= {}
      table[size][workload][peer] ??= {}
      table[size][workload][peer][round] = cell
    }
  }
  return table
}

const times = (rounds) => Object.fromEntries(Object.entries(rounds ?? {}).map(([round, cell]) => [round, cell.ns]))

function summarise(peers) {
  const rows = {}
  for (const [peer, rounds] of Object.entries(peers)) {
    const cells = Object.values(rounds)
    const ns = cells.map((cell) => cell.ns)
    rows[peer] = {
      ns: median(ns),
      spread: (quantile(ns, 0.75) - quantile(ns, 0.25)) / median(ns),
      rounds: ns.length,
      toLruCache: pairedRatio(times(rounds), times(peers['lru-cache'])),
      toMap: pairedRatio(times(rounds), times(peers.map)),
      hitRatio: median(cells.map((cell) => cell.hitRatio).filter((ratio) => ratio !== undefined)),
      cut: cells.some((cell) => cell.cut) || undefined,
    }
  }
  return rows
}

/** Times every workload; gives size → workload → peer → figures. */
export async function runSpeed({ peers, sizes, rounds }) {
  const jobs = await plan(peers, sizes, rounds)
  const progress = new Progress('speed', jobs.length)
  const samples = []
  const failures = []
  for (const { round, size, group, peer } of jobs) {
    progress.step(`round ${round + 1}, ${size} entries, ${group}, ${peer.name}`)
    const { result, failure } = measureApart({ part: 'speed', module: peer.module, group, size })
    if (result) samples.push({ round, size, peer: peer.name, result })
    else failures.push({ peer: peer.name, size, group, failure })
  }
  const figures = {}
  for (const [size, workloads] of Object.entries(collect(samples))) {
    figures[size] = {}
    for (const [workload, peersOfIt] of Object.entries(workloads)) figures[size][workload] = summarise(peersOfIt)
  }
  return { figures, failures }
}

/** Sizes that were not measured now keep the figures of an earlier run. */
export function joinSpeed(before, now) {
  const failures = before.failures.filter(({ size }) => !(size in now.figures))
  return { ...now, figures: { ...before.figures, ...now.figures }, failures: [...failures, ...now.failures] }
}
