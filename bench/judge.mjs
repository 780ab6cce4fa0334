import { showSize } from './options.mjs'
import { targets } from './targets.mjs'

function judgeSpeed(target, { figures }) {
  const row = figures[target.size]?.[target.workload]
  const own = row?.[target.peer]
  const what = `${target.peer} ${showSize(target.size)} ${target.workload}`
  if (target.better) {
    const theirs = row?.['lru-cache']?.[target.better]
    const value = own?.[target.better]
    if (value === undefined || theirs === undefined) return undefined
    return {
      what: `${what}: ${target.better}`,
      value,
      bound: `> lru-cache's ${theirs.toFixed(4)}`,
      pass: value > theirs,
    }
  }
  const value = own?.toLruCache
  if (value === undefined || value === null) return undefined
  return { what, value, bound: `<= ${target.atMost.toFixed(2)} of lru-cache's time`, pass: value <= target.atMost }
}

const judges = { speed: judgeSpeed }

/** The verdict on every target whose figures were measured. */
export function judge(measured) {
  const verdicts = []
  for (const target of targets) {
    if (!measured[target.part]) continue
    const verdict = judges[target.part](target, measured[target.part])
    if (verdict) verdicts.push(verdict)
  }
  return verdicts
}

const show = ({ what, value, bound, pass }) => `${pass ? 'PASS' : 'FAIL'}  ${what}: ${value.toPrecision(3)} (${bound})`

export function showVerdicts(verdicts) {
  if (verdicts.length === 0) return 'No target was measured.'
  const failed = verdicts.filter((verdict) => !verdict.pass).length
  return ['```', ...verdicts.map(show), `${verdicts.length - failed} of ${verdicts.length} reached`, '```'].join('\n')
}
