import { AsyncLocalStorage } from 'node:async_hooks'
import type { Trust } from '../coherence/currency.ts'
import { shown, TerraceError } from '../errors.ts'
import type { Parts } from './parts.ts'
import { checkToken } from './token-text.ts'
import { WriteSession } from './write-session.ts'

/** Level 1 as believed by those who may have to follow others: not at once where there is a session, which asks for more. */
class Scruples implements Trust {
  readonly #trust: Trust
  readonly #sessions: AsyncLocalStorage<WriteSession>

  constructor(trust: Trust, sessions: AsyncLocalStorage<WriteSession>) {
    this.#trust = trust
    this.#sessions = sessions
  }

  get isProven(): boolean {
    return this.#trust.isProven && this.#sessions.getStore()?.demand === undefined
  }
}

/**
 * Runs `run` as a session that is behind nothing the token tells of. A cache whose `following` was never called
 * does not look for a session anywhere: level 1 is told to doubt by the first.
 *
 * @throws TerraceError `ERR_ARGUMENT_INVALID`
 */
export function follow<T>(parts: Parts, token: unknown, run: () => T): T {
  if (typeof run !== 'function') {
    throw new TerraceError('ERR_ARGUMENT_INVALID', `following: expected a token and a function, got ${shown(run)}`)
  }
  const { currency, levels, waymarks } = parts
  const demand = token === undefined ? undefined : waymarks.demand(checkToken(token, 'following: token'))
  let { sessions } = parts
  if (sessions === undefined) {
    const made = new AsyncLocalStorage<WriteSession>()
    sessions = made
    parts.sessions = made
    waymarks.author = () => made.getStore()
    if (waymarks.matters && levels[0]!.traits.near !== undefined) levels[0]!.believe(new Scruples(currency, made))
  }
  return sessions.run(new WriteSession(waymarks, demand), run)
}

/** The token of the session this is called in; outside of any, of all writes of this cache. */
export function tokenNow({ sessions, waymarks }: Parts): string {
  return sessions?.getStore()?.token() ?? waymarks.token()
}
