import type { PolicyName } from '../policies/index.ts'
import type { Curve } from './advice.ts'
import type { LevelShadows } from './level-shadows.ts'
import type { ReuseCurve } from './reuse-curve.ts'

/** A size of which fewer keys than this are sampled is not told. */
const FEWEST_KEYS = 32
/** Further sizes that bring less than this are not told, where the present size is not known. */
const FLAT = 0.0005
/** So many standard errors: what is told is further off in one case of twenty. */
const STANDARD_ERRORS = 2

/** What the level really did, under its own policy and at its own size. */
export interface Measured {
  readonly size: number | undefined
  readonly policy: string | undefined
  readonly hitRatio: number
}

/** Some size, before its error is known. */
interface Point {
  readonly size: number
  readonly ratio: number
  /** The standard error of its misses, a read. */
  readonly spread: number
  readonly thinning: number
}

/** What the shadows of a level say, of so many reads: LRU first, then the policy it has, then others. */
export function curvesOf(shadows: LevelShadows, reads: number, measured: Measured): Curve[] {
  const { reuse, miniatures } = shadows
  const weight = reuse.weightOfKey
  const curves = [lruCurve(reuse, reads, measured.size === undefined)]
  const names = [...new Set(miniatures.map(({ policy }) => policy))] as PolicyName[]
  names.sort((a, b) => Number(b === measured.policy) - Number(a === measured.policy))
  for (const name of names) {
    const own = miniatures.filter(({ policy }) => policy === name)
    const points = own.map((miniature) => ({
      size: miniature.size,
      ratio: miniature.ratio(reads),
      spread: reads === 0 ? 0 : miniature.spread / reads,
      thinning: miniature.thinning,
    }))
    curves.push(curveOf(name, points, weight))
  }
  const off = offBy(curves, measured)
  const honest = curves.map((curve) => ({ ...curve, errors: curve.errors.map((error) => Math.max(error, off)) }))
  return honest.filter(({ policy, sizes }) => policy === 'lru' || sizes.length > 0)
}

/** @param trims whether sizes are left out at which nothing changes any more */
export function lruCurve(reuse: ReuseCurve, reads: number, trims: boolean): Curve {
  const { thinning } = reuse
  const ratios = reuse.ratios(reads)
  const last = ratios.at(-1) ?? 0
  const flat = ratios.findIndex((ratio) => ratio >= last - FLAT)
  const spreads = reuse.spreads()
  const all = ratios.map((ratio, n) => ({
    size: reuse.sizes[n]!,
    ratio,
    spread: reads === 0 ? 0 : spreads[n]! / reads,
    thinning,
  }))
  return curveOf('lru', trims ? all.slice(0, flat + 2) : all, reuse.weightOfKey)
}

/** @param weight of a key */
function curveOf(policy: PolicyName, points: readonly Point[], weight: number): Curve {
  const kept = points.filter(({ size, thinning }) => thinning === 0 || size / weight >= FEWEST_KEYS * (thinning + 1))
  return {
    policy,
    sizes: kept.map(({ size }) => size),
    ratios: kept.map(({ ratio }) => ratio),
    errors: kept.map((point) => errorOf(point, points, weight)),
  }
}

/**
 * How far a ratio may be off because a share of the keys was sampled. Two things are up to chance: how many misses
 * the sampled keys make, and how many keys there are in the sample for its room, which moves the curve along the
 * axis of sizes. They go together: more keys make more misses. Nothing is left to chance where all keys were seen.
 */
function errorOf({ size, ratio, spread, thinning }: Point, points: readonly Point[], weight: number): number {
  if (thinning === 0) return 0
  const shift = STANDARD_ERRORS * Math.sqrt((thinning * weight) / size)
  const below = ratioAt(points, size / (1 + shift))
  const above = ratioAt(points, size * (1 + shift))
  return Math.min(1, STANDARD_ERRORS * spread + Math.max(Math.abs(ratio - below), Math.abs(above - ratio)))
}

/** Between sizes in proportion, on a logarithmic axis. */
function ratioAt(points: readonly Point[], size: number): number {
  const n = points.findIndex((point) => point.size >= size)
  if (n === -1) return points.at(-1)!.ratio
  const next = points[n]!
  const before = points[n - 1]
  if (before === undefined) return (next.ratio * size) / next.size
  const part = Math.log(size / before.size) / Math.log(next.size / before.size)
  return before.ratio + part * (next.ratio - before.ratio)
}

/** How far what was told of the present policy and size is from what really happened there. */
function offBy(curves: readonly Curve[], { size, policy, hitRatio }: Measured): number {
  const own = curves.find((curve) => curve.policy === policy)
  const at = size === undefined ? -1 : (own?.sizes.indexOf(size) ?? -1)
  return at === -1 ? 0 : Math.abs(own!.ratios[at]! - hitRatio)
}
