import { type Failure, ROUTES, type RouteName, SESSION_HEADER, type Session } from '../../../src/dashboard/protocol.ts'
import { printable } from '../../../src/printable.ts'

/** What the server said instead of an answer. */
export class ApiError extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** The dashboard's server, from the page. All addresses are relative, so that it works wherever it is mounted. */
export class Api {
  #token = ''

  async session(): Promise<Session> {
    const session = await answer<Session>(await fetch(ROUTES.session))
    this.#token = session.token
    return session
  }

  async get<T>(route: RouteName, query: Readonly<Record<string, string>>): Promise<T> {
    return answer<T>(await fetch(`${ROUTES[route]}?${new URLSearchParams(query)}`))
  }

  /** A token that is out of date is asked for anew, once. */
  async post<T>(route: RouteName, body: object): Promise<T> {
    try {
      return await this.#post<T>(route, body)
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'token') throw error
      await this.session()
      return this.#post<T>(route, body)
    }
  }

  async #post<T>(route: RouteName, body: object): Promise<T> {
    const headers = { 'content-type': 'application/json', [SESSION_HEADER]: this.#token }
    return answer<T>(await fetch(ROUTES[route], { method: 'POST', headers, body: JSON.stringify(body) }))
  }
}

async function answer<T>(response: Response): Promise<T> {
  const body: unknown = await response.json().catch(() => undefined)
  if (response.ok && body !== undefined) return body as T
  const failure = (body as Failure | undefined)?.error
  throw new ApiError(failure?.code ?? 'failed', failure?.message ?? `The server answered ${response.status}.`)
}

export function messageOf(error: unknown): string {
  return printable(error instanceof Error ? error.message : String(error))
}
