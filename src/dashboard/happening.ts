import type { EventOf, EventType } from '../events.ts'
import { errorText, scopeText, shortText } from './key-text.ts'
import type { Happening } from './protocol.ts'

/** All but those that come another way (hits as samples, calls of levels in the figures), and of a cache that closes, which has no page. */
type ShownType = Exclude<EventType, 'hit' | 'joined' | 'levelCalled' | 'closed' | 'unfinished'>

/** The events that are shown. */
export const SHOWN_EVENTS: readonly ShownType[] = [
  'miss',
  'promotion',
  'kept',
  'fetch',
  'fetched',
  'fetchFailed',
  'shed',
  'retried',
  'stale',
  'refresh',
  'grounded',
  'set',
  'invalidated',
  'heard',
  'removed',
  'superseded',
  'refused',
  'damaged',
  'mismatched',
  'inconsistent',
  'levelFailed',
  'levelCaughtUp',
  'breaker',
  'lost',
  'hearing',
  'unannounced',
  'warning',
]

/** An event that is shown. */
export type ShownEvent = EventOf<ShownType>

/** What concerns the levels and the source themselves is rare, and never left out for what happens all the time. */
const RARE: ReadonlySet<EventType> = new Set<EventType>([
  'fetchFailed',
  'shed',
  'retried',
  'invalidated',
  'heard',
  'refused',
  'damaged',
  'mismatched',
  'inconsistent',
  'levelFailed',
  'levelCaughtUp',
  'breaker',
  'lost',
  'hearing',
  'unannounced',
  'warning',
])

export function isRare({ type }: { readonly type: EventType }): boolean {
  return RARE.has(type)
}

/** Keys or scopes of one event that are told. */
const MOST_LISTED = 20

/** An event as it is told. `places`: the levels by their names. */
export function happening(event: ShownEvent, at: number, places: ReadonlyMap<string, number>): Happening {
  const place = (level: string): number => places.get(level) ?? -1
  const base = { at, weight: 1 }
  switch (event.type) {
    case 'miss':
    case 'refresh':
    case 'grounded':
      return { ...base, type: event.type, key: shortText(event.key) }
    case 'promotion':
      return {
        ...base,
        type: event.type,
        key: shortText(event.key),
        from: place(event.from),
        level: place(event.level),
      }
    case 'kept':
      return { ...base, type: event.type, key: shortText(event.key), level: place(event.level) }
    case 'fetch':
    case 'set':
      return { ...base, type: event.type, ...listed(event.keys) }
    case 'fetched':
      return { ...base, type: event.type, ...listed(event.keys), duration: event.duration }
    case 'fetchFailed': {
      const { keys, duration, error } = event
      return { ...base, type: event.type, ...listed(keys), duration, error: errorText(error) }
    }
    case 'shed': {
      const { keys, reason, waited } = event
      return { ...base, type: event.type, ...listed(keys), reason, waited }
    }
    case 'retried': {
      const { keys, attempt, delay, error } = event
      return { ...base, type: event.type, ...listed(keys), attempt, delay, error: errorText(error) }
    }
    case 'stale':
      return { ...base, type: event.type, key: shortText(event.key), level: place(event.level), reason: event.reason }
    case 'invalidated':
      return { ...base, type: event.type, ...listedScopes(event.scopes) }
    case 'heard':
      return { ...base, type: event.type, level: place(event.level), ...listedScopes(event.scopes) }
    case 'removed':
      return { ...base, type: event.type, key: shortText(event.key), level: place(event.level), reason: event.reason }
    case 'superseded':
      return { ...base, type: event.type, key: shortText(event.key), level: place(event.level) }
    case 'refused':
    case 'damaged': {
      const { type, key, level, reason } = event
      return { ...base, type, key: shortText(key), level: place(level), error: errorText(reason) }
    }
    case 'mismatched': {
      const { type, key, level, issues } = event
      return { ...base, type, key: shortText(key), level: place(level), error: errorText(issues) }
    }
    case 'inconsistent': {
      const { type, key, level, against, because, duration } = event
      return { ...base, type, key: shortText(key), level: place(level), against, because, duration }
    }
    case 'levelFailed': {
      const { type, level, operation, error } = event
      return { ...base, type, level: place(level), operation, error: errorText(error) }
    }
    case 'levelCaughtUp':
      return { ...base, type: event.type, level: place(event.level), scopes: event.scopes }
    case 'breaker': {
      const { type, level, state, part } = event
      return { ...base, type, level: place(level), state, ...(part === undefined ? {} : { part }) }
    }
    case 'lost':
      return { ...base, type: event.type, level: place(event.level) }
    case 'hearing':
      return { ...base, type: event.type, level: place(event.level), hearing: event.hearing }
    case 'unannounced':
      return { ...base, type: event.type, level: place(event.level), ...listedScopes(event.scopes) }
    case 'warning':
      return { ...base, type: event.type, level: place(event.level), text: shortText(event.text) }
  }
}

function listed(keys: readonly string[]): { readonly keys: readonly string[]; readonly more: number } {
  return { keys: keys.slice(0, MOST_LISTED).map(shortText), more: Math.max(0, keys.length - MOST_LISTED) }
}

function listedScopes(scopes: Extract<ShownEvent, { readonly type: 'invalidated' }>['scopes']): {
  readonly scopes: readonly ReturnType<typeof scopeText>[]
  readonly more: number
} {
  return { scopes: scopes.slice(0, MOST_LISTED).map(scopeText), more: Math.max(0, scopes.length - MOST_LISTED) }
}
