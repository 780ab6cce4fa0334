import { showSize } from '../options.mjs'
import { figure, ratio, table } from '../table.mjs'

const MANY = 8

function cell(measured) {
  if (measured === undefined) return '–'
  const mark = measured.cut ? '*' : ''
  return measured.toLruCache === undefined || measured.toLruCache === null
    ? `${figure(measured.ns)}${mark}`
    : `${figure(measured.ns)}${mark} (${ratio(measured.toLruCache)})`
}

function timesOf(workloads) {
  const names = Object.keys(workloads)
  const peers = [...new Set(names.flatMap((name) => Object.keys(workloads[name])))]
  if (peers.length <= MANY) {
    return table(
      ['ns per operation', ...peers],
      names.map((name) => [name, ...peers.map((peer) => cell(workloads[name][peer]))]),
    )
  }
  return table(
    ['ns per operation', ...names],
    peers.map((peer) => [peer, ...names.map((name) => cell(workloads[name][peer]))]),
  )
}

function ratiosOf(figures) {
  const sizes = Object.keys(figures)
  const peers = new Set(sizes.flatMap((size) => Object.keys(figures[size]['read-through'] ?? {})))
  const percent = (size, peer) => {
    const hitRatio = figures[size]['read-through']?.[peer]?.hitRatio
    return hitRatio === undefined || hitRatio === null ? '–' : (100 * hitRatio).toFixed(2)
  }
  return table(
    ['hit ratio of read-through, %', ...sizes.map((size) => showSize(Number(size)))],
    [...peers].map((peer) => [peer, ...sizes.map((size) => percent(size, peer))]),
  )
}

export function reportSpeed({ figures, failures }) {
  const lines = [
    '## Speed',
    '',
    "In brackets: the time divided by lru-cache's in the same round, the median of the rounds. Lower is better.",
    'A star: cut short by time, measured with fewer operations.',
  ]
  for (const [size, workloads] of Object.entries(figures)) {
    lines.push('', `### ${showSize(Number(size))} entries`, '', timesOf(workloads))
  }
  lines.push('', ratiosOf(figures))
  for (const { peer, size, group, failure } of failures) {
    lines.push('', `${peer} failed at ${group}, ${showSize(size)} entries: ${failure}`)
  }
  return lines.join('\n')
}
