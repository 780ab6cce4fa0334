import { hash } from 'node:crypto'
import { keepsStale, type Scope, softened } from '../entry/scope.ts'

/**
 * What one process tells all others. Whoever can publish on the feed can also forge it; so nothing in
 * it is believed but that something was changed: see {@link FeedLog}.
 */
export interface FeedNotice {
  /** Who: 16 hexadecimal digits. */
  readonly origin: string
  /** The mark of the notice with scopes that it sent before this one; empty before the first. */
  readonly after: string
  /** Random: nobody can say in advance what the mark of a notice will be. */
  readonly salt: string
  /** When, by its own monotonic clock. */
  readonly sent: number
  /** Milliseconds until its next sign of life, at the latest; 0 in its last one. */
  readonly every: number
  /** What it has changed; nothing in a sign of life. */
  readonly scopes: readonly Scope[]
}

const VERSION = 1
const MOST_SCOPES = 10_000
const LONGEST_TEXT = 16 * 2 ** 20
const LONGEST_PAUSE = 24 * 3_600_000
const ORIGIN = /^[0-9a-f]{16}$/
const MARK = /^[\w-]{0,43}$/

/** The text of a notice: JSON with short names, for it goes to every process. */
export function noticeText({ origin, after, salt, sent, every, scopes }: FeedNotice): string {
  return JSON.stringify({ v: VERSION, o: origin, a: after, s: salt, t: sent, e: every, x: scopes.map(packed) })
}

/** The notice in a text that anybody may have sent; `undefined` if there is none. */
export function noticeIn(text: string): FeedNotice | undefined {
  if (text.length > LONGEST_TEXT) return undefined
  try {
    const { v, o: origin, a: after, s: salt, t: sent, e: every, x } = JSON.parse(text)
    if (v !== VERSION || typeof origin !== 'string' || !ORIGIN.test(origin)) return undefined
    if (!isMark(after) || !isMark(salt) || !Number.isFinite(sent)) return undefined
    if (!Number.isFinite(every) || every < 0 || every > LONGEST_PAUSE) return undefined
    if (!Array.isArray(x) || x.length > MOST_SCOPES) return undefined
    const scopes = x.map(unpacked)
    if (!scopes.every((scope) => scope !== undefined)) return undefined
    return { origin, after, salt, sent, every, scopes }
  } catch {
    return undefined
  }
}

/**
 * The mark of a notice with scopes: a hash of everything its process has told up to and with it. The
 * moment it was sent is left out, for a notice that is sent again is the same.
 */
export function markOf({ after, salt, scopes }: Pick<FeedNotice, 'after' | 'salt' | 'scopes'>): string {
  return hash('sha256', JSON.stringify([after, salt, scopes.map(packed)]), 'base64url')
}

function isMark(mark: unknown): mark is string {
  return typeof mark === 'string' && MARK.test(mark)
}

/** A letter for the kind, a capital one for those that keep what is stale. */
function packed(scope: Scope): readonly string[] {
  const [kind, ...name] = letterAndName(scope)
  return keepsStale(scope) ? [kind.toUpperCase(), ...name] : [kind, ...name]
}

function letterAndName(scope: Scope): readonly [string, ...string[]] {
  if (scope.kind === 'key') return ['k', scope.key]
  if (scope.kind === 'prefix') return ['p', scope.prefix]
  return scope.kind === 'tag' ? ['t', scope.tag] : ['a']
}

function unpacked(pair: unknown): Scope | undefined {
  if (!Array.isArray(pair)) return undefined
  const [letter, name] = pair as unknown[]
  if (letter !== 'P' && letter !== 'T' && letter !== 'A') return scopeOf(letter, name)
  const scope = scopeOf(letter.toLowerCase(), name)
  return scope && softened(scope)
}

function scopeOf(kind: unknown, name: unknown): Scope | undefined {
  if (kind === 'a') return { kind: 'all' }
  if (typeof name !== 'string') return undefined
  if (kind === 'k') return { kind: 'key', key: name }
  if (kind === 'p') return { kind: 'prefix', prefix: name }
  return kind === 't' ? { kind: 'tag', tag: name } : undefined
}
