import { quantile } from '../statistics.mjs'
import { Stopwatch } from '../stopwatch.mjs'

const CHUNK = 2000

function runFor(step, from, operations, deadline) {
  let done = 0
  while (done < operations) {
    step(from + done, from + done + CHUNK)
    done += CHUNK
    if (performance.now() > deadline) break
  }
  return done
}

/**
 * Runs `step(from, to)` over the operations: first to warm up, then timed in slices. What else the
 * machine does (caches and memory lanes are shared even where cores are not) only ever adds to a
 * time, so the lower quartile of the slices stands for the run. A slice is to hold whatever the work
 * has to pay once in a while, such as one turnover of an evicting cache. Measuring
 * ends after `budgetMs`, warming up after half of that, for peers that are slower by far.
 *
 * @returns nanoseconds per operation, and `cut` where the time ran out
 */
export function measure(step, { warmup, slices, slice, budgetMs = 1200 }) {
  let done = runFor(step, 0, warmup, performance.now() + budgetMs / 2)
  let cut = done < warmup
  const deadline = performance.now() + budgetMs
  const times = []
  const watch = new Stopwatch()
  for (let i = 0; i < slices && !(cut && i > 0); i++) {
    watch.restart()
    const count = runFor(step, done, slice, deadline)
    times.push(watch.nanoseconds() / count)
    done += count
    cut ||= count < slice
  }
  return { ns: quantile(times, 0.25), cut }
}
