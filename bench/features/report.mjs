import { showFailures } from '../rounds.mjs'
import { figure, ratio, table } from '../table.mjs'
import { MODES } from '../tiered/modes.mjs'
import { CALLS } from './subjects.mjs'

const columns = CALLS.flatMap((call) => Object.keys(MODES).map((mode) => ({ call, mode })))
const header = (what) => [what, ...columns.map(({ call, mode }) => `${call}, ${MODES[mode]}`)]
const among = ({ ratio: middle, low, high }) => `${ratio(middle)}, ${ratio(low)}–${ratio(high)}`

function tableOf(what, figures, show) {
  const rows = Object.entries(figures).map(([subject, calls]) => [
    subject,
    ...columns.map(({ call, mode }) => (calls[call] ? show(calls[call][mode]) : '–')),
  ])
  return table(header(what), rows)
}

const rate = (cell) => `${(cell.rate / 1e6).toFixed(2)} (${among(cell)})`
const cost = ({ cpu, byCpu }) => `${figure(cpu)} (${among(byCpu)})`

function changeTables(changes) {
  if (Object.keys(changes).length === 0) return []
  return [
    '',
    'The same divided by those of the same in the earlier version, or where there was none by those of its plain cache.',
    '',
    tableOf('rates now, to before', changes, among),
    '',
    tableOf('by processor time', changes, ({ byCpu }) => among(byCpu)),
  ]
}

export function reportFeatures({ figures, changes, failures }) {
  return [
    '## What features cost a hit in the first level',
    '',
    'Million calls per second, and the rate divided by that of the plain cache: the median of the rounds, and between',
    'what half of them lie. Higher is better. "plain, once more" is what chance does. The second table is the same by',
    'processor time, that of the collector and the compiler included.',
    '',
    tableOf('million a second', figures, rate),
    '',
    tableOf('ns of processor time', figures, cost),
    ...changeTables(changes),
    showFailures(failures),
  ].join('\n')
}
