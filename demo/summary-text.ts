import { printable } from '../src/printable.ts'
import type { Frame, Summary } from './summary.ts'

/** A frame in one line, where there is no terminal. */
export function plainLine({ elapsed, withCache, withoutCache, levels, fetches }: Frame): string {
  const phase = withCache.requests === 0 ? withoutCache : withCache
  const where =
    withCache.requests === 0
      ? 'no cache'
      : levels.map(({ name, sharePercent }) => `${name} ${sharePercent} %`).join(', ')
  const waits = `p50 ${wait(phase.p50Ms)}, p99 ${wait(phase.p99Ms)}`
  const silent = levels.filter(({ breaker }) => breaker !== 'closed').map(({ name }) => `  ${name} does not answer`)
  return `${String(Math.round(elapsed)).padStart(4)} s  ${count(phase.requestsPerSecond)} requests/s  ${waits}  ${where}  fetches ${count(fetches)}${silent.join('')}`
}

/** What is left on the screen at the end. */
export function closing({ fetches, databaseQueries, staleViews, withCache, withoutCache, levels }: Summary): string {
  if (withCache.requests === 0) {
    return `Ended before the comparison: ${count(withoutCache.requests)} requests were served without a cache, none with one.`
  }
  const same = databaseQueries === fetches ? 'exactly as often as' : 'BUT'
  const faster = withCache.requestsPerSecond / Math.max(1, withoutCache.requestsPerSecond)
  const failed = levels.filter(({ failures }) => failures > 0)
  return [
    `${count(withCache.requests)} requests served, ${faster.toPrecision(2)} times as many a second as without a cache.`,
    `The database was asked ${count(databaseQueries)} times, ${same} the cache fetched (${count(fetches)}).`,
    staleViews === 0
      ? 'Nobody saw an old price after its change was complete.'
      : `${count(staleViews)} views showed an old price!`,
    ...failed.map(
      ({ name, failures }) => `${name} could not answer ${count(failures)} times. No request failed for it.`,
    ),
  ].join('\n')
}

/** What went wrong, fit for a terminal: names of files stand in it. */
export function failure(error: unknown): string {
  return printable(error instanceof Error ? error.message : String(error))
}

export function count(value: number): string {
  return value.toLocaleString('en')
}

export function wait(milliseconds: number): string {
  if (milliseconds < 0.1) return `${Math.round(milliseconds * 1000)} µs`
  return `${milliseconds < 10 ? milliseconds.toPrecision(2) : Math.round(milliseconds)} ms`
}
