import type { LevelQueue } from '../level.ts'
import type { Policy, PolicyQueue, Slot } from '../policies/policy.ts'

/** Up to `most` keys of each queue of a policy; `undefined` where it has one order alone. `now` is monotonic. */
export function queuesOf(
  policy: Policy,
  keyAt: (slot: Slot) => string,
  most: number,
  now: number,
): readonly LevelQueue[] | undefined {
  return policy.queues?.().map((queue) => levelQueue(queue, keyAt, most, now))
}

function levelQueue(
  { name, slots, weight, counts, hand, remembered }: PolicyQueue,
  keyAt: (slot: Slot) => string,
  most: number,
  now: number,
): LevelQueue {
  const keys: string[] = []
  const numbers: number[] = []
  for (const slot of slots) {
    if (keys.length === most) break
    keys.push(keyAt(slot))
    // A monotonic moment says nothing outside of this process.
    if (counts !== undefined) numbers.push(counts.what === 'deadline' ? counts.of(slot) - now : counts.of(slot))
  }
  return {
    name,
    weight,
    remembered,
    hand: hand === undefined || hand === 0 ? undefined : keyAt(hand),
    counts: counts?.what === 'deadline' ? 'left' : counts?.what,
    keys,
    numbers,
  }
}
