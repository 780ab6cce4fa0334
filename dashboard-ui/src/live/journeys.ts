import type { Happening, ScopeText } from '../../../src/dashboard/protocol.ts'
import type { Leaver, Mark, SourceScene, Traveller } from '../stage/scene.ts'
import { quoted } from './given.tsx'
import { heardStory, WHY_STALE } from './sentences.ts'
import { scopeWords } from './words.ts'

/** One moment of a journey: where the traveller is, and what the level there does. */
interface Moment {
  readonly traveller: Traveller | undefined
  readonly level: number | undefined
  readonly mark: Mark | undefined
  readonly key: string | undefined
  readonly leavers: readonly Leaver[]
  readonly source: SourceScene['mark']
}

/** What became of one key, as it can be shown. */
export interface Journey {
  /** Journeys of one kind look alike. */
  readonly kind: string
  /** What it shows, for a `Sentence`. */
  readonly story: string
  readonly moments: readonly Moment[]
}

/** Deeper than any level: the stage takes it for the source. */
const SOURCE = 99

/**
 * The journeys that happenings tell of: each key once, in the order in which they ended.
 *
 * @param names of the levels
 */
export function journeysIn(events: readonly Happening[], names: readonly string[] = []): Journey[] {
  const journeys = new Map<string, Journey>()
  /** By key: the levels that have kept it on its way up, the deepest first; found below, or fetched. */
  const promoted = new Map<string, number[]>()
  const kept = new Map<string, number[]>()
  const fetched = new Map<string, SourceScene['mark']>()
  const refreshed = new Set<string>()
  const named = (level: number): string => names[level] ?? `L${level + 1}`
  for (const event of events) {
    switch (event.type) {
      case 'promotion':
        noteLevel(promoted, event)
        break
      case 'kept':
        noteLevel(kept, event)
        break
      case 'fetched':
      case 'fetchFailed':
        for (const key of event.keys) fetched.set(key, event.type === 'fetched' ? 'row' : 'failure')
        break
      case 'refresh':
        refreshed.add(event.key)
        break
      case 'hit':
        journeys.set(event.key, {
          kind: `hit in ${event.level}`,
          story: `${quoted(event.key)} was found in ${named(event.level)}.`,
          moments: hit(event.key, event.level, passed(promoted, event.key)),
        })
        break
      case 'stale':
        journeys.set(event.key, {
          kind: `stale in ${event.level}, ${event.reason}`,
          story: `${quoted(event.key)} was answered with a stale copy of ${named(event.level)}: ${WHY_STALE[event.reason]}.`,
          moments: stale(event),
        })
        break
      case 'miss': {
        const source = fetched.get(event.key)
        journeys.set(event.key, {
          kind: 'miss',
          story: `${quoted(event.key)} ${source === undefined ? 'was in no level' : source === 'row' ? 'was fetched from the source' : 'could not be fetched: the source failed'}.`,
          moments: miss(event.key, source, passed(kept, event.key)),
        })
        break
      }
      case 'set':
        for (const key of event.keys)
          journeys.set(key, { kind: 'set', story: `${quoted(key)} was set.`, moments: [moving(key, 'brings', 0)] })
        break
      case 'removed':
        journeys.set(`${event.key} left`, {
          kind: `${event.reason} from ${event.level}`,
          story: `${quoted(event.key)} ${event.reason === 'expired' ? 'expired in' : 'was evicted from'} ${named(event.level)}.`,
          moments: [left(event.level, event.key, event.reason)],
        })
        break
      case 'heard':
        for (const scope of event.scopes) {
          journeys.set(`${nameOf(scope)} heard`, {
            kind: `heard by ${event.level}`,
            story: heardStory(scope, event.level, names),
            moments: heard(scope, event.level),
          })
        }
        break
      case 'invalidated':
        for (const scope of event.scopes) {
          const name = nameOf(scope)
          journeys.set(`${name} invalidated`, {
            kind: 'invalidated',
            story: `Invalidated: ${scopeWords(scope)}.`,
            moments: [moving(name, 'sweeps', SOURCE), moving(name, 'sweeps', 0)],
          })
        }
        break
    }
  }
  for (const key of refreshed) {
    journeys.set(`${key} refreshed`, {
      kind: 'refresh',
      story: `${quoted(key)} is fetched anew in the background: nobody waits for it.`,
      moments: refresh(key, fetched.get(key), passed(kept, key)),
    })
  }
  // What was fetched for nobody who waits, and what a slow level keeps after its caller was answered.
  for (const [key, levels] of kept) {
    const before = journeys.get(key)?.kind === 'miss' ? journeys.get(key) : undefined
    const arrived = before === undefined && fetched.get(key) === 'row' ? [arrival(key)] : []
    const late = [...arrived, ...levels.map((level) => keeping(key, level))]
    const story = before?.story ?? `What was fetched for ${quoted(key)} is kept.`
    journeys.set(before === undefined ? `${key} kept` : key, {
      kind: before === undefined ? 'kept' : 'miss',
      story,
      moments: [...(before?.moments ?? []), ...late],
    })
  }
  return [...journeys.values()]
}

function noteLevel(
  levels: Map<string, number[]>,
  { key, level }: { readonly key: string; readonly level: number },
): void {
  levels.set(key, [...(levels.get(key) ?? []), level])
}

/** The levels noted for a key, which are so taken. */
function passed(levels: Map<string, number[]>, key: string): readonly number[] {
  const taken = levels.get(key) ?? []
  levels.delete(key)
  return taken
}

/** Chooses whose turn it is: the kind that was not shown for the longest time, and of one kind the longest way. */
export class Turns {
  readonly #shown = new Map<string, number>()
  #turn = 0

  /** Up to `most` of these, the first to be shown first. */
  choose(journeys: readonly Journey[], most: number): readonly Journey[] {
    const last = ({ kind }: Journey): number => this.#shown.get(kind) ?? 0
    return [...journeys]
      .sort((a, b) => last(a) - last(b) || b.moments.length - a.moments.length)
      .filter(({ kind }, at, all) => all.findIndex((other) => other.kind === kind) === at)
      .slice(0, most)
  }

  shown({ kind }: Journey): void {
    this.#shown.set(kind, ++this.#turn)
  }
}

function nameOf(scope: ScopeText): string {
  switch (scope.kind) {
    case 'key':
      return scope.key
    case 'tag':
      return `#${scope.tag}`
    case 'prefix':
      return `${scope.prefix}…`
    case 'all':
      return 'everything'
  }
}

/** Down to the level that has it, and up through those that keep it. */
function hit(key: string, level: number, promotions: readonly number[]): Moment[] {
  const way = missed(key, level)
  way.push({ ...moving(key, 'asks', level), level, mark: 'hit', key })
  for (const up of promotions) way.push(keeping(key, up))
  way.push(moving(key, 'brings', 0))
  return way
}

/** Down to the source, and up through those that keep what it answers. */
function miss(key: string, source: SourceScene['mark'], keepers: readonly number[]): Moment[] {
  if (source === undefined) return [moving(key, 'asks', 0), moving(key, 'empty', 0)]
  const mood = source === 'row' ? 'brings' : 'failed'
  return [
    moving(key, 'asks', 0),
    { ...moving(key, 'asks', SOURCE), source: 'asked' },
    { ...moving(key, mood, SOURCE), source },
    ...keepers.map((level) => keeping(key, level)),
    moving(key, mood, 0),
  ]
}

/** To the source, unless that is spared, and back with what a level has kept. */
function stale({ key, level, reason }: Extract<Happening, { readonly type: 'stale' }>): Moment[] {
  const asked: Moment[] = [{ ...moving(key, 'asks', SOURCE), source: 'asked' }]
  const failed: Moment[] = [{ ...moving(key, 'failed', SOURCE), source: 'failure' }]
  const text = WHY_STALE[reason]
  const brings = (gap: number): Moment => ({ ...moving(key, 'old', gap, text), level, mark: 'stale', key })
  return [
    moving(key, 'asks', 0),
    ...(reason === 'spared' ? [] : asked),
    ...(reason === 'failed' ? failed : []),
    brings(level + 1),
    brings(0),
  ]
}

/** From the source up through those that keep it, to nobody. */
function refresh(key: string, source: SourceScene['mark'], keepers: readonly number[]): Moment[] {
  const text = 'refreshed'
  const asks: Moment = { ...moving(key, 'asks', SOURCE, text), source: 'asked' }
  if (source === undefined) return [asks]
  if (source === 'failure') return [asks, { ...moving(key, 'failed', SOURCE, text), source }]
  return [
    asks,
    { ...arrival(key), traveller: { key, gap: SOURCE, mood: 'brings', text } },
    ...keepers.map((level) => keeping(key, level, text)),
  ]
}

/** From the level that was told up through those above it, which let go of what they hold. */
function heard(scope: ScopeText, level: number): Moment[] {
  const name = nameOf(scope)
  const key = scope.kind === 'key' ? name : undefined
  const isSoft = scope.kind !== 'key' && scope.keepsStale === true
  const leavers = [{ key: name, why: `${isSoft ? 'expired' : 'invalidated'} by another process` }]
  const above = Array.from({ length: Math.max(0, level) }, (_, n) => level - 1 - n)
  return [
    moving(name, 'sweeps', level, 'by another process'),
    ...above.map((n): Moment => ({ ...moving(name, 'sweeps', n), level: n, mark: 'raised', key, leavers })),
  ]
}

function arrival(key: string): Moment {
  return { ...moving(key, 'brings', SOURCE), source: 'row' }
}

function keeping(key: string, level: number, text?: string): Moment {
  return { ...moving(key, 'brings', level + 1, text), level, mark: 'kept', key }
}

function missed(key: string, levels: number): Moment[] {
  return Array.from({ length: levels }, (_, n) => ({ ...moving(key, 'asks', n), level: n, mark: 'miss' as const, key }))
}

function moving(key: string, mood: Traveller['mood'], gap: number, text?: string): Moment {
  return {
    traveller: { key, gap, mood, text },
    level: undefined,
    mark: undefined,
    key: undefined,
    leavers: [],
    source: undefined,
  }
}

function left(level: number, key: string, why: string): Moment {
  const mark = why === 'expired' ? 'expired' : undefined
  return { traveller: undefined, level, mark, key: undefined, leavers: [{ key, why }], source: undefined }
}
