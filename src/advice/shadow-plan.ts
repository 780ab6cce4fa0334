import { type PolicyName, policies } from '../policies/index.ts'
import { RecencyOrder } from './recency-order.ts'
import { Spread } from './spread.ts'

/** What shadows one level is given, within a bound of memory. */
export interface ShadowPlan {
  /** Sizes at which other policies are tried, rising, and how many entries their miniatures have. */
  readonly sizes: readonly number[]
  readonly miniatures: readonly { readonly policy: PolicyName; readonly most: number }[]
  /** Sizes at which LRU is told. */
  readonly lruSizes: readonly number[]
  /** Keys in the sample for it. */
  readonly sampled: number
  /** What all of it takes at most, as planned. */
  readonly bytes: number
}

/** What an entry of a miniature takes, what a miniature takes besides, and how many entries it has where there is room. */
interface Cost {
  readonly entry: number
  readonly fixed: number
  readonly most: number
}

/** Index and list of free numbers of a miniature: 16 to 24 bytes an entry. */
const INDEX = 24
const WEIGHTS = 16
/** Measured as heap and buffers together (`test/advice/memory.test.ts`). */
const COSTS: Readonly<Record<PolicyName, Cost>> = {
  lru: { entry: 8, fixed: 1500, most: 512 },
  fifo: { entry: 8, fixed: 1500, most: 512 },
  random: { entry: 8, fixed: 1500, most: 512 },
  ttl: { entry: 24, fixed: 3500, most: 512 },
  lfu: { entry: 24, fixed: 2000, most: 512 },
  sieve: { entry: 9, fixed: 1700, most: 1024 },
  s3Fifo: { entry: 25, fixed: 2500, most: 512 },
  // Nearly all of it is its own shadows.
  wTinyLfu: { entry: 18, fixed: 77_000, most: 512 },
}

const FACTORS: readonly (readonly number[])[] = [
  [1 / 4, 1 / 2, 1, 2, 4],
  [1 / 2, 1, 2],
]
const PARTS = [4, 2, 1, 3 / 4, 1 / 2, 3 / 8, 1 / 4]
/** A miniature of fewer entries shows nothing. */
const FEWEST = 64
const MOST_SAMPLED = 65_536
/** The sample takes this part of the memory, or more. */
const SAMPLE_PART = 1 / 6
/** What the log, the objects and the results take. */
const OVERHEAD = 24_000
/** LRU is told from this part of the present size on, in steps of a quarter of a doubling. */
const SMALLEST = 1 / 16
const STEPS = 4

/**
 * What fits in `bytes` of memory, for a level of this size: as many policies as can be, the present one
 * before all others; of each as many sizes as can be, and as many entries.
 *
 * @param wanted policies, without LRU, which is told from the sample
 * @param weighs whether the size is in bytes
 */
export function shadowPlan(bytes: number, size: number, wanted: readonly PolicyName[], weighs: boolean): ShadowPlan {
  const least = Math.min(bytes * SAMPLE_PART, MOST_SAMPLED * RecencyOrder.bytesPerKey)
  for (let some = wanted; ; some = some.slice(0, -1)) {
    for (const factors of FACTORS) {
      const sizes = distinct(factors.map((factor) => size * factor))
      const lruSizes = steps(size * SMALLEST, sizes.at(-1)!)
      for (const part of PARTS) {
        const miniatures = some
          .filter((policy) => policy !== 'lru' && policy in policies)
          .map((policy) => ({ policy, most: entriesOf(policy, part) }))
        const each = miniatures.reduce((sum, one) => sum + costOf(one.policy, one.most, weighs), 0)
        const taken = OVERHEAD + lruSizes.length * Spread.bytesPerCount + each * sizes.length
        const sampled = Math.min(MOST_SAMPLED, Math.floor((bytes - taken) / RecencyOrder.bytesPerKey))
        if (sampled * RecencyOrder.bytesPerKey < least && some.length > 0) continue
        const kept = Math.max(FEWEST, sampled)
        const total = taken + kept * RecencyOrder.bytesPerKey
        return { sizes, miniatures, lruSizes, sampled: kept, bytes: total }
      }
    }
  }
}

/** Whole sizes between these, each about a fifth above the one before. Doublings and halves of the greatest are among them. */
export function steps(least: number, most: number): number[] {
  const sizes: number[] = []
  for (let size = most, n = 0; size >= Math.max(1, least) * 0.999; size = most * 2 ** (-++n / STEPS)) sizes.push(size)
  return distinct(sizes.reverse())
}

function distinct(sizes: readonly number[]): number[] {
  return [...new Set(sizes.map((size) => Math.max(1, Math.round(size))))]
}

/** W-TinyLFU has larger shadows, of all sizes, just below a power of two. */
function entriesOf(policy: PolicyName, part: number): number {
  const most = COSTS[policy].most * part
  return Math.max(FEWEST, policy === 'wTinyLfu' ? 2 ** Math.ceil(Math.log2(most)) : most)
}

function costOf(policy: PolicyName, most: number, weighs: boolean): number {
  const { entry, fixed } = COSTS[policy]
  return fixed + Spread.bytesPerCount + most * (entry + INDEX + (weighs ? WEIGHTS : 0))
}
