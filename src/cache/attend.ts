import type { Parts } from './parts.ts'
import { CachePresence } from './presence.ts'
import { snapshot } from './snapshot.ts'

/** From now on the cache can be found by those that share its levels, and find them. */
export function attend(parts: Parts): void {
  const { levels, plan, world } = parts
  const places = levels.flatMap(({ name, traits: { meets } }) => {
    return meets === undefined ? [] : [{ level: name, meeting: meets }]
  })
  const cache = { name: plan.name, process: plan.presence, stats: () => snapshot(parts) }
  parts.presence = new CachePresence(cache, places, world)
}
