import { keyOfStored } from '../../entry/key-text.ts'
import type { Invalidation } from '../ledger.ts'
import { scopesIn } from './replies.ts'

/** The longest notice that is read, in characters: a step names what one call was given. */
const LONGEST = 8 * 1024 * 1024

/** What a notice on the feed says. */
export type Notice =
  | { readonly kind: 'invalidated'; readonly shard: number; readonly step: Invalidation }
  | { readonly kind: 'settled'; readonly shard: number; readonly keys: readonly string[] }

/** Reads what came over the feed. Anybody may publish there: `undefined` for whatever is no notice. */
export function noticeIn(text: string, shards: number): Notice | undefined {
  if (text.length > LONGEST) return undefined
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return undefined
  }
  if (parsed === null || typeof parsed !== 'object') return undefined
  const { s: shard, r: reign, e: era, l: link, p: prev, o: origin, c, d } = parsed as Record<string, unknown>
  if (!isWhole(shard) || shard >= shards) return undefined
  if (d !== undefined) {
    const keys = keysIn(d)
    return keys && { kind: 'settled', shard, keys }
  }
  const scopes = scopesIn(c)
  if (scopes === undefined || !isWhole(era) || era < 1) return undefined
  if (!isName(reign, 16) || !isName(link, 12) || !isName(prev, 12) || !isName(origin, 16)) return undefined
  return { kind: 'invalidated', shard, step: { reign, era, link, prev, origin, scopes } }
}

function keysIn(texts: unknown): readonly string[] | undefined {
  if (!Array.isArray(texts)) return undefined
  const keys = texts.map((text) => (typeof text === 'string' ? keyOfStored(text) : undefined))
  return keys.every((key) => key !== undefined) ? keys : undefined
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isName(value: unknown, digits: number): value is string {
  return typeof value === 'string' && value.length === digits && /^[0-9a-f]+$/.test(value)
}
