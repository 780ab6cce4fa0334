import { type Finding, NOTHING_FOUND } from '../entry/finding.ts'
import type { Level } from '../level.ts'

/**
 * What a level can tell of a key: everything where it explains itself; whether it is barred where it can be
 * inspected; otherwise what it would serve, which some stores count as a use.
 */
export async function findIn(level: Level, key: string): Promise<Finding> {
  const { explains, inspects } = level.traits
  if (explains !== undefined) return explains.explain(key)
  if (inspects !== undefined) {
    const [inspection] = await inspects.inspect([key])
    return { ...NOTHING_FOUND, entry: inspection!.entry, barredBy: inspection!.barredBy }
  }
  const { entries } = await level.read([key])
  return { ...NOTHING_FOUND, entry: entries[0] }
}
