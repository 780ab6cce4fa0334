import { pause } from '../world/pause.ts'
import type { World } from '../world/world.ts'
import { keyText } from './key-text.ts'
import type { KeysAnswer } from './protocol.ts'
import type { ShownCache } from './shown-cache.ts'

/** Milliseconds a search may take. */
const LONGEST = 2000
/** Keys listed before others get a turn. */
const A_TURN = 500

/** Up to `most` keys that start with `prefix`, as far as they are found in time. */
export async function findKeys(
  cache: ShownCache,
  prefix: string,
  most: number,
  world: World,
): Promise<Omit<KeysAnswer, 'cache'>> {
  const found: string[] = []
  const listing = cache.keys(prefix)
  const late = Promise.withResolvers<'late'>()
  const cancel = world.after(LONGEST, () => late.resolve('late'), true)
  let isComplete = false
  try {
    while (found.length <= most) {
      const next = await Promise.race([listing.next(), late.promise])
      if (next === 'late') break
      isComplete = next.done === true
      if (isComplete) break
      found.push(next.value!)
      if (found.length % A_TURN === 0) await pause(world, 0)
    }
  } finally {
    cancel()
    // Nobody waits for a level that does not answer.
    world.background(
      Promise.resolve(listing.return()).then(() => undefined),
      'ending a search for keys',
    )
  }
  // One more than wanted was looked for: so it is known whether there is more.
  const keys = found.slice(0, most).sort().map(keyText)
  return { keys, complete: isComplete && found.length <= most }
}
