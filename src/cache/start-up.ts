import type { Plan } from '../plan.ts'
import { followAll } from './follow.ts'
import { makeParts, type Parts } from './parts.ts'
import { CachePresence } from './presence.ts'
import { snapshot } from './snapshot.ts'

/** The parts of a new cache, which hear of what other processes do from now on. */
export function startUp(plan: Plan): Parts {
  const parts = makeParts(plan)
  followAll(parts)
  attend(parts)
  return parts
}

/** From now on the cache can be found by those that share its levels, and find them. */
function attend(parts: Parts): void {
  const { levels, plan } = parts
  const places = levels.flatMap(({ name, traits: { meets } }) => {
    return meets === undefined ? [] : [{ level: name, meeting: meets }]
  })
  const cache = { name: plan.name, process: plan.presence, stats: () => snapshot(parts) }
  // In the world outside: nobody waits for an answer to who is there.
  parts.presence = new CachePresence(cache, places, plan.world)
}
