import { showSize } from '../options.mjs'
import { showFailures } from '../rounds.mjs'
import { figure, table } from '../table.mjs'
import { SIZES } from './run.mjs'

const titles = { hit: 'hit, fresh key', 'read-through': 'read-through, fresh key' }

export function reportScaling({ figures, failures }) {
  const lines = [
    '## Scaling',
    '',
    'Nanoseconds per operation by number of entries. What a bare Map and reads of a typed array (32 bytes an entry, at',
    'random) gain from left to right is the price of memory that no processor cache holds.',
  ]
  for (const [workload, contenders] of Object.entries(figures)) {
    const rows = Object.entries(contenders).map(([name, times]) => [name, ...SIZES.map((size) => figure(times[size]))])
    lines.push('', table([titles[workload], ...SIZES.map(showSize)], rows))
  }
  lines.push(showFailures(failures))
  return lines.join('\n')
}
