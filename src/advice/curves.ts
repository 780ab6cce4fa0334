import type { PolicyName } from '../policies/index.ts'
import type { Curve } from './advice.ts'
import type { LevelShadows } from './level-shadows.ts'
import type { ReuseCurve } from './reuse-curve.ts'

/** A size that is fewer sampled keys than this is not told. */
const FEWEST_KEYS = 4
/** Further sizes that bring less than this are not told, where the present size is not known. */
const FLAT = 0.0005

/** What the shadows of a level say, of so many reads: LRU first, then the policy it has, then others. */
export function curvesOf(shadows: LevelShadows, reads: number, policy: string | undefined, trims: boolean): Curve[] {
  const curves = [lruCurve(shadows.reuse, reads, trims)]
  const names = [...new Set(shadows.miniatures.map((miniature) => miniature.policy))] as PolicyName[]
  names.sort((a, b) => Number(b === policy) - Number(a === policy))
  for (const name of names) {
    const own = shadows.miniatures.filter((miniature) => miniature.policy === name)
    const ratios = own.map((miniature) => miniature.ratio(reads))
    curves.push({
      policy: name,
      sizes: own.map(({ size }) => size),
      ratios,
      errors: own.map(({ rate, seen }, n) => errorOf(1 - ratios[n]!, seen, rate)),
    })
  }
  return curves
}

/** @param trims whether sizes are left out at which nothing changes any more */
export function lruCurve(reuse: ReuseCurve, reads: number, trims: boolean): Curve {
  const { rate } = reuse
  const all = reuse.ratios(reads)
  const last = all.at(-1) ?? 0
  const flat = all.findIndex((ratio) => ratio >= last - FLAT)
  const kept = [...reuse.sizes.keys()].filter((n) => {
    return (rate === 1 || reuse.sizes[n]! * rate >= FEWEST_KEYS) && (!trims || n <= flat + 1)
  })
  const ratios = kept.map((n) => all[n]!)
  return {
    policy: 'lru',
    sizes: kept.map((n) => reuse.sizes[n]!),
    ratios,
    errors: ratios.map((ratio) => errorOf(1 - ratio, (1 - ratio) * reads * rate, rate)),
  }
}

/** Two standard errors of a share of misses, of which so many were seen. Nothing is left to chance where all keys were. */
function errorOf(misses: number, seen: number, rate: number): number {
  if (rate >= 1) return 0
  return seen < 1 ? 1 : Math.min(1, (2 * misses) / Math.sqrt(seen))
}
