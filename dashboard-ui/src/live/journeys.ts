import type { Happening, ScopeText } from '../../../src/dashboard/protocol.ts'
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
  /** Journeys of one kind look alike. */
  readonly kind: string
  readonly moments: readonly Moment[]
}

/** Deeper than any level: the stage takes it for the source. */
const SOURCE = 99

/** The journeys that happenings tell of: each key once, in the order in which they ended. */
export function journeysIn(events: readonly Happening[]): Journey[] {
  const journeys = new Map<string, Journey>()
  /** By key: the levels that have kept it on its way up, the deepest first. */
  const keepers = new Map<string, number[]>()
  const fetched = new Map<string, SourceScene['mark']>()
  const passed = (key: string): readonly number[] => {
    const levels = keepers.get(key) ?? []
    keepers.delete(key)
    return levels
  }
  for (const event of events) {
    switch (event.type) {
      case 'promotion':
      case 'kept':
        keepers.set(event.key, [...(keepers.get(event.key) ?? []), event.level])
        break
      case 'fetched':
      case 'fetchFailed':
        for (const key of event.keys) fetched.set(key, event.type === 'fetched' ? 'row' : 'failure')
        break
      case 'hit':
        journeys.set(event.key, {
          kind: `hit in ${event.level}`,
          moments: hit(event.key, event.level, passed(event.key)),
        })
        break
      case 'miss':
        journeys.set(event.key, {
          kind: 'miss',
          moments: miss(event.key, fetched.get(event.key), passed(event.key)),
        })
        break
      case 'set':
        for (const key of event.keys) journeys.set(key, { kind: 'set', moments: [moving(key, 'brings', 0)] })
        break
      case 'removed':
        journeys.set(`${event.key} left`, {
          kind: `${event.reason} from ${event.level}`,
          moments: [left(event.level, event.key, event.reason)],
        })
        break
      case 'invalidated':
        for (const scope of event.scopes) {
          const name = nameOf(scope)
          journeys.set(`${name} invalidated`, {
            kind: 'invalidated',
            moments: [moving(name, 'sweeps', SOURCE), moving(name, 'sweeps', 0)],
          })
        }
        break
    }
  }
  // A slow level has kept what its caller got long before.
  for (const [key, levels] of keepers) {
    const late = levels.map((level) => keeping(key, level))
    journeys.set(key, { kind: 'miss', moments: [...(journeys.get(key)?.moments ?? []), ...late] })
  }
  return [...journeys.values()]
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

function keeping(key: string, level: number): Moment {
  return { ...moving(key, 'brings', level + 1), level, mark: 'kept', key }
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
