import type { Scope } from '../entry/scope.ts'
import type { GuardedLevel } from '../remote/guarded-level.ts'
import { pause } from '../world/pause.ts'
import type { World } from '../world/world.ts'

/** What wide invalidations cover together: keys with one of these prefixes, or with one of these tags. */
export interface Cover {
  /** None begins with another. `''` for every key. */
  readonly prefixes: readonly string[]
  /** `undefined`: tags do not matter. */
  readonly tags: ReadonlySet<string> | undefined
}

/** Keys that were looked at together. */
export interface CoveredBatch {
  /** How many were looked at. */
  readonly looked: number
  readonly covered: readonly string[]
}

/** Keys that are looked into at the same time for their tags, and listed before timers get a turn. */
const TOGETHER = 50
const A_TURN = 1000

/** What these scopes cover, which are tags, or prefixes, or everything. */
export function coverOf(scopes: readonly Scope[]): Cover {
  const tags = new Set<string>()
  const prefixes = new Set<string>()
  for (const scope of scopes) {
    if (scope.kind === 'tag') tags.add(scope.tag)
    else prefixes.add(scope.kind === 'prefix' ? scope.prefix : '')
  }
  if (prefixes.size === 0) return { prefixes: [''], tags }
  const all = [...prefixes]
  const outermost = all.filter((prefix) => !all.some((other) => other !== prefix && prefix.startsWith(other)))
  return { prefixes: outermost, tags: undefined }
}

/** Whether a key is one of those whose tags, if they matter, are to be looked at. */
export function beginsAsCovered(key: string, { prefixes }: Cover): boolean {
  return prefixes.some((prefix) => key.startsWith(prefix))
}

/** Goes through the keys of a level, as far as it lists them. */
export async function* coveredKeys(
  level: GuardedLevel,
  { prefixes, tags }: Cover,
  world: World,
): AsyncGenerator<CoveredBatch, void, undefined> {
  let seen = 0
  let some: string[] = []
  for (const prefix of prefixes) {
    for await (const key of level.keys(prefix)) {
      // A level that lists its keys without waiting would hold up everybody else.
      if (++seen % A_TURN === 0) await pause(world, 0)
      if (some.push(key) < TOGETHER) continue
      yield await covered(level, some, tags)
      some = []
    }
  }
  if (some.length > 0) yield await covered(level, some, tags)
}

/** The tags of what lies under a key in a level; `undefined` if there is nothing. */
export async function tagsIn(level: GuardedLevel, key: string): Promise<readonly string[] | undefined> {
  const entry = level.traits.near === undefined ? (await level.explain(key))?.entry : level.entry(key)
  return entry?.tags
}

async function covered(
  level: GuardedLevel,
  keys: readonly string[],
  tags: ReadonlySet<string> | undefined,
): Promise<CoveredBatch> {
  if (tags === undefined) return { looked: keys.length, covered: keys }
  const tagged = await Promise.all(keys.map((key) => tagsIn(level, key)))
  return { looked: keys.length, covered: keys.filter((_, n) => tagged[n]?.some((tag) => tags.has(tag)) === true) }
}
