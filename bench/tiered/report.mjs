import { showFailures } from '../rounds.mjs'
import { ratio, table } from '../table.mjs'

const millions = (rate) => (rate ? (rate / 1e6).toFixed(2) : '–')

export function reportAsync({ figures, failures }) {
  const rows = Object.entries(figures).map(([call, { alone, inFlight }]) => [
    call,
    millions(alone.rate),
    ratio(alone.ratio),
    millions(inFlight.rate),
    ratio(inFlight.ratio),
  ])
  return [
    '## Multi-level caches: a hit in the first level',
    '',
    'Million calls per second, and the rate divided by that of a bare async function over a Map. Higher is better.',
    '',
    table(['', 'one at a time', 'ratio', '100 in flight', 'ratio'], rows),
    showFailures(failures),
  ].join('\n')
}
