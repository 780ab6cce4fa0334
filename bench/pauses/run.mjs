import { abilitiesOf } from '../peers.mjs'
import { everyRound } from '../rounds.mjs'
import { median } from '../statistics.mjs'

const TURNS = 16_000

function summarise(rounds) {
  const pick = (phase, what) => median(rounds.map((round) => round[phase][what]))
  const phase = (name) => ({
    p99: pick(name, 'p99'),
    p999: pick(name, 'p999'),
    longest: pick(name, 'longest'),
    p999Beyond: pick(name, 'p999Beyond'),
    longestBeyond: pick(name, 'longestBeyond'),
    cut: rounds.some((round) => round[name].cut) || undefined,
  })
  const construction = median(rounds.map((round) => round.construction))
  return { construction, growth: phase('growth'), load: phase('load') }
}

/** Peer → pauses in milliseconds while growing and under load, the medians of three rounds at most. */
export async function runPauses({ peers, rounds }) {
  const jobs = []
  for (const { name, module } of peers) {
    const abilities = await abilitiesOf({ module })
    if (abilities.has('evicts')) jobs.push({ name, part: 'pauses', module, turns: TURNS })
  }
  const flags = ['--max-old-space-size=8192']
  const { results, failures } = everyRound('pauses', jobs, Math.min(rounds, 3), flags)
  const figures = {}
  for (const [name, list] of Object.entries(results)) {
    const good = list.filter(Boolean)
    if (good.length > 0) figures[name] = summarise(good)
  }
  return { figures, failures }
}
