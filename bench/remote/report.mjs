import { showFailures } from '../rounds.mjs'
import { figure, ratio, table } from '../table.mjs'
import { MODES, RAW } from './contenders.mjs'

const TITLES = { redis: 'Redis', memcached: 'Memcached', disk: 'Disk' }

const rateCell = (cell) => (cell ? `${Math.round(cell.rate).toLocaleString('en')} (${ratio(cell.ratio)})` : '–')
const costCell = (cell) => (cell ? figure(cell.cpu) : '–')

function storeTables(store, { figures, failures }) {
  const names = Object.keys(figures)
  const columns = Object.entries(MODES)
  const header = (what) => [what, ...columns.map(([, title]) => title)]
  const rows = (show) => names.map((name) => [name, ...columns.map(([mode]) => show(figures[name][mode]))])
  return [
    `### ${TITLES[store]}`,
    '',
    `Calls a second, and divided by those of "${RAW[store]}". Higher is better.`,
    '',
    table(header('calls a second'), rows(rateCell)),
    '',
    table(header('processor time a call, µs'), rows(costCell)),
    showFailures(failures),
  ].join('\n')
}

function nearTable({ figures, failures }) {
  const rows = Object.entries(figures).map(([name, cells]) => [
    name,
    rateCell(cells.getAlone),
    rateCell(cells.getInFlight),
  ])
  return [
    '### A hit of level 1 in front of a shared level',
    '',
    table(['hits a second', MODES.getAlone, MODES.getInFlight], rows),
    showFailures(failures),
  ].join('\n')
}

function feedTable({ perSecond, figures }) {
  const rows = Object.entries(figures).map(
    ([nodes, { p50, p99, longest, missed, cpuPerNotice, cpuPerInvalidation }]) => [
      nodes,
      figure(p50),
      figure(p99),
      figure(longest),
      String(missed),
      figure(cpuPerNotice),
      figure(cpuPerInvalidation),
    ],
  )
  return [
    '### Feed',
    '',
    `${perSecond.toLocaleString('en')} keys a second deleted in one process: how long after the call the caches of the others have`,
    'forgotten them, in milliseconds, and the processor time of a notice in each cache and of the call, in microseconds.',
    '',
    table(['caches', 'p50', 'p99', 'longest', 'never heard', 'µs a notice', 'µs a call'], rows),
  ].join('\n')
}

export function reportRemote({ stores, near, feed }) {
  return [
    '## Levels beyond the process',
    '',
    'Servers on the loopback, values of 941 bytes of JSON, 2,000 keys, level 1 missing.',
    '',
    Object.entries(stores)
      .map(([store, measured]) => storeTables(store, measured).trimEnd())
      .join('\n\n'),
    '',
    nearTable(near).trimEnd(),
    '',
    feedTable(feed),
  ].join('\n')
}
