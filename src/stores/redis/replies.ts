import { keyOfStored } from '../../entry/key-text.ts'
import type { Scope } from '../../entry/scope.ts'
import { EVERYTHING, keepsStale, keyScope, movedScope, softened } from '../../entry/scope.ts'
import { TerraceError } from '../../errors.ts'
import type { Keeping } from '../../level.ts'
import type { Invalidation, News, Step } from '../ledger.ts'

/** The text in an answer; an empty one where there is none. */
export function textOf(reply: unknown): string {
  if (typeof reply === 'string') return reply
  if (reply instanceof Uint8Array) return Buffer.from(reply.buffer, reply.byteOffset, reply.byteLength).toString()
  return typeof reply === 'number' || typeof reply === 'bigint' ? String(reply) : ''
}

/** The list in an answer. @throws TerraceError if it is none: somebody else's script, or no Redis */
export function listOf(reply: unknown): readonly unknown[] {
  if (Array.isArray(reply)) return reply
  throw new TerraceError('ERR_UNSUPPORTED', 'the answer of the server is of another shape than Redis gives')
}

/** The first five parts of the answer of every step. */
export function stepIn(parts: readonly unknown[]): Step {
  const [reign, era, link, prev, time] = parts
  return {
    reign: textOf(reign),
    era: Number(textOf(era)),
    link: textOf(link),
    prev: textOf(prev),
    time: Number(textOf(time)),
  }
}

export function keepingsIn(reply: unknown): Keeping[] {
  return Array.from(textOf(reply), (letter) => (letter === 'k' ? 'kept' : letter === 'r' ? 'refused' : 'superseded'))
}

export function newsIn(parts: readonly unknown[]): News {
  const step = stepIn(parts)
  if (textOf(parts[5]) === 'since') {
    return { ...step, kind: 'since', steps: parts.slice(6).map((row) => loggedStep(step.reign, listOf(row))) }
  }
  const [all, horizon, prefixes, tags] = parts.slice(6)
  const floors = {
    all: Number(textOf(all)),
    horizon: Number(textOf(horizon)),
    prefixes: floorsIn(listOf(prefixes)),
    tags: floorsIn(listOf(tags)),
  }
  return { ...step, kind: 'whole', floors }
}

/** Stands in the log for keys whose names were too long for it. */
const CURTAILED = 'x'

function loggedStep(reign: string, [era, link, prev, origin, scopes]: readonly unknown[]): Invalidation {
  const texts: unknown = JSON.parse(textOf(scopes))
  const isCurtailed = Array.isArray(texts) && texts.at(-1) === CURTAILED
  const read = scopesIn(isCurtailed ? texts.slice(0, -1) : texts)
  if (read === undefined) throw new TerraceError('ERR_UNSUPPORTED', 'the log of a shard holds what is no step')
  const link_ = textOf(link)
  const step = {
    reign,
    era: Number(textOf(era)),
    link: link_,
    prev: textOf(prev),
    origin: textOf(origin),
    scopes: read,
  }
  return isCurtailed ? { ...step, isCurtailed } : step
}

/** Names and scores by turns, or in pairs, as the protocol's third version gives them. */
function floorsIn(rows: readonly unknown[]): (readonly [string, number])[] {
  const flat = rows.flat()
  const floors: (readonly [string, number])[] = []
  for (let n = 0; n + 1 < flat.length; n += 2) {
    const name = keyOfStored(textOf(flat[n]))
    if (name !== undefined) floors.push([name, Number(textOf(flat[n + 1]))])
  }
  return floors
}

/** Scopes as the log and the feed are told them: a letter for the kind, a capital one for those that keep what is stale, then the name as text. */
export function scopeText(scope: Scope, stored: (name: string) => string): string {
  const text = letterAndName(scope, stored)
  return keepsStale(scope) ? text[0]!.toUpperCase() + text.slice(1) : text
}

function letterAndName(scope: Scope, stored: (name: string) => string): string {
  if (scope.kind === 'key') return `${scope.moved === true ? 'm' : 'k'}${stored(scope.key)}`
  if (scope.kind === 'prefix') return `p${stored(scope.prefix)}`
  return scope.kind === 'tag' ? `t${stored(scope.tag)}` : 'a'
}

/** The scopes in what was parsed; `undefined` if anything in it is no scope. */
export function scopesIn(texts: unknown): readonly Scope[] | undefined {
  if (!Array.isArray(texts)) return undefined
  const scopes: Scope[] = []
  for (const text of texts) {
    if (typeof text !== 'string' || text.length === 0) return undefined
    const name = keyOfStored(text.slice(1))
    if (name === undefined) return undefined
    if (text[0] === 'k') scopes.push(keyScope(name))
    else if (text[0] === 'm') scopes.push(movedScope(name))
    else if (text[0] === 'p') scopes.push({ kind: 'prefix', prefix: name })
    else if (text[0] === 't') scopes.push({ kind: 'tag', tag: name })
    else if (text[0] === 'P') scopes.push({ kind: 'prefix', prefix: name, keepsStale: true })
    else if (text[0] === 'T') scopes.push({ kind: 'tag', tag: name, keepsStale: true })
    else if (text === 'a') scopes.push(EVERYTHING)
    else if (text === 'A') scopes.push(softened(EVERYTHING))
    else return undefined
  }
  return scopes
}
