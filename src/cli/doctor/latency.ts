import { systemWorld } from '../../world/system-world.ts'
import { timeText } from '../figures-text.ts'
import type { Findings } from './finding.ts'

/** What a level waits for a call, unless the application says otherwise; in milliseconds. */
const TIMEOUT = 250
/** From here on a server is too slow to be a cache on every request's way. */
const SLOW = 10
const SLOW_TAIL = 50

/** How long each of so many questions took, in milliseconds, the shortest first. They are asked one after another. */
export async function timesOf(questions: number, ask: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = []
  for (let n = 0; n < questions; n++) {
    const sent = systemWorld.mono()
    await ask()
    times.push(systemWorld.mono() - sent)
  }
  return times.sort((a, b) => a - b)
}

/** Judges the times of a server's answers. */
export function judgeLatency(findings: Findings, times: readonly number[], what = 'pings'): void {
  const at = (part: number): number => times[Math.min(times.length - 1, Math.floor(times.length * part))]!
  const [p50, p99, max] = [at(0.5), at(0.99), times.at(-1)!]
  const found = `${times.length} ${what}: p50 ${timeText(p50)}, p90 ${timeText(at(0.9))}, p99 ${timeText(p99)}, longest ${timeText(max)}`
  const why = `A read that misses the levels above waits for this one, and gives it up after ${TIMEOUT} ms (timeout).`
  if (p50 >= TIMEOUT) {
    findings.fail(
      'latency',
      found,
      why,
      'Bring the server nearer, or raise the timeout of the level: now every call is late.',
    )
  } else if (p99 >= TIMEOUT) {
    findings.warn(
      'latency',
      found,
      why,
      'Find out what holds the server up (slow commands, swapping, the network); such calls are late.',
    )
  } else if (p50 >= SLOW || p99 >= SLOW_TAIL) {
    findings.warn(
      'latency',
      found,
      why,
      'Bring the server nearer to the application: a cache in another region hardly pays.',
    )
  } else findings.ok('latency', found, why)
}
