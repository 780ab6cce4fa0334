import { invariant, TerraceError } from '../errors.ts'
import type { CacheEvent, FetchPriority } from '../events.ts'
import type { Cancel, World } from '../world/world.ts'
import { AdaptiveLimit } from './adaptive-limit.ts'
import { type ConcurrencyLimit, FixedLimit, type Outcome } from './concurrency-limit.ts'
import type { Permit } from './permits.ts'
import { Permits } from './permits.ts'
import { RetryBudget } from './retry-budget.ts'
import type { RetrySettings, SourceSettings } from './source-options.ts'
import { type Place, rankOf, WaitingLine } from './waiting-line.ts'

/** A fetch that wants to be let through. */
export interface Applicant {
  readonly keys: readonly string[]
  readonly priority: FetchPriority
  /**
   * On whose behalf. Its signal aborts when nobody wants the answer any more; it is looked at only where the fetch
   * has to wait, or has failed.
   */
  readonly party: { readonly signal: AbortSignal }
}

interface Waiter extends Place {
  readonly applicant: Applicant
  readonly signal: AbortSignal
  readonly admit: (permit: Permit) => void
  readonly refuse: (reason: unknown) => void
  readonly leave: () => void
}

/** Why a fetch was shed: the line was full, it was full for a higher priority, or its time was over. */
type Shedding = Extract<CacheEvent, { readonly type: 'shed' }>['reason']

/**
 * Lets only so many fetches of a cache through to the source at a time; the others stand in a line that is
 * bounded in length and in time.
 *
 * Invariants: while somebody waits, no place is free; a fetch that is let through is under way until its
 * permit is done or `maxFetchTime` is over; every fetch that waits is let through, shed, or leaves.
 */
export class Governor {
  readonly world: World
  readonly retries: RetrySettings | undefined
  readonly budget: RetryBudget | undefined
  readonly tell: (event: CacheEvent) => void
  readonly #settings: SourceSettings
  readonly #limit: ConcurrencyLimit
  readonly #permits: Permits
  readonly #line = new WaitingLine<Waiter>()
  /** Who waits, by party: that of a batch may come in several parts. */
  readonly #waiting = new Map<Applicant['party'], Set<Waiter>>()
  /** Ends the pauses before retries. */
  readonly #pauses = new Set<() => void>()
  #isClosed = false
  #cancel: Cancel | undefined
  #shed = 0
  #retried = 0
  #waited = 0

  constructor(world: World, settings: SourceSettings, tell: (event: CacheEvent) => void) {
    const { maxConcurrent, retries } = settings
    this.world = world
    this.tell = tell
    this.retries = retries
    this.budget = retries === undefined ? undefined : new RetryBudget(world, retries.budget)
    this.#settings = settings
    this.#limit =
      typeof maxConcurrent === 'number' ? new FixedLimit(maxConcurrent) : new AdaptiveLimit(world, maxConcurrent)
    this.#permits = new Permits(world, (permit, outcome) => this.#done(permit, outcome))
  }

  /** How many may be under way now; `Infinity` for no limit. */
  get limit(): number {
    return this.#limit.value
  }

  get inFlight(): number {
    return this.#permits.size
  }

  get queued(): number {
    return this.#line.size
  }

  /** Fetches that were not let through. */
  get shed(): number {
    return this.#shed
  }

  get retried(): number {
    return this.#retried
  }

  /** Milliseconds that all fetches together have waited in line. */
  get waited(): number {
    return this.#waited
  }

  /**
   * Asks for a place: at once where there is one, without a promise; otherwise when it is this fetch's turn.
   *
   * @throws (rejects) TerraceError `ERR_FETCH_SHED`; `ERR_CLOSED`; the reason of a signal that aborts meanwhile
   */
  admit(applicant: Applicant): Permit | Promise<Permit> {
    if (this.#permits.size < this.limit) return this.#permits.give()
    this.#permits.expire(this.#settings.maxFetchTime)
    if (this.#permits.size < this.limit) return this.#permits.give()
    return this.#enqueue(applicant)
  }

  /** Somebody has joined who matters more: what waits on behalf of this party goes where it would be if it had come for him. */
  hasten(party: Applicant['party'], priority: FetchPriority): void {
    if (this.#line.size === 0) return
    const rank = rankOf(priority)
    for (const waiter of this.#waiting.get(party) ?? []) if (waiter.rank > rank) this.#line.raise(waiter, rank)
  }

  /**
   * Counts a retry, tells of it, and waits until its time has come, or nobody wants it any more.
   *
   * @returns whether it is to be made
   */
  async retryIn(delay: number, { keys, party }: Applicant, attempt: number, error: unknown): Promise<boolean> {
    if (this.#isClosed) return false
    this.#retried++
    this.tell({ type: 'retried', keys, attempt, delay, error })
    const { promise, resolve } = Promise.withResolvers<void>()
    const end = (): void => resolve()
    const cancel = this.world.after(delay, end, true)
    this.#pauses.add(end)
    party.signal.addEventListener('abort', end, { once: true })
    await promise
    cancel()
    this.#pauses.delete(end)
    party.signal.removeEventListener('abort', end)
    return !party.signal.aborted && !this.#isClosed
  }

  /** Nothing waits any more: neither for its turn nor for a retry. What is under way goes on. */
  close(): void {
    this.#isClosed = true
    for (const end of this.#pauses) end()
    for (let oldest = this.#line.oldest(); oldest !== undefined; oldest = this.#line.oldest()) {
      this.#takeOut(oldest)
      oldest.refuse(closed())
    }
  }

  /** @throws TerraceError `ERR_INVARIANT` if it is not what it should be */
  check(): void {
    this.#line.check()
    this.#permits.check()
    const { queued, inFlight, limit } = this
    invariant(queued === 0 || inFlight >= limit, () => `${queued} wait, and ${limit - inFlight} places are free`)
    invariant(queued <= this.#settings.maxQueued, () => `${queued} wait, ${this.#settings.maxQueued} may`)
    const byParty = [...this.#waiting.values()].reduce((sum, { size }) => sum + size, 0)
    invariant(byParty === queued, () => `${queued} wait, and parties know of ${byParty}`)
    invariant(queued > 0 === (this.#cancel !== undefined), () => 'the line is watched if and only if somebody waits')
  }

  async #enqueue(applicant: Applicant): Promise<Permit> {
    const { priority, party } = applicant
    const { signal } = party
    if (this.#isClosed) throw closed()
    if (signal.aborted) throw signal.reason
    const rank = rankOf(priority)
    const { maxQueued } = this.#settings
    const displaced = this.#line.size < maxQueued ? undefined : this.#line.lowerThan(rank)
    if (this.#line.size >= maxQueued && displaced === undefined) throw this.#refusal(applicant, 'full', 0)
    const { promise, resolve, reject } = Promise.withResolvers<Permit>()
    const waiter: Waiter = {
      since: this.world.mono(),
      rank,
      before: undefined,
      after: undefined,
      applicant,
      signal,
      admit: resolve,
      refuse: reject,
      leave: () => {
        this.#takeOut(waiter)
        reject(signal.reason)
      },
    }
    if (displaced !== undefined) this.#takeOut(displaced)
    this.#line.add(waiter)
    const together = this.#waiting.get(party) ?? new Set()
    this.#waiting.set(party, together.add(waiter))
    signal.addEventListener('abort', waiter.leave, { once: true })
    this.#watch()
    if (displaced !== undefined) this.#refuse(displaced, 'displaced')
    return promise
  }

  /** What somebody who was taken out of the line is rejected with, when all is in order again. */
  #refuse(waiter: Waiter, reason: Shedding): void {
    waiter.refuse(this.#refusal(waiter.applicant, reason, this.world.mono() - waiter.since))
  }

  #refusal({ keys, priority }: Applicant, reason: Shedding, waited: number): TerraceError {
    this.#shed++
    this.tell({ type: 'shed', keys, priority, reason, waited })
    const { maxQueued, maxQueueTime } = this.#settings
    const why =
      reason === 'late'
        ? `it has waited ${maxQueueTime} ms for its turn`
        : `the line is full (maxQueued: ${maxQueued})${reason === 'full' ? '' : ', and one of a higher priority has come'}`
    return new TerraceError('ERR_FETCH_SHED', `a fetch was not let through to the source: ${why}`)
  }

  #done({ began, among }: Permit, outcome: Outcome): void {
    // The one that has ended was under way as well.
    this.#limit.note(outcome, this.world.mono() - began, Math.max(among, this.#permits.size + 1))
    this.#letIn()
  }

  /** Lets in whoever there is room for. */
  #letIn(): void {
    while (this.#line.size > 0 && this.#permits.size < this.limit) {
      const waiter = this.#line.next()!
      this.#gone(waiter)
      waiter.admit(this.#permits.give())
    }
    if (this.#line.size === 0) this.#unwatch()
  }

  #takeOut(waiter: Waiter): void {
    this.#line.remove(waiter)
    this.#gone(waiter)
    if (this.#line.size === 0) this.#unwatch()
  }

  #gone(waiter: Waiter): void {
    const { since, applicant, signal, leave } = waiter
    this.#waited += this.world.mono() - since
    signal.removeEventListener('abort', leave)
    const together = this.#waiting.get(applicant.party)
    together?.delete(waiter)
    if (together?.size === 0) this.#waiting.delete(applicant.party)
  }

  /** One timer for all: for whoever has waited longest, and for the fetch that has been under way longest. */
  #watch(): void {
    if (this.#cancel !== undefined) return
    const { maxQueueTime, maxFetchTime } = this.#settings
    const late = this.#line.oldest()!.since + maxQueueTime
    const lost = (this.#permits.oldest()?.began ?? Number.POSITIVE_INFINITY) + maxFetchTime
    const delay = Math.max(1, Math.min(late, lost) - this.world.mono())
    this.#cancel = this.world.after(delay, () => this.#look(), true)
  }

  #look(): void {
    this.#cancel = undefined
    const { maxFetchTime, maxQueueTime } = this.#settings
    this.#permits.expire(maxFetchTime)
    const now = this.world.mono()
    const late: Waiter[] = []
    for (let oldest = this.#line.oldest(); oldest !== undefined; oldest = this.#line.oldest()) {
      if (oldest.since + maxQueueTime > now) break
      this.#takeOut(oldest)
      late.push(oldest)
    }
    if (this.#line.size > 0) this.#watch()
    for (const waiter of late) this.#refuse(waiter, 'late')
  }

  #unwatch(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }
}

function closed(): TerraceError {
  return new TerraceError('ERR_CLOSED', 'the cache was closed while a fetch waited for its turn')
}
