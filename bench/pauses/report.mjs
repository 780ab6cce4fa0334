import { showFailures } from '../rounds.mjs'
import { table } from '../table.mjs'

const ms = (number) => (number === undefined || number === null ? '–' : number.toFixed(2))

function cells({ p99, p999, longest, longestBeyond, cut }) {
  return [...[p99, p999, longest].map(ms), `${ms(longestBeyond)}${cut ? '*' : ''}`]
}

export function reportPauses({ figures, failures }) {
  const columns = ['p99', 'p99.9', 'longest', "longest beyond the collector's"]
  const rows = (phase) => Object.entries(figures).map(([peer, phases]) => [peer, ...cells(phases[phase])])
  return [
    '## Pauses',
    '',
    'Milliseconds the event loop stood still with a million entries, in turns of 500 operations with new keys and values.',
    'A star: cut short by time.',
    '',
    table(['mixed load, full cache', ...columns], rows('load')),
    '',
    table(
      ['growing from empty', ...columns, 'making the cache'],
      rows('growth').map((row) => [...row, ms(figures[row[0]].construction)]),
    ),
    showFailures(failures),
  ].join('\n')
}
