import type { World } from '../world/world.ts'

const FIRST = 64
const FEWEST = 8
const MOST = 1024
/** Batches grow while one takes less than this part of the time a call has, and shrink above twice that. */
const AIM = 1 / 8

/**
 * Hands in many things some at a time, one batch after the other, each a call with a deadline of its
 * own: how many there are does not make a call late. How large a batch may be shows in how long the
 * last one took.
 *
 * @param timeout milliseconds one call may take; all goes at once where there is no end to them
 */
export async function inBatches<A, T>(
  world: World,
  timeout: number,
  items: readonly A[],
  call: (some: readonly A[]) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  if (items.length <= FIRST || timeout === Number.POSITIVE_INFINITY) return call(items)
  const answers: T[] = []
  let size = FIRST
  for (let from = 0; from < items.length; ) {
    const began = world.mono()
    const some = items.slice(from, from + size)
    for (const answer of await call(some)) answers.push(answer)
    from += some.length
    const took = (world.mono() - began) / timeout
    if (took < AIM) size = Math.min(MOST, size * 2)
    else if (took > 2 * AIM) size = Math.max(FEWEST, Math.floor(size / 4))
  }
  return answers
}
