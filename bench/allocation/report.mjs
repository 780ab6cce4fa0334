import { showFailures } from '../rounds.mjs'
import { table } from '../table.mjs'

export function reportAllocation({ figures, failures }) {
  const rows = Object.entries(figures).map(([peer, { hits, collections, bytesPerHit }]) => [
    peer,
    `${hits / 1e6} million`,
    collections,
    bytesPerHit.toFixed(4),
  ])
  return [
    '## Allocation',
    '',
    'Hits on keys made beforehand: how often the garbage collector ran meanwhile, and what was allocated.',
    '',
    table(['', 'hits', 'collections', 'bytes per hit'], rows),
    showFailures(failures),
  ].join('\n')
}
