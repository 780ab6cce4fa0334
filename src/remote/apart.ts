import type { Scope } from '../entry/scope.ts'
import type { Level } from '../level.ts'

/** What belongs to no part alone. */
const ALL_PARTS = -1

/** Sorts what a level is handed by the parts that it concerns: see `Spreads`. All of it together where the level has none. */
export function byPart<A>(items: readonly A[], partOf: ((item: A) => number) | undefined): readonly (readonly A[])[] {
  if (partOf === undefined || items.length < 2) return [items]
  const groups = new Map<number, A[]>()
  for (const item of items) {
    const part = partOf(item)
    const group = groups.get(part)
    if (group === undefined) groups.set(part, [item])
    else group.push(item)
  }
  return [...groups.values()]
}

/** Hands in for each part apart, side by side: one that fails holds up what belongs to it alone. Answers in order. */
export async function apart<A, T>(
  items: readonly A[],
  partOf: ((item: A) => number) | undefined,
  call: (some: readonly A[]) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const groups = byPart(items, partOf)
  if (groups.length === 1) return call(items)
  const told = await Promise.all(groups.map((group) => call(group)))
  const next = new Map(groups.map((group, n) => [partOf!(group[0]!), told[n]!.values()]))
  return items.map((item) => next.get(partOf!(item))!.next().value as T)
}

/** The part of a scope: those that are more than a key concern them all. */
export function partOfScope({ traits }: Level): ((scope: Scope) => number) | undefined {
  const { spreads } = traits
  return spreads && ((scope) => (scope.kind === 'key' ? spreads.partOf(scope.key) : ALL_PARTS))
}
