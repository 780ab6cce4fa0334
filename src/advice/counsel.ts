import type { Curve, LevelAdvice } from './advice.ts'

/** Fewer reads say nothing. */
const ENOUGH_READS = 2000
/** A gain is told from half a point on, and if it is more than the errors of the curves. */
const WORTH_TELLING = 0.005
/** A smaller size loses nothing that matters below this. */
const NO_LOSS = 0.005
/** Where the curve is further than this from what was measured at the present size, it is not to be trusted. */
const FAR_OFF = 0.05

/** What is said of one level, from which the words are made. */
export interface Findings extends Omit<LevelAdvice, 'advice'> {
  /** What is asked after this level: another, or the source. */
  readonly below: string
}

/** What another policy would do at the present size. */
interface Difference {
  readonly policy: string
  readonly by: number
}

interface Saying {
  readonly text: string
  /** Reads a minute that would be spared. */
  readonly worth: number
}

/** In words, the most useful first. Nothing is said that the figures do not bear out. */
export function counsel(findings: Findings): string[] {
  const { name, reads, size } = findings
  if (reads < ENOUGH_READS) {
    const few = reads === 0 ? 'No reads' : `Only ${amount(reads)} reads`
    return [`${few} of ${name} were seen of late: too few for advice.`]
  }
  if (size === undefined) return unknownSize(findings)
  const known = findings.curves.filter((curve) => placeOf(curve, size) !== undefined)
  const own = known.find(({ policy }) => policy === findings.policy)
  if (own === undefined) return unknownPolicy(findings, known, size)
  const doubt = Math.abs(at(own, size) - findings.hitRatio)
  if (doubt > FAR_OFF) {
    return [
      `The sample is ${points(doubt)} off what ${name} really did: no advice. It does better when the workload is steadier, or more is seen.`,
    ]
  }
  const others = differences(known, own, size)
  const gains = [...larger(findings, own, size), ...otherPolicies(findings, others)]
  gains.sort((a, b) => b.worth - a.worth)
  const smallest = smaller(findings, own, size)
  const losers = worse(findings, others)
  return [...gains.map(({ text }) => text), ...(smallest === undefined ? [] : [smallest]), ...losers]
}

/** Of doubling and quadrupling, what brings something; the greater one only if it brings half as much again. */
function larger(findings: Findings, own: Curve, size: number): Saying[] {
  const said: Saying[] = []
  let before = 0
  for (const [times, verb] of [
    [2, 'doubling'],
    [4, 'four times the size of'],
  ] as const) {
    const gain = change(own, size, times * size)
    if (gain === undefined || gain.by < WORTH_TELLING || gain.by <= gain.error || gain.by < 1.5 * before) continue
    before = gain.by
    const more = sizeText(findings, (times - 1) * size)
    const text = `${verb} ${findings.name} (+${more}) would raise its hit ratio from ${percent(findings.hitRatio)} to ${percent(Math.min(1, findings.hitRatio + gain.by))} and ${spared(findings, gain.by)}`
    // The less it costs the better: what is bought by the second doubling counts a third.
    said.push({ text: capital(text), worth: (gain.by * findings.readsPerMinute) / (times - 1) })
  }
  return said
}

/** The best of the other policies, if it is better. */
function otherPolicies(findings: Findings, others: readonly Difference[]): Saying[] {
  const best = others.reduce<Difference | undefined>((a, b) => (a !== undefined && a.by >= b.by ? a : b), undefined)
  if (best === undefined || best.by < 0) return []
  const text = `The policy ${best.policy} would raise the hit ratio of ${findings.name} from ${percent(findings.hitRatio)} to ${percent(Math.min(1, findings.hitRatio + best.by))} at its present size, and ${spared(findings, best.by)}`
  return [{ text, worth: best.by * findings.readsPerMinute }]
}

function worse(findings: Findings, others: readonly Difference[]): string[] {
  const losing = others.filter(({ by }) => by < 0)
  if (losing.length === 0) return []
  losing.sort((a, b) => a.by - b.by)
  const each = losing.map(({ policy, by }) => `${policy} ${points(-by)}`)
  return [`At the present size of ${findings.name}, other policies would lose: ${each.join(', ')}.`]
}

/** Other policies at the present size, those that are no different left out. */
function differences(known: readonly Curve[], own: Curve, size: number): Difference[] {
  return known
    .filter((curve) => curve !== own)
    .map((curve) => ({
      policy: curve.policy,
      by: at(curve, size) - at(own, size),
      error: errorAt(curve, size) + errorAt(own, size),
    }))
    .filter(({ by, error }) => Math.abs(by) >= WORTH_TELLING && Math.abs(by) > error)
}

/** The smallest size that would lose nothing that matters. */
function smaller(findings: Findings, own: Curve, size: number): string | undefined {
  for (const [part, words] of [
    [1 / 4, 'A quarter'],
    [1 / 2, 'Half'],
  ] as const) {
    const loss = change(own, size, size * part)
    if (loss === undefined || -loss.by > NO_LOSS || loss.error > 2 * NO_LOSS) continue
    const what = findings.unit === 'bytes' ? 'memory' : 'entries'
    return `${words} of the ${what} (${sizeText(findings, size * part)}) would lose ${lossText(Math.max(0, -loss.by))}.`
  }
  return undefined
}

/** A level that does not tell its size: what sizes would do. */
function unknownSize(findings: Findings): string[] {
  const [lru] = findings.curves
  const most = lru?.ratios.at(-1)
  if (lru === undefined || most === undefined || most < WORTH_TELLING) return []
  const said: string[] = []
  for (const part of [0.9, 0.5]) {
    const n = lru.ratios.findIndex((ratio) => ratio >= part * most)
    if (n <= 0 || lru.errors[n]! > 0.1 * most) continue
    const all = part === 0.9 ? `; with any amount of room, ${percent(most)}` : ''
    said.push(
      `Room for about ${sizeText(findings, lru.sizes[n]!)}, those read last, would let ${findings.name} answer ${percent(lru.ratios[n]!)} of this process's reads${all}.`,
    )
  }
  return said
}

/** A policy that has no shadow, or one that saw too few keys: what others would do, if that is known. */
function unknownPolicy(findings: Findings, known: readonly Curve[], size: number): string[] {
  const best = known.reduce<Curve | undefined>(
    (a, b) => (a !== undefined && at(a, size) >= at(b, size) ? a : b),
    undefined,
  )
  const by = best === undefined ? 0 : at(best, size) - findings.hitRatio
  if (best === undefined || by < WORTH_TELLING || by <= 2 * errorAt(best, size)) {
    if (known.length > 1) return []
    return [`${findings.name} is small for how often it is read: too few of its keys are sampled for advice.`]
  }
  return [
    `The policy ${best.policy} would raise the hit ratio of ${findings.name} from ${percent(findings.hitRatio)} to ${percent(at(best, size))}.`,
  ]
}

function change(curve: Curve, from: number, to: number): { readonly by: number; readonly error: number } | undefined {
  if (placeOf(curve, from) === undefined || placeOf(curve, to) === undefined) return undefined
  // Samples of the same reads: what they have in common is in both errors.
  return { by: at(curve, to) - at(curve, from), error: Math.max(errorAt(curve, from), errorAt(curve, to)) }
}

function at(curve: Curve, size: number): number {
  return curve.ratios[placeOf(curve, size) ?? -1] ?? 0
}

function errorAt(curve: Curve, size: number): number {
  return curve.errors[placeOf(curve, size) ?? -1] ?? 0
}

/** Where a curve tells of this size, as a whole number. */
function placeOf({ sizes }: Curve, size: number): number | undefined {
  const place = sizes.findIndex((each) => Math.abs(each - size) <= 0.5)
  return place === -1 ? undefined : place
}

function spared({ below, readsPerMinute }: Findings, gain: number): string {
  return `spare ${below} about ${amount(roughly(gain * readsPerMinute))} reads a minute.`
}

/** What is estimated has two digits. */
function roughly(n: number): number {
  return Number(n.toPrecision(2))
}

function sizeText({ unit }: Findings, size: number): string {
  return unit === 'entries' ? `${amount(size)} entries` : bytesText(size)
}

function bytesText(bytes: number): string {
  for (const [unit, factor] of [
    ['GB', 1e9],
    ['MB', 1e6],
    ['kB', 1e3],
  ] as const) {
    if (bytes >= factor) return `${amount(bytes / factor)} ${unit}`
  }
  return `${amount(bytes)} bytes`
}

/** Two digits, or all of a whole number below ten thousand. */
function amount(n: number): string {
  const digits = n < 10 ? n.toPrecision(2) : n < 10_000 ? n.toFixed(0) : Number(n.toPrecision(3)).toFixed(0)
  return Number(digits).toLocaleString('en-US')
}

function percent(ratio: number): string {
  return `${Number((100 * ratio).toFixed(ratio >= 0.1 && ratio <= 0.99 ? 0 : 1))} %`
}

function points(difference: number): string {
  const value = Number((100 * difference).toFixed(1))
  return value === 1 ? '1 point' : `${value} points`
}

function lossText(loss: number): string {
  return loss < 0.0005 ? 'next to nothing' : points(loss)
}

function capital(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1)
}
