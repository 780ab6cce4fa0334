import { showFailures } from '../rounds.mjs'
import { figure, table } from '../table.mjs'

export function reportMemory({ figures, failures }) {
  const rows = Object.entries(figures).map(([peer, { full, churned, fullTtl, churnedTtl }]) => [
    peer,
    ...[full, churned, fullTtl, churnedTtl].map(figure),
  ])
  return [
    '## Memory',
    '',
    'Bytes per entry of a cache for a million entries: JavaScript heap and array buffers after a full collection, keys',
    'and values not counted; full, and after three turnovers. (quick-lru and flru hold up to twice their limit; what they',
    'hold is divided by the limit.)',
    '',
    table(['bytes per entry', 'full', 'after churn', 'full, ttl', 'after churn, ttl'], rows),
    showFailures(failures),
  ].join('\n')
}
