import { spawnSync } from 'node:child_process'
import { versionOf } from '../peers.mjs'
import { buildLibrary, ROOT } from '../prepare.mjs'
import { everyRound } from '../rounds.mjs'
import { median, quantile, ratiosOf } from '../statistics.mjs'
import { MODES } from '../tiered/modes.mjs'
import { before, CALLS, PLAIN, subjects } from './subjects.mjs'

/** Two processes differ by more than what is looked for here: the median of many does not. */
const TIMES_THE_ROUNDS = 3

const jobName = (subject, call) => `${subject}: ${call}`

function plan(against) {
  const jobs = Object.entries(subjects).flatMap(([subject, { isLasting }]) => {
    const now = { subject, shown: subject, folder: ROOT }
    const earlier = { subject, shown: before(subject), folder: against }
    return against !== undefined && isLasting ? [now, earlier] : [now]
  })
  return CALLS.flatMap((call) => jobs.map((job) => ({ ...job, call })))
}

/** The rate of one divided by that of another in the same round: the median, and between what half of the rounds lie. */
function compare(rounds, base, mode, what) {
  const pick = (results) => results.map((result) => result?.[mode][what])
  const ratios = ratiosOf(pick(base), pick(rounds))
  return { ratio: median(ratios), low: quantile(ratios, 0.25), high: quantile(ratios, 0.75) }
}

function summarise(rounds, base) {
  const cells = {}
  for (const mode of Object.keys(MODES)) {
    const middle = (what) => median(rounds.filter(Boolean).map((result) => result[mode][what]))
    cells[mode] = {
      rate: 1e9 / middle('ns'),
      ...compare(rounds, base, mode, 'ns'),
      cpu: middle('cpu'),
      byCpu: compare(rounds, base, mode, 'cpu'),
    }
  }
  return cells
}

/** What a checkout is called: the commit it is at. */
function commitOf(folder) {
  const { stdout, status } = spawnSync('git', ['-C', folder, 'rev-parse', '--short', 'HEAD'], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : folder
}

/**
 * Subject → call → mode → the rate, beside that of the plain cache. With `against`, the folder of another checkout,
 * also beside that of the same subject there, or where there was none of the plain cache there (`changes`).
 */
export async function runFeatures({ rounds, against }) {
  if (against !== undefined) buildLibrary(against)
  const jobs = plan(against).map((job) => ({ ...job, name: jobName(job.shown, job.call), part: 'features' }))
  const { results, failures } = everyRound('features', jobs, TIMES_THE_ROUNDS * rounds)
  const figures = {}
  const changes = {}
  for (const { name, shown, subject, call } of jobs) {
    if (!results[name].some(Boolean)) continue
    figures[shown] ??= {}
    figures[shown][call] = summarise(results[name], results[jobName(PLAIN, call)])
    if (against === undefined || shown !== subject) continue
    const earlier = subjects[subject].isLasting ? before(subject) : before(PLAIN)
    changes[subject] ??= {}
    changes[subject][call] = summarise(results[name], results[jobName(earlier, call)])
  }
  const versions = { terrace: versionOf('terrace') }
  if (against !== undefined) versions['terrace before'] = commitOf(against)
  return { figures, changes, failures, versions }
}
