import { everyRound } from '../rounds.mjs'
import { median } from '../statistics.mjs'

export const SIZES = [1000, 100_000]
export const MODES = { alone: 'one at a time', inFlight: '100 in flight' }

/** Size → mode → nanoseconds a hit without and with advice, and their ratio; `itself`: of two caches without, what chance does. */
export async function runAdvice({ rounds }) {
  const jobs = SIZES.flatMap((size) =>
    ['advice', 'itself'].map((against) => ({ name: `${size} ${against}`, part: 'advice', size, against })),
  )
  const { results, failures } = everyRound('advice', jobs, rounds)
  const figures = {}
  for (const { name, size, against } of jobs) {
    const known = (results[name] ?? []).filter(Boolean)
    if (known.length === 0) continue
    figures[size] ??= {}
    figures[size][against] = {}
    for (const mode of Object.keys(MODES)) {
      const of = (what) => median(known.map((result) => result[mode][what]))
      figures[size][against][mode] = { off: of('off'), on: of('on'), ratio: of('ratio') }
    }
  }
  return { figures, failures }
}
