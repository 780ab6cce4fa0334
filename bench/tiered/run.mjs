import { versionOf } from '../peers.mjs'
import { everyRound } from '../rounds.mjs'
import { median } from '../statistics.mjs'
import { calls, REFERENCE } from './calls.mjs'

const rateOf = (ns) => (ns === undefined ? undefined : 1e9 / ns)

function summarise(list, base, mode) {
  const ratios = []
  for (const [round, result] of list.entries()) {
    if (result?.[mode] && base[round]?.[mode]) ratios.push(base[round][mode] / result[mode])
  }
  return {
    rate: rateOf(
      median(
        list
          .filter(Boolean)
          .map((result) => result[mode])
          .filter(Boolean),
      ),
    ),
    ratio: median(ratios),
  }
}

/** Call → calls a second, and the rate divided by the reference's: one at a time, and 100 in flight. */
export async function runAsync({ rounds }) {
  const jobs = Object.entries(calls).flatMap(([peer, names]) =>
    names.map((name) => ({ name, part: 'async', peer, call: name })),
  )
  const { results, failures } = everyRound('async', jobs, rounds)
  const base = results[REFERENCE]
  const figures = {}
  for (const [name, list] of Object.entries(results)) {
    if (list.some(Boolean)) {
      figures[name] = { alone: summarise(list, base, 'alone'), inFlight: summarise(list, base, 'inFlight') }
    }
  }
  const versions = Object.fromEntries(
    Object.keys(calls)
      .filter((peer) => peer !== 'bare')
      .map((peer) => [peer, versionOf(peer)]),
  )
  return { figures, failures, versions }
}
