import type { Happening } from '../../../src/dashboard/protocol.ts'
import type { Leaver, Mark, SourceScene, Traveller } from '../stage/scene.ts'

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
  readonly moments: readonly Moment[]
}

/** Deeper than any level: the stage takes it for the source. */
const SOURCE = 99

/** The journeys that happenings tell of: each key once, in the order in which they ended. */
export function journeysIn(events: readonly Happening[]): Journey[] {
  const journeys = new Map<string, Moment[]>()
  const raised = new Map<string, number[]>()
  const fetched = new Map<string, SourceScene['mark']>()
  for (const event of events) {
    if (event.type === 'promotion') raised.set(event.key, [...(raised.get(event.key) ?? []), event.level])
    else if (event.type === 'fetched') for (const key of event.keys) fetched.set(key, 'row')
    else if (event.type === 'fetchFailed') for (const key of event.keys) fetched.set(key, 'failure')
    else if (event.type === 'hit') journeys.set(event.key, hit(event.key, event.level, raised.get(event.key) ?? []))
    else if (event.type === 'miss') journeys.set(event.key, miss(event.key, fetched.get(event.key)))
    else if (event.type === 'set') for (const key of event.keys) journeys.set(key, [moving(key, 'brings', 0)])
    else if (event.type === 'removed') journeys.set(`${event.key} left`, [left(event.level, event.key, event.reason)])
    else if (event.type === 'invalidated')
      for (const scope of event.scopes) {
        const name =
          scope.kind === 'key'
            ? scope.key
            : scope.kind === 'tag'
              ? `#${scope.tag}`
              : scope.kind === 'prefix'
                ? `${scope.prefix}…`
                : 'everything'
        journeys.set(`${name} invalidated`, [moving(name, 'sweeps', SOURCE), moving(name, 'sweeps', 0)])
      }
  }
  return [...journeys.values()].map((moments) => ({ moments }))
}

/** Down to the level that has it, and up through those that keep it. */
function hit(key: string, level: number, promotions: readonly number[]): Moment[] {
  const way = missed(key, level)
  way.push({ ...moving(key, 'asks', level), level, mark: 'hit', key })
  for (const up of promotions) way.push({ ...moving(key, 'brings', up + 1), level: up, mark: 'kept', key })
  way.push(moving(key, 'brings', 0))
  return way
}

function miss(key: string, source: SourceScene['mark']): Moment[] {
  if (source === undefined) return [moving(key, 'asks', 0), moving(key, 'empty', 0)]
  const mood = source === 'row' ? 'brings' : 'failed'
  return [
    moving(key, 'asks', 0),
    { ...moving(key, 'asks', SOURCE), source: 'asked' },
    { ...moving(key, mood, SOURCE), source },
    moving(key, mood, 0),
  ]
}

function missed(key: string, levels: number): Moment[] {
  return Array.from({ length: levels }, (_, n) => ({ ...moving(key, 'asks', n), level: n, mark: 'miss' as const, key }))
}

function moving(key: string, mood: Traveller['mood'], gap: number): Moment {
  return {
    traveller: { key, gap, mood, text: undefined },
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
