import type { FleetNode } from './fleet-node.ts'
import type { Scene } from './scene.ts'

/**
 * Up to which moment whoever asks now must know of what others changed. Where a process hears nothing of that and
 * stands still, what it had asked for before lives as long as it would have without.
 */
export function mustFollowAt(scene: Scene, { world: { stood } }: FleetNode): number {
  const time = scene.world.mono()
  const lag = lagOf(scene)
  return scene.climate.ledgers === 0 && time - stood.until < lag ? stood.from - lag : time - lag
}

/**
 * When what is answered now may have been looked for: a process may stand still for longer than values live, and who
 * asks as it goes on joins who had asked before.
 */
export function lookedForAt({ climate, world }: Scene, { world: { stood } }: FleetNode): number {
  const time = world.mono()
  return time - stood.until < 2 * climate.timeout ? stood.from : time
}

/** How long after a change others may still read what was before, in milliseconds. */
function lagOf({ climate, deafUntil, world }: Scene): number {
  const { mood, hasFeed, latency, losing, noticing, maxStaleness, timeout } = climate
  const slow = maxStaleness + timeout
  if (mood === 'storm' || !hasFeed) return slow
  // What the feed has missed it asks for when it is interrupted.
  const prompt = 3 * noticing + 4 * latency + 10
  const sinceDeaf = world.mono() - deafUntil
  if (mood === 'calm') return prompt
  return losing === 0 && sinceDeaf > prompt ? prompt : slow
}
