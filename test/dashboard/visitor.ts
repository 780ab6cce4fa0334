import type { AddressInfo, Server } from 'node:net'
import type { Failure, RouteName, Session } from '../../src/dashboard/index.ts'
import { ROUTES, SESSION_HEADER } from '../../src/dashboard/index.ts'

/** What came over a stream of events. */
export interface Heard {
  readonly event: string
  readonly data: unknown
}

/** A page of the dashboard, as far as a server can tell. */
export class Visitor {
  readonly base: string
  readonly #headers: Readonly<Record<string, string>>

  /** @param base where the dashboard is mounted, with a slash at the end */
  constructor(base: string, headers: Readonly<Record<string, string>> = {}) {
    this.base = base
    this.#headers = headers
  }

  async get<T>(route: RouteName, query = ''): Promise<T> {
    const response = await fetch(`${this.base}${ROUTES[route]}${query}`, { headers: this.#headers })
    if (!response.ok) throw await problem(response)
    return (await response.json()) as T
  }

  async post<T>(route: RouteName, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<T> {
    const { token } = await this.get<Session>('session')
    const response = await fetch(`${this.base}${ROUTES[route]}`, {
      method: 'POST',
      headers: {
        ...this.#headers,
        'content-type': 'application/json',
        origin: new URL(this.base).origin,
        [SESSION_HEADER]: token,
        ...headers,
      },
      body: JSON.stringify(body),
    })
    if (!response.ok) throw await problem(response)
    return (await response.json()) as T
  }

  /** Listens until `enough` says so, then goes away. */
  async listen(query: string, enough: (heard: readonly Heard[]) => boolean): Promise<Heard[]> {
    const gone = new AbortController()
    const response = await fetch(`${this.base}${ROUTES.events}${query}`, {
      headers: this.#headers,
      signal: gone.signal,
    })
    if (!response.ok) throw await problem(response)
    const heard: Heard[] = []
    let text = ''
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk
      const messages = text.split('\n\n')
      text = messages.pop()!
      for (const message of messages) {
        const [, event, data] = /^event: (.+)\ndata: (.+)$/.exec(message) ?? []
        if (event !== undefined) heard.push({ event, data: JSON.parse(data!) })
      }
      if (enough(heard)) break
    }
    gone.abort()
    return heard
  }
}

/** What the server said was wrong. */
export class Problem extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

async function problem(response: Response): Promise<Problem> {
  const { error } = (await response.json()) as Failure
  return new Problem(response.status, error.code, error.message)
}

/** Listens on a free port of this machine. @returns the origin */
export async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
