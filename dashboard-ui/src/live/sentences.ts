import type { Happening, ScopeText } from '../../../src/dashboard/protocol.ts'
import { isolated, quoted } from './given.tsx'
import { lasting, placeWords } from './words.ts'

/** Why a stale copy was the answer. */
export const WHY_STALE: Readonly<Record<'failed' | 'slow' | 'spared', string>> = {
  failed: 'the source failed',
  slow: 'the source is slow',
  spared: 'the source is spared',
}

const WHY_SHED: Readonly<Record<'full' | 'late' | 'displaced', string>> = {
  full: 'the line was full',
  late: 'it had waited too long',
  displaced: 'something more important came',
}

const DIFFERENT = { value: 'another value', invalidated: 'what was invalidated' } as const

/**
 * What an operator should know, in a sentence; `undefined` for the daily round. What has the same `kind` is the same
 * trouble, with another key or at another time.
 */
export function noteOf(
  event: Happening,
  names: readonly string[],
): { readonly kind: string; readonly text: string } | undefined {
  const level = 'level' in event ? (names[event.level] ?? 'a level') : ''
  const note = (text: string, more = ''): { kind: string; text: string } => ({
    kind: `${event.type} ${level} ${more}`,
    text,
  })
  switch (event.type) {
    case 'stale':
      return note(
        `${quoted(event.key)} was answered with a stale copy of ${level}: ${WHY_STALE[event.reason]}.`,
        event.reason,
      )
    case 'fetchFailed':
      return note(`The fetch of ${listed(event)} failed after ${lasting(event.duration)}: ${isolated(event.error)}`)
    case 'retried':
      return note(
        `The fetch of ${listed(event)} is tried again in ${lasting(event.delay)} (attempt ${event.attempt}): ${isolated(event.error)}`,
      )
    case 'shed':
      return note(`The fetch of ${listed(event)} was not let through: ${WHY_SHED[event.reason]}.`, event.reason)
    case 'inconsistent':
      return note(
        `${level} serves ${DIFFERENT[event.because]} for ${quoted(event.key)}, seen for ${lasting(event.duration)} beside ${event.against}.`,
        `${event.against} ${event.because}`,
      )
    case 'mismatched':
      return note(`What ${level} holds for ${quoted(event.key)} does not fit its schema: ${isolated(event.error)}`)
    case 'refused':
      return note(`${level} cannot keep ${quoted(event.key)}: ${isolated(event.error)}`)
    case 'damaged':
      return note(`What ${level} holds for ${quoted(event.key)} is damaged: ${isolated(event.error)}`)
    case 'levelFailed':
      return note(`${level} failed (${event.operation}): ${isolated(event.error)}`, event.operation)
    case 'levelCaughtUp':
      return note(`${level} was told ${event.scopes} invalidations that it had missed.`)
    case 'breaker': {
      const who = event.part === undefined ? level : `${event.part} of ${level}`
      return note(
        event.state === 'open'
          ? `${who} is not asked for a while.`
          : event.state === 'closed'
            ? `${who} answers again.`
            : `${who} is tried again.`,
      )
    }
    case 'lost':
      return note(`What was invalidated in ${level} cannot be told: all held above it was dropped.`)
    case 'hearing':
      return note(
        event.hearing === 'nothing'
          ? `The feed of ${level} is not heard: what is held above it lives for a short time.`
          : `The feed of ${level} is heard again.`,
        event.hearing,
      )
    case 'unannounced':
      return note(`The feed of ${level} does not take what this process changed: it is tried again.`)
    case 'warning':
      return note(`${level}: ${isolated(event.text)}`)
    default:
      return undefined
  }
}

/** What another process has invalidated, which level tells of it, and what became of it in those above. */
export function heardStory(scope: ScopeText, level: number, names: readonly string[]): string {
  const named = (n: number): string => names[n] ?? `L${n + 1}`
  const above = Array.from({ length: Math.max(0, level) }, (_, n) => named(n)).join(' and ')
  const isSoft = scope.kind !== 'key' && scope.keepsStale === true
  // Whoever sets a key invalidates what others hold of it: the two sound alike.
  const changed = scope.kind === 'key' ? 'set or invalidated' : isSoft ? 'expired' : 'invalidated'
  const left = above === '' ? '' : isSoft ? `: what ${above} held is stale` : `: it left ${above}`
  const words = placeWords(scope)
  return `${words[0]!.toUpperCase()}${words.slice(1)} was ${changed} by another process, as ${named(level)} tells${left}.`
}

function listed({ keys, more }: { readonly keys: readonly string[]; readonly more: number }): string {
  const others = keys.length - 1 + more
  return `${quoted(keys[0]!)}${others === 0 ? '' : ` and ${others} more`}`
}
