import { isDead } from '../../entry/age.ts'
import { bornAt, type Entry } from '../../entry/entry.ts'
import { DAWN } from '../../entry/era.ts'
import type { Parts } from '../parts.ts'
import type { Ranked } from './ranking.ts'
import type { WarmCounts } from './report.ts'

/**
 * Whether values that this process knows from elsewhere, or from before, may be taken for true. In front of a
 * shared level they may not: others may have changed them without this process hearing of it.
 */
export function mayTakeValues({ levels }: Pick<Parts, 'levels'>): boolean {
  return levels[0]!.traits.near !== undefined && levels.every(({ traits }) => traits.shares === undefined)
}

/**
 * Keeps entries in level 1 that were true elsewhere, or before, unless it has one. They are born at the dawn:
 * whatever was invalidated in this cache, ever since it was made, does not come back by them.
 */
export async function keepKnown(parts: Parts, known: readonly Entry[], counts: WarmCounts): Promise<void> {
  const { levels, world } = parts
  const level = levels[0]!
  const now = world.tick()
  const wanted: Entry[] = []
  for (const entry of known) {
    if (level.entry(entry.key) !== undefined) counts.count('present')
    else if (isDead(entry, now)) counts.count('refused')
    else wanted.push(bornAt(entry, DAWN))
  }
  if (wanted.length === 0) return
  const fitting = parts.checks.any ? await fittingOf(parts, wanted, counts) : wanted
  for (const keeping of await level.write(fitting)) {
    counts.count(keeping === 'kept' ? 'warmed' : keeping === 'failed' ? 'failed' : 'refused')
  }
}

/** Those that fit the schemas of their namespaces, as these make them. */
async function fittingOf(
  { levels, checks }: Parts,
  entries: readonly Entry[],
  counts: WarmCounts,
): Promise<readonly Entry[]> {
  const fitting = (await checks.arrived(levels[0]!.name, entries)).filter((entry) => entry !== undefined)
  for (let n = fitting.length; n < entries.length; n++) counts.count('refused')
  // A schema may take its time: what was fetched meanwhile is newer.
  return fitting.filter((entry) => {
    const isThere = levels[0]!.entry(entry.key) !== undefined
    if (isThere) counts.count('present')
    return !isThere
  })
}

/** Tells the policy of level 1 how much its entries were used before, so that it evicts in about the same order. */
export function replayUses({ levels }: Parts, ranking: Iterable<Ranked>): void {
  const { near } = levels[0]!.traits
  if (near === undefined) return
  for (const { key, uses } of ranking) for (let n = 0; n < uses; n++) near.look(key)
}
