import type { LevelQueue } from '../../level.ts'
import type { GuardedLevel } from '../../remote/guarded-level.ts'

/** A key of a level, and how often its policy counts it as used: 0 where it does not count. */
export interface Ranked {
  readonly key: string
  readonly uses: number
}

/** More uses than that make no difference to any policy but `lfu`. */
export const MOST_USES = 15

/** All keys of a level that begin so, the next to be evicted first; `undefined` where it cannot list them. */
export function rankingOf(level: GuardedLevel, prefix: string): Ranked[] | undefined {
  const { sized } = level.traits
  if (sized === undefined) return undefined
  const { size } = sized.measure()
  const uses = usesIn(sized.queues?.(size) ?? [])
  const ranking: Ranked[] = []
  for (const key of sized.order(size)) {
    if (key.startsWith(prefix)) ranking.push({ key, uses: uses.get(key) ?? 0 })
  }
  return ranking
}

function usesIn(queues: readonly LevelQueue[]): Map<string, number> {
  const uses = new Map<string, number>()
  for (const { keys, numbers, counts } of queues) {
    // The milliseconds left are no uses.
    if (counts === undefined || counts === 'left') continue
    // What has come has a frequency of one by that.
    const since = counts === 'frequency' ? 1 : 0
    for (const [n, key] of keys.entries()) {
      const number = Math.min(MOST_USES, Math.max(0, Math.floor(numbers[n]! - since)))
      if (number > 0) uses.set(key, number)
    }
  }
  return uses
}
