import type { VerifiedAgainst } from '../observe/verified.ts'
import { told } from './interval.ts'
import { keyText } from './key-text.ts'
import type { CheckedText } from './protocol.ts'

/** Keys that did not agree, of one comparison. */
const MOST_OFFENDERS = 20

/** What checking reads has shown, as it is told: never with values, even where the verification keeps them. */
export function checkedText(of: VerifiedAgainst): CheckedText {
  const { against, summary, checked, disagreed, open, within, unknown, offenders } = of
  return {
    against,
    summary,
    checked,
    disagreed,
    open,
    unknown: Object.values(unknown).reduce((sum, count) => sum + count, 0),
    within: within.map((each) => ({ within: each.within, ratio: told(each.ratio), atLeast: told(each.atLeast) })),
    offenders: offenders.slice(0, MOST_OFFENDERS).map(({ key, level, because, duration, isOpen }) => {
      return { key: keyText(key), level, because, duration, isOpen }
    }),
  }
}
