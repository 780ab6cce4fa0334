import { Progress } from './progress.mjs'
import { measureApart } from './spawn.mjs'

/**
 * Measures every job once a round, each time in a process of its own, the rounds interleaved.
 *
 * @param jobs what the workers get: { name, part, … }, the name for the tables
 * @returns name → the results of its rounds in order, and the failures
 */
export function everyRound(title, jobs, rounds, flags = []) {
  const progress = new Progress(title, jobs.length * rounds)
  const results = {}
  const failures = []
  for (let round = 0; round < rounds; round++) {
    const turn = round % jobs.length
    for (const { name, ...job } of [...jobs.slice(turn), ...jobs.slice(0, turn)]) {
      progress.step(`round ${round + 1}, ${name}`)
      const { result, failure } = measureApart(job, flags)
      results[name] ??= []
      results[name][round] = result
      if (failure) failures.push({ peer: name, failure })
    }
  }
  return { results, failures }
}

export const showFailures = (failures) => failures.map(({ peer, failure }) => `\n${peer} failed: ${failure}`).join('\n')
