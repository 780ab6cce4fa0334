import { showSize } from '../options.mjs'
import { showFailures } from '../rounds.mjs'
import { figure, table } from '../table.mjs'
import { MODES, SIZES } from './run.mjs'

export function reportAdvice({ figures, failures }) {
  const rows = SIZES.flatMap((size) =>
    Object.entries(MODES).map(([mode, title]) => {
      const { advice, itself } = figures[size] ?? {}
      const ratio = (cells) => (cells ? cells[mode].ratio.toFixed(3) : '–')
      const ns = (what) => (advice ? figure(advice[mode][what]) : '–')
      return [`${showSize(size)}, ${title}`, ns('off'), ns('on'), ratio(advice), ratio(itself)]
    }),
  )
  return [
    '## Live advice: what it costs a hit',
    '',
    'A hit of level 1 in nanoseconds, with advice off and on in one process, slice by slice in turns. The last column is two caches without advice: what chance does.',
    '',
    table(['keys', 'off', 'on', 'ratio', 'off to off'], rows),
    showFailures(failures),
  ].join('\n')
}
