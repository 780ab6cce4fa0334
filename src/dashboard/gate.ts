import { createHmac, timingSafeEqual } from 'node:crypto'
import type { DashboardAction, DashboardSettings, DashboardVisit } from './options.ts'
import { type AskedScope, SESSION_HEADER } from './protocol.ts'
import { Refusal } from './reply.ts'

/** How long a confirmation is good for, in milliseconds. */
const TICKET = 120_000

/** Whose connection a request came by, as far as it is known. */
export type Caller = Omit<DashboardVisit, 'action'>

/** Who may come in, and what they must bring along. */
export class Gate {
  readonly #settings: DashboardSettings
  /** For {@link SESSION_HEADER}: a page of another origin cannot read it. */
  readonly token: string

  constructor(settings: DashboardSettings) {
    this.#settings = settings
    this.token = this.#seal('token')
  }

  /** @throws Refusal unless `authorize` says yes */
  async admit(request: Request, caller: Caller, action: DashboardAction): Promise<void> {
    const { authorize, world } = this.#settings
    if (authorize === undefined) throw new Refusal('refused', 'refused: the dashboard has no `authorize`')
    let says: unknown
    try {
      says = await authorize(request, { ...caller, action })
    } catch (cause) {
      world.background(Promise.reject(cause), 'the authorize of a dashboard threw')
    }
    if (says !== true) throw new Refusal('refused', 'refused')
  }

  /** Whether a request comes from a page of the dashboard itself, and not from any other. @throws Refusal */
  checkPost(request: Request): void {
    this.#checkOrigin(request)
    if (!/^application\/json\s*(?:;|$)/i.test(request.headers.get('content-type') ?? '')) {
      throw new Refusal('media-type', 'expected content-type: application/json')
    }
    if (!isSame(request.headers.get(SESSION_HEADER) ?? '', this.token)) {
      throw new Refusal('token', `expected the token of the session in ${SESSION_HEADER}`)
    }
  }

  /** What another site's page asks for is refused, although it could not read the answer. @throws Refusal */
  checkGet(request: Request): void {
    const site = request.headers.get('sec-fetch-site')
    if (site === 'cross-site' && request.headers.get('sec-fetch-mode') !== 'navigate') {
      throw new Refusal('origin', 'refused: asked for by another site')
    }
  }

  /** Says that somebody was told what this would cover. */
  ticketFor(cache: string, scope: AskedScope): string {
    const until = Math.floor(this.#settings.world.wall()) + TICKET
    return `${until}.${this.#seal(ticketText(cache, scope, until))}`
  }

  /** @throws Refusal for one that is forged, for something else, or too old */
  checkTicket(ticket: string, cache: string, scope: AskedScope): void {
    const [until = '', seal = ''] = ticket.split('.')
    const now = this.#settings.world.wall()
    const isGood = isSame(seal, this.#seal(ticketText(cache, scope, Number(until))))
    if (!isGood || !(now <= Number(until))) throw new Refusal('ticket', 'count again, and confirm again')
  }

  #checkOrigin(request: Request): void {
    const site = request.headers.get('sec-fetch-site')
    const origin = request.headers.get('origin')
    if (origin !== null && !this.#isOwn(origin, request)) throw new Refusal('origin', 'refused: of another origin')
    if (site === null || site === 'same-origin' || site === 'none') return
    if (origin === null || !this.#settings.origins.includes(origin)) {
      throw new Refusal('origin', 'refused: of another origin')
    }
  }

  /** By the host alone: what ends the encryption in front of this process may not say that it does. */
  #isOwn(origin: string, request: Request): boolean {
    if (this.#settings.origins.includes(origin)) return true
    const host = request.headers.get('host') ?? new URL(request.url).host
    const url = URL.parse(origin)
    return url !== null && (url.protocol === 'http:' || url.protocol === 'https:') && sameHost(url, host)
  }

  #seal(what: string): string {
    return createHmac('sha256', this.#settings.secret).update(`terrace dashboard ${what}`).digest('hex')
  }
}

/** A host may be written with the port that its protocol has anyway. */
function sameHost(origin: URL, host: string): boolean {
  return URL.parse(`${origin.protocol}//${host}`)?.host === origin.host
}

function ticketText(cache: string, scope: AskedScope, until: number): string {
  return JSON.stringify(['ticket', cache, scope.kind, Object.values(scope), until])
}

function isSame(given: string, expected: string): boolean {
  const a = Buffer.from(given)
  const b = Buffer.from(expected)
  return a.length === b.length && timingSafeEqual(a, b)
}
