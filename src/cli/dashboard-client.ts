import { type Failure, PROTOCOL, ROUTES, type RouteName, SESSION_HEADER, type Session } from '../dashboard/protocol.ts'
import { printable } from '../printable.ts'
import { CommandError } from './command-error.ts'
import type { Flags } from './flags.ts'
import type { DashboardTarget } from './target.ts'
import { unreachable } from './unreachable.ts'

/** The flags with which a dashboard is asked. */
export const dashboardFlags: { readonly cache: 'one'; readonly token: 'one'; readonly header: 'each' } = {
  cache: 'one',
  token: 'one',
  header: 'each',
}

/** How they are explained. */
export const DASHBOARD_HELP = `  --cache NAME        which cache, where the dashboard shows several
  --token TEXT        sent as 'Authorization: Bearer TEXT' (default: $TERRACE_TOKEN)
  --header 'N: V'     a header that the dashboard's authorize wants; may be repeated
`

/** Milliseconds for an answer. */
const PATIENCE = 5000
/** The most that is read of one answer, and of one message of a stream, in characters. */
const LONGEST = 16_000_000

/** The interface of a dashboard that runs somewhere. What it tells is not trusted: it is checked for its shape where it is used. */
export class DashboardClient {
  readonly shown: string
  readonly #target: DashboardTarget
  readonly #headers: Readonly<Record<string, string>>
  #session: Session | undefined

  /** @throws CommandError for a header that is none */
  constructor(target: DashboardTarget, flags: Flags, env: NodeJS.ProcessEnv = process.env) {
    this.shown = target.shown
    this.#target = target
    this.#headers = { ...credentials(target, flags, env), ...headersIn(flags) }
  }

  /** Who answers, and which caches it shows. Asked once. @throws CommandError */
  async session(): Promise<Session> {
    if (this.#session !== undefined) return this.#session
    const session = await this.#json<Session>('session', {})
    if (session.protocol !== PROTOCOL || !Array.isArray(session.caches)) {
      throw CommandError.failure(
        `${this.shown} is no dashboard, or one of another version (${printable(String(session.version), 20)})`,
      )
    }
    this.#session = session
    return session
  }

  /** It may be another process by now. */
  forget(): void {
    this.#session = undefined
  }

  /** The cache that is meant. @throws CommandError where there are several and none is named, or none is called so */
  async cacheName(asked: string | undefined): Promise<string> {
    const { caches } = await this.session()
    const names = caches.map(({ name }) => name)
    if (asked === undefined && names.length === 1) return names[0]!
    if (asked !== undefined && names.includes(asked)) return asked
    const list = names
      .slice(0, 20)
      .map((name) => printable(name, 100))
      .join(', ')
    const what =
      asked === undefined ? 'there are several caches: say --cache' : `there is no cache '${printable(asked, 100)}'`
    throw CommandError.usage(`${what}; there are ${list}`)
  }

  /** @throws CommandError */
  async get<T>(route: RouteName, query: Readonly<Record<string, string>>): Promise<T> {
    return this.#json<T>(route, { query })
  }

  /** @throws CommandError */
  async post<T>(route: RouteName, body: unknown): Promise<T> {
    return this.#json<T>(route, { body, token: (await this.session()).token })
  }

  /** Messages of a stream, until it ends or `signal` is aborted. @throws CommandError */
  async *events(query: Readonly<Record<string, string>>, signal: AbortSignal): AsyncGenerator<StreamMessage> {
    const response = await this.#fetch('events', { query, signal })
    let text = ''
    const decoder = new TextDecoder()
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk as Uint8Array, { stream: true })
      if (text.length > LONGEST) throw CommandError.failure(`${this.shown} sends too much`)
      const messages = text.split('\n\n')
      text = messages.pop()!
      for (const message of messages) {
        const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(message) ?? []
        if (event !== undefined) yield { event, data: parsed(data!) }
      }
    }
  }

  async #json<T>(route: RouteName, asked: Asked): Promise<T> {
    const response = await this.#fetch(route, { ...asked, signal: AbortSignal.timeout(PATIENCE) })
    try {
      const body: unknown = await response.json()
      if (typeof body === 'object' && body !== null) return body as T
    } catch {
      // Told below.
    }
    throw CommandError.failure(`${this.shown} is no dashboard: it does not answer with JSON`)
  }

  async #fetch(route: RouteName, { query = {}, body, token, signal }: Asked): Promise<Response> {
    const url = new URL(ROUTES[route], this.#target.url)
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    const headers: Record<string, string> = { ...this.#headers }
    if (body !== undefined)
      Object.assign(headers, { 'content-type': 'application/json', [SESSION_HEADER]: token ?? '' })
    let response: Response
    try {
      response = await fetch(url, {
        method: body === undefined ? 'GET' : 'POST',
        headers,
        redirect: 'error',
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
      })
    } catch (cause) {
      if (cause instanceof Error && cause.name === 'AbortError') throw cause
      throw unreachable(this.#target, behind(cause))
    }
    if (response.ok) return response
    throw CommandError.failure(`${this.shown}: ${await whyRefused(response)}`)
  }
}

/** One message of a stream of events. */
export interface StreamMessage {
  readonly event: string
  /** `undefined` for what is no JSON. */
  readonly data: unknown
}

interface Asked {
  readonly query?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly token?: string
  readonly signal?: AbortSignal
}

function credentials(target: DashboardTarget, flags: Flags, env: NodeJS.ProcessEnv): Record<string, string> {
  const token = flags.one('token') ?? env.TERRACE_TOKEN
  if (token !== undefined && token !== '') {
    // Said here: who makes the request would repeat it.
    if (!VALUE.test(token))
      throw CommandError.usage('the token (--token, TERRACE_TOKEN) holds a line break or what no header can carry')
    return { authorization: `Bearer ${token}` }
  }
  if (target.username === undefined) return {}
  const pair = Buffer.from(`${target.username}:${target.password ?? ''}`).toString('base64')
  return { authorization: `Basic ${pair}` }
}

/** What a header can say. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

function headersIn(flags: Flags): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const text of flags.each('header') ?? []) {
    const [, name, value] = /^([\w!#$%&'*+.^`|~-]+):[ \t]*(.*)$/s.exec(text) ?? []
    if (name === undefined || !VALUE.test(value!)) throw CommandError.usage("--header: expected 'Name: value'")
    headers[name.toLowerCase()] = value!
  }
  return headers
}

/** What has made a request fail. */
function behind(cause: unknown): unknown {
  if (cause instanceof Error && cause.name === 'TimeoutError') return new Error(`no answer within ${PATIENCE / 1000} s`)
  return cause instanceof Error && cause.cause !== undefined ? cause.cause : cause
}

async function whyRefused(response: Response): Promise<string> {
  const body = (await response.json().catch(() => undefined)) as Partial<Failure> | undefined
  const said = typeof body?.error?.message === 'string' ? `: ${printable(body.error.message, 300)}` : ''
  if (response.status === 401 || response.status === 403) {
    const wanted = body?.error?.code === 'refused' || response.status === 401
    return `refused${wanted ? ' (say who you are with --token or --header)' : said}`
  }
  return body?.error === undefined
    ? `answered ${response.status}: is this the address at which the dashboard is mounted?`
    : `answered ${response.status}${said}`
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
