import type { ExplainOptions } from '../cache/explain.ts'
import { VERSION } from '../world/version.ts'
import { MOST_ACTIVITIES } from './activity-feed.ts'
import { coversOf, invalidateAsked } from './asked-scope.ts'
import type { CacheView } from './cache-view.ts'
import { explainAnswer } from './explain-answer.ts'
import { fleetOf } from './fleet.ts'
import type { Gate } from './gate.ts'
import { findKeys } from './key-search.ts'
import type { DashboardSettings } from './options.ts'
import type { RouteName, Span } from './protocol.ts'
import {
  type ExplainAnswer,
  type Fleet,
  type InvalidateAnswer,
  type KeysAnswer,
  PROTOCOL,
  type Session,
} from './protocol.ts'
import { jsonReply, Refusal, streamReply } from './reply.ts'
import { cacheName, keyIn, numberIn, type RequestBody, scopeIn, ticketIn, wordIn } from './request-body.ts'

/** What the routes work with. */
export interface Desk {
  readonly settings: DashboardSettings
  readonly gate: Gate
  readonly views: ReadonlyMap<string, CacheView>
}

/** Routes that are asked with GET, and the parameters of the address. */
export type GetRoute = (desk: Desk, query: URLSearchParams) => Response | Promise<Response>
/** Routes that are asked with POST, and its body. */
export type PostRoute = (desk: Desk, body: RequestBody) => Promise<Response>

const MOST_CONTENTS = 2000
const MOST_KEYS = 1000
/** Listeners of all caches together. */
const MOST_LISTENERS = 100

export const GET_ROUTES: Readonly<Partial<Record<RouteName, GetRoute>>> = {
  session: ({ settings, gate, views }) => {
    const { readOnly, process } = settings
    const caches = [...views.values()].map(({ name, levels }) => ({ name, levels }))
    return jsonReply({
      protocol: PROTOCOL,
      version: VERSION,
      process,
      readOnly,
      token: gate.token,
      caches,
    } satisfies Session)
  },
  stats: (desk, query) => jsonReply(viewIn(desk, query.get('cache')).stats(query.get('feed') === '1')),
  series: (desk, query) => {
    const span = wordIn<Span>(query.get('span') ?? 'minute', ['minute', 'hour', 'day'], 'span')
    return jsonReply(viewIn(desk, query.get('cache')).series(span))
  },
  levels: (desk, query) => {
    const most = numberIn(query.get('most') ?? '200', 1, MOST_CONTENTS, 'most')
    return jsonReply(viewIn(desk, query.get('cache')).contents(most))
  },
  top: (desk, query) => jsonReply(viewIn(desk, query.get('cache')).top()),
  fleet: async ({ settings, views }, query) => {
    return jsonReply((await fleetOf(viewIn({ views }, query.get('cache')), settings)) satisfies Fleet)
  },
  advice: ({ views }, query) => jsonReply(viewIn({ views }, query.get('cache')).advice()),
  events: ({ views }, query) => {
    const view = viewIn({ views }, query.get('cache'))
    const most = numberIn(query.get('most') ?? '100', 0, MOST_ACTIVITIES, 'most')
    let listeners = 0
    for (const each of views.values()) listeners += each.listeners
    if (listeners >= MOST_LISTENERS) throw new Refusal('busy', `${MOST_LISTENERS} listen already`)
    return streamReply(view.listen(most))
  },
}

/** All of these but `invalidate` change nothing. */
export const POST_ROUTES: Readonly<Partial<Record<RouteName, PostRoute>>> = {
  keys: async ({ settings, views }, body) => {
    const view = viewIn({ views }, cacheName(body))
    const most = numberIn(body.most ?? 100, 1, MOST_KEYS, 'most')
    const found = await findKeys(view.cache, keyIn(body.prefix, 'prefix'), most, settings.world)
    return jsonReply({ cache: view.name, ...found } satisfies KeysAnswer)
  },
  explain: async ({ settings, views }, body) => {
    const view = viewIn({ views }, cacheName(body))
    const options: ExplainOptions = { preview: settings.preview }
    const explanation = await view.cache.explain(keyIn(body.key, 'key'), options)
    const at = Math.round(settings.world.wall())
    return jsonReply({ cache: view.name, at, ...explainAnswer(explanation, view.levels) } satisfies ExplainAnswer)
  },
  invalidate: async ({ gate, views }, body) => {
    const view = viewIn({ views }, cacheName(body))
    const scope = scopeIn(body.scope)
    const ticket = ticketIn(body.ticket)
    if (ticket === undefined) {
      const covers = await coversOf(view.cache, scope)
      return jsonReply({ done: false, covers, ticket: gate.ticketFor(view.name, scope) } satisfies InvalidateAnswer)
    }
    gate.checkTicket(ticket, view.name, scope)
    const { ok, levels } = await invalidateAsked(view.cache, scope)
    return jsonReply({ done: true, ok, levels } satisfies InvalidateAnswer)
  },
}

/** Without a name: the only one there is. */
function viewIn({ views }: Pick<Desk, 'views'>, name: string | null): CacheView {
  const [only] = views.values()
  const view = name === null && views.size === 1 ? only : views.get(name ?? '')
  if (view === undefined) throw new Refusal('not-found', 'there is no such cache')
  return view
}
