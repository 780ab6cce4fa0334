import type { BreakerState } from '../events.ts'
import type { Hearing } from '../level.ts'
import { LONGEST_ANSWER } from '../stores/meeting.ts'

/** What a process tells of one of its levels. */
export interface PresentLevel {
  readonly name: string
  /** Its own: hits by reads of this level, since the cache was made. */
  readonly hitRatio: number
  /** Entries held; `undefined` where the level cannot tell without being asked. */
  readonly size: number | undefined
  /** Invalidations it has missed and not yet been told. */
  readonly pending: number
  readonly breaker: BreakerState
  readonly hearing: Hearing | undefined
  /** Whether it is known to hear of everything. */
  readonly proven: boolean | undefined
}

/** How long ago a process heard a call, in milliseconds, by its own clock. */
export interface Echo {
  readonly caller: string
  readonly number: number
  readonly held: number
}

/** One cache of one process, as it tells of itself. */
export interface Presence {
  /** 16 hexadecimal digits, others for each cache. */
  readonly id: string
  readonly cache: string
  readonly process: string
  /** Of this package. */
  readonly version: string
  /** Milliseconds since the cache was made. */
  readonly uptime: number
  /** Since the answer before; `undefined` in the first. */
  readonly readsPerSecond: number | undefined
  /** Since the cache was made. */
  readonly hitRatio: number
  readonly levels: readonly PresentLevel[]
  /** Milliseconds to its next answer, at the latest. */
  readonly every: number
  readonly echoes: readonly Echo[]
}

const VERSION = 1
const ID = /^[0-9a-f]{16}$/
/** Characters of a name that are told. */
const LONGEST_NAME = 100
const MOST_LEVELS = 10
const MOST_ECHOES = 4
const LONGEST_PAUSE = 120_000
const BREAKERS = ['closed', 'open', 'probing'] as const
const HEARINGS = ['feed', 'pulse', 'nothing'] as const

/** The text of a presence, at most {@link LONGEST_ANSWER} characters with what it is marked by. */
export function presenceText(presence: Presence): string {
  const { id, cache, process, version, uptime, readsPerSecond, hitRatio, levels, every, echoes } = presence
  const told = {
    v: VERSION,
    i: id,
    c: short(cache),
    p: short(process),
    r: short(version),
    u: Math.round(uptime),
    s: readsPerSecond === undefined ? null : rounded(readsPerSecond),
    h: rounded(hitRatio),
    e: Math.round(every),
    o: echoes.slice(0, MOST_ECHOES).map(({ caller, number, held }) => [caller, number, rounded(held)]),
  }
  // Names may be escaped to six times their length: then only their beginnings are told.
  for (let most = LONGEST_NAME; ; most = Math.floor(most / 2)) {
    const l = levels.slice(0, MOST_LEVELS).map((level) => packed(level, most))
    const text = JSON.stringify({ ...told, c: told.c.slice(0, most), p: told.p.slice(0, most), l })
    if (text.length <= LONGEST_ANSWER - 100 || most === 0) return text
  }
}

/** The presence in a text that anybody may have sent; `undefined` if there is none. */
export function presenceIn(text: string): Presence | undefined {
  if (text.length > LONGEST_ANSWER) return undefined
  try {
    const told = JSON.parse(text)
    const { v, i: id, c: cache, p: process, r: version, u: uptime, s, h: hitRatio, e: every, l, o } = told
    if (v !== VERSION || typeof id !== 'string' || !ID.test(id)) return undefined
    if (!isName(cache) || !isName(process) || !isName(version)) return undefined
    if (!isAmount(uptime) || !isShare(hitRatio) || !isAmount(every) || every > LONGEST_PAUSE) return undefined
    if (s !== null && !isAmount(s)) return undefined
    if (!Array.isArray(l) || l.length > MOST_LEVELS || !Array.isArray(o) || o.length > MOST_ECHOES) return undefined
    const levels = l.map(unpacked)
    const echoes = o.map(echoIn)
    if (!levels.every((level) => level !== undefined) || !echoes.every((echo) => echo !== undefined)) return undefined
    return { id, cache, process, version, uptime, readsPerSecond: s ?? undefined, hitRatio, levels, every, echoes }
  } catch {
    return undefined
  }
}

function packed({ name, hitRatio, size, pending, breaker, hearing, proven }: PresentLevel, most: number): unknown[] {
  const hears = hearing === undefined ? -1 : HEARINGS.indexOf(hearing)
  const isProven = proven === undefined ? -1 : Number(proven)
  return [name.slice(0, most), rounded(hitRatio), size ?? null, pending, BREAKERS.indexOf(breaker), hears, isProven]
}

function unpacked(parts: unknown): PresentLevel | undefined {
  if (!Array.isArray(parts)) return undefined
  const [name, hitRatio, size, pending, breaker, hearing, proven] = parts as unknown[]
  if (!isName(name) || !isShare(hitRatio) || !isAmount(pending)) return undefined
  if (size !== null && !isAmount(size)) return undefined
  const state = BREAKERS[breaker as number]
  if (typeof breaker !== 'number' || typeof hearing !== 'number' || state === undefined) return undefined
  return {
    name,
    hitRatio,
    size: size ?? undefined,
    pending,
    breaker: state,
    hearing: HEARINGS[hearing],
    proven: proven === 0 ? false : proven === 1 ? true : undefined,
  }
}

function echoIn(parts: unknown): Echo | undefined {
  if (!Array.isArray(parts)) return undefined
  const [caller, number, held] = parts as unknown[]
  if (typeof caller !== 'string' || !ID.test(caller) || !isAmount(number) || !isAmount(held)) return undefined
  return { caller, number, held }
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= LONGEST_NAME
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER
}

function isShare(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1
}

function short(name: string): string {
  return name.slice(0, LONGEST_NAME)
}

function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000
}
