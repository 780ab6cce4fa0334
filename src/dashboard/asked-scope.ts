import { namespaceRoots } from '../cache/keyspace.ts'
import { together, type WriteResult } from '../cache/write.ts'
import type { AskedScope, Covered, ScopeText } from './protocol.ts'
import type { ShownCache } from './shown-cache.ts'

type Covering = Pick<ShownCache, 'covers'>
type Invalidating = Pick<ShownCache, 'delete' | 'invalidateTags' | 'clear' | 'clearPrefix'>

/** How many keys of each level a scope covers. @throws TerraceError for what is no name of a namespace */
export async function coversOf(cache: Covering, scope: AskedScope): Promise<Covered[]> {
  const counts = await Promise.all(scopesOf(scope).map((each) => cache.covers(each)))
  return counts[0]!.map(({ name }, n) => {
    const levels = counts.map((count) => count[n]!)
    // A level that cannot be counted is so for all of them.
    const keys = levels.some((level) => level.keys === undefined)
      ? null
      : levels.reduce((sum, level) => sum + level.keys!, 0)
    const silent = levels.some((level) => level.silent) ? { silent: true as const } : {}
    return { name, keys, complete: levels.every(({ complete }) => complete), ...silent }
  })
}

/** Invalidates it, whatever it is. @throws TerraceError for what is no name of a namespace */
export async function invalidateAsked(cache: Invalidating, scope: AskedScope): Promise<WriteResult> {
  const results: WriteResult[] = []
  for (const each of scopesOf(scope)) results.push(await invalidateOne(cache, each))
  return together(results)
}

/** As the levels know it: the keys of a namespace begin with its name and, where they have one, the version of the code. */
function scopesOf(scope: AskedScope): readonly ScopeText[] {
  if (scope.kind !== 'namespace') return [scope]
  return namespaceRoots(scope.namespace).map((prefix) => ({ kind: 'prefix', prefix }))
}

function invalidateOne(cache: Invalidating, scope: ScopeText): Promise<WriteResult> {
  switch (scope.kind) {
    case 'key':
      return cache.delete(scope.key)
    case 'prefix':
      return cache.clearPrefix(scope.prefix)
    case 'tag':
      return cache.invalidateTags([scope.tag])
    case 'all':
      return cache.clear()
  }
}
