import { everyRound } from '../rounds.mjs'
import { median } from '../statistics.mjs'

export const SIZES = [1000, 100_000]
export const MODES = { alone: 'one at a time', inFlight: '100 in flight' }

/** Which kind stands first and last. Where a cache lies in memory is worth some per cent of a hit: each kind lies in each place once. */
const FIRST = ['off', 'on']

/**
 * Size → mode → nanoseconds a hit without and with advice, and their ratio, the geometric mean of the two orders;
 * `itself`: of caches without, what chance does.
 */
export async function runAdvice({ rounds }) {
  const kinds = SIZES.flatMap((size) => ['advice', 'itself'].map((against) => ({ size, against })))
  const jobs = kinds.flatMap((kind) =>
    FIRST.map((first) => ({ name: `${kind.size} ${kind.against} ${first}`, part: 'advice', ...kind, first })),
  )
  const { results, failures } = everyRound('advice', jobs, rounds)
  const figures = {}
  for (const { size, against } of kinds) {
    const pairs = FIRST.map((first) => results[`${size} ${against} ${first}`] ?? [])
    const known = pairs[0].flatMap((one, round) => (one && pairs[1][round] ? [[one, pairs[1][round]]] : []))
    if (known.length === 0) continue
    figures[size] ??= {}
    figures[size][against] = {}
    for (const mode of Object.keys(MODES)) {
      const of = (what) => median(known.map((pair) => geometricMean(pair.map((result) => result[mode][what]))))
      figures[size][against][mode] = { off: of('off'), on: of('on'), ratio: of('ratio') }
    }
  }
  return { figures, failures }
}

function geometricMean(numbers) {
  return Math.exp(numbers.reduce((sum, number) => sum + Math.log(number), 0) / numbers.length)
}
