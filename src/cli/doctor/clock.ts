import { timeText } from '../figures-text.ts'
import type { Findings } from './finding.ts'

/** Judges how far a server's clock is from this machine's. `offset`, `uncertainty`: milliseconds. */
export function judgeClock(
  findings: Findings,
  offset: number,
  uncertainty: number,
  store: 'redis' | 'memcached',
): void {
  const away = Math.abs(offset)
  const found =
    away <= uncertainty
      ? `The same as this machine's, to ${timeText(uncertainty)}.`
      : `${timeText(away)} ${offset > 0 ? 'ahead of' : 'behind'} this machine's, to ${timeText(uncertainty)}.`
  const isFar = away > uncertainty + 1000
  if (store === 'redis') {
    const why =
      'Ends of values are kept in the clock of Redis, whose difference from each process is measured; a clock that is set while it runs moves them.'
    if (isFar)
      findings.warn(
        'clock',
        found,
        why,
        'Nothing fails by it; but let both machines run NTP, so that no clock has to be set.',
      )
    else findings.ok('clock', found, why)
    return
  }
  const why =
    'Memcached has no clock to ask for milliseconds: ends of values are kept in the clock of whoever writes them, so machines that differ end values earlier or later by as much.'
  if (isFar) findings.warn('clock', found, why, 'Let all machines run NTP.')
  else findings.ok('clock', found, why)
}
