import type { Entry } from '../entry/entry.ts'
import { keyScope } from '../entry/scope.ts'
import { TerraceError } from '../errors.ts'
import type { LevelOperation } from '../events.ts'
import type { Lease, LevelTraits, ServerInfo } from '../level.ts'
import type { Attempt, Attempts } from './attempts.ts'
import type { CatchUp } from './catch-up.ts'
import { LeaseUses } from './lease-uses.ts'
import { areLeases, isAnything, isBoolean, isEntryOr, isServerInfo } from './shape.ts'

/** How calls of a level are made and what is done where they fail. */
interface Calling {
  readonly attempts: Attempts
  readonly catchUp: CatchUp
  readonly fail: (operation: LevelOperation, error: unknown) => void
  readonly background: (why: string, run: () => Promise<unknown>) => void
}

/** What a level can do besides, guarded like the rest of it. To be called only where the level has the trait. */
export class Abilities {
  readonly #traits: LevelTraits
  readonly #call: Calling
  readonly #leased = new LeaseUses()
  #takesNoMore = false

  constructor(traits: LevelTraits, call: Calling) {
    this.#traits = traits
    this.#call = call
  }

  /**
   * Asks for leases; nobody holds back where the level cannot say. Each that is granted is to be given up, with
   * `release`, or is told to have ended.
   */
  async lease(keys: readonly string[]): Promise<readonly Lease[] | undefined> {
    if (this.#takesNoMore) return undefined
    // From now on, for what is given up meanwhile would be told the store after this.
    this.#leased.add(keys)
    const leases = await this.#askFor(keys)
    const granted = keys.filter((_, n) => leases?.[n]?.kind === 'granted')
    if (this.#takesNoMore) {
      if (granted.length > 0) this.#call.background('giving up leases', () => this.#giveUp(granted))
      return undefined
    }
    this.#leased.end(granted.length === 0 ? keys : keys.filter((_, n) => leases?.[n]?.kind !== 'granted'))
    return leases
  }

  /** Asks once more for leases that were granted. */
  async renew(keys: readonly string[]): Promise<void> {
    if (!this.#takesNoMore) await this.#askFor(keys)
  }

  /** Gives up leases that were granted, but for those that another fetch of this process goes on under. */
  async release(keys: readonly string[]): Promise<void> {
    await this.#giveUp(this.#leased.end(keys))
  }

  /** Leases that were granted have ended by what was kept. */
  ended(keys: readonly string[]): void {
    this.#leased.end(keys)
  }

  /** Gives up all leases, whoever goes on under them, and takes no more. */
  async releaseAll(): Promise<void> {
    this.#takesNoMore = true
    await this.#giveUp(this.#leased.endAll())
  }

  async #askFor(keys: readonly string[]): Promise<readonly Lease[] | undefined> {
    let isSent = false
    const ask = (): Promise<readonly Lease[]> => {
      isSent = true
      return this.#traits.leases!.lease([...keys])
    }
    const attempt = await this.#call.attempts.ask('lease', keys, ask, areLeases(keys.length))
    if (attempt.ok) return attempt.answer
    this.#call.fail('lease', attempt.error)
    const { over } = attempt
    // What is granted after all is nobody's, unless somebody has use for it by then: others would wait in vain until it ends.
    if (over !== undefined && isSent) {
      const giveUp = () => this.#giveUp(keys.filter((key) => !this.#leased.has(key)))
      over.then(() => this.#call.background('giving up leases', giveUp))
    }
    return undefined
  }

  async #giveUp(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return
    const attempt = await this.#call.attempts.run(
      'lease',
      keys,
      () => this.#traits.leases!.release([...keys]),
      isAnything,
    )
    if (!attempt.ok) this.#call.fail('lease', attempt.error)
  }

  /**
   * Counts in the level itself. Unlike everything else this can fail its caller: a number cannot be
   * guessed. Where it is out of date, or a late call may still remove it, nothing is counted.
   */
  async increment(
    key: string,
    by: number,
    deadline: number | undefined,
    fresh: number,
  ): Promise<Attempt<Entry | undefined>> {
    const { attempts, catchUp, fail } = this.#call
    if (catchUp.journal.covers(key) || catchUp.journal.isHeld(keyScope(key))) {
      const error = new TerraceError(
        'ERR_LEVEL_UNAVAILABLE',
        'increment: the level has missed an invalidation of the key',
      )
      return { ok: false, error, over: undefined }
    }
    const { amends } = this.#traits
    const attempt = await attempts.run(
      'amend',
      [key],
      () => amends!.increment(key, by, deadline, fresh),
      isEntryOr(key),
    )
    if (!attempt.ok) fail('amend', attempt.error)
    return attempt
  }

  /** Gives the entry under the key a new deadline where it lies. @returns whether there was one; `undefined` if the level failed */
  async expire(key: string, deadline: number): Promise<boolean | undefined> {
    const scopes = [keyScope(key)]
    const { journal } = this.#call.catchUp
    if (journal.isHeld(scopes[0]!)) return undefined
    const attempt = await this.#call.attempts.run(
      'amend',
      [key],
      () => this.#traits.amends!.expire(key, deadline),
      isBoolean,
    )
    if (attempt.ok) return attempt.answer
    this.#call.fail('amend', attempt.error)
    this.#call.catchUp.missed(scopes, attempt.over)
    return undefined
  }

  /** What the level's server tells of itself; `undefined` if it cannot, or failed. */
  async info(): Promise<ServerInfo | undefined> {
    const { informs } = this.#traits
    if (informs === undefined) return undefined
    const attempt = await this.#call.attempts.run('info', [], () => informs.info(), isServerInfo)
    if (!attempt.ok) this.#call.fail('info', attempt.error)
    return attempt.ok ? attempt.answer : undefined
  }
}
