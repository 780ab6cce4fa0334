import type { Entry } from '../entry/entry.ts'
import type { Scope } from '../entry/scope.ts'
import { TerraceError } from '../errors.ts'
import type { Backend, BreakerState, LevelOperation } from '../events.ts'
import { type Level, type Reading, type Spreads, Unsettled } from '../level.ts'
import type { Observers } from '../observe/observers.ts'
import type { Cancel, World } from '../world/world.ts'
import { Breaker } from './breaker.ts'
import { start } from './deadline.ts'
import { Turnstile } from './turnstile.ts'

/** How a call of a level ended. */
export type Attempt<T> =
  | { readonly ok: true; readonly answer: T }
  | {
      readonly ok: false
      readonly error: unknown
      /** Settles, never rejects, when a late call is over after all; `undefined` if it is over already. */
      readonly over: Promise<void> | undefined
    }

/** An attempt that was answered: see `Fact` in `entry/entry.ts`. */
class Success<T> {
  readonly ok = true
  readonly answer: T

  constructor(answer: T) {
    this.answer = answer
  }
}

/** What a call of a level is about. */
export type Subject = readonly (string | Entry | Scope)[]

/** Calls that may be outstanding, late ones included, before no more are made. */
const MOST_OUTSTANDING = 10_000
/** Milliseconds between two rounds of questions to the parts of a level: many calls may be late at once. */
const BETWEEN_INQUIRIES = 20
/** What changes something in a store, one step after the other. Reads are cheap, and their callers wait for them. */
const CHANGES: ReadonlySet<LevelOperation> = new Set(['write', 'replace', 'raise', 'amend', 'lease'])

/**
 * Calls of one level, each under its deadline and the breaker, none of them able to reject. A wrong
 * shape is a failure like any other. Unfinished work is bounded.
 */
export class Attempts {
  readonly #world: World
  readonly #observers: Observers
  readonly #name: string
  readonly #timeout: number
  /** Where it lies on several servers. */
  readonly #spreads: Spreads | undefined
  #inquiredAt = Number.NEGATIVE_INFINITY
  readonly #backend: Backend | undefined
  /** None for a level inside the process: it cannot be unreachable. */
  #breaker: Breaker | undefined
  readonly #turnstile: Turnstile | undefined
  #outstanding = 0
  /** Nothing is called before it has settled. */
  #loading: Promise<void> | undefined

  /** @param onBreaker is told when the breaker changes its state. */
  constructor(
    world: World,
    observers: Observers,
    { name, timeout, traits }: Pick<Level, 'name' | 'timeout' | 'traits'>,
    onBreaker: (state: BreakerState) => void,
  ) {
    this.#world = world
    this.#observers = observers
    this.#name = name
    this.#timeout = timeout
    this.#spreads = traits.spreads
    this.#backend = traits.backend
    if (timeout === Number.POSITIVE_INFINITY) return
    const turnstile = new Turnstile(world, timeout, traits.spreads !== undefined)
    this.#turnstile = turnstile
    this.#breaker = new Breaker(world, (state) => {
      // Whoever waits there would be refused: that need not take time.
      if (state === 'open') turnstile.open()
      onBreaker(state)
    })
  }

  /** Calls wait for this, and their deadlines begin then. It must settle, and not reject. */
  waitFor(loading: Promise<void>): void {
    this.#loading = loading.then(() => {
      this.#loading = undefined
    })
  }

  get state(): BreakerState {
    return this.#breaker?.state ?? 'closed'
  }

  /** Some part of the level has answered by itself. */
  answered(): void {
    if (this.state !== 'closed') this.#breaker?.succeeded()
  }

  /** One promise and one timer a call: it is on the way of every read. */
  run<T>(
    operation: LevelOperation,
    subject: Subject,
    call: () => Promise<unknown>,
    isShaped: (answer: unknown) => answer is T,
  ): Promise<Attempt<T>> {
    const load = this.#loadOf(operation, subject)
    if (load > 0 && !this.#turnstile!.enter(load))
      return this.#runInTurn(operation, load, () => this.#runNow(operation, subject, call, isShaped, load))
    return this.#runNow(operation, subject, call, isShaped, load)
  }

  #runNow<T>(
    operation: LevelOperation,
    subject: Subject,
    call: () => Promise<unknown>,
    isShaped: (answer: unknown) => answer is T,
    load: number,
  ): Promise<Attempt<T>> {
    const refused = this.#whyRefused()
    if (refused !== undefined) {
      this.#left(load)
      return Promise.resolve(this.#refused(refused))
    }
    if (this.#loading !== undefined)
      return this.#runLater(this.#loading, () => this.run(operation, subject, call, isShaped))
    return this.#watched(operation, subject, () => this.#make(call, isShaped, load))
  }

  /** How much goes through the turnstile: nothing where the level cannot be asked now. */
  #loadOf(operation: LevelOperation, subject: Subject): number {
    if (this.#turnstile === undefined || this.#loading !== undefined || this.state !== 'closed') return 0
    return CHANGES.has(operation) ? subject.length : 0
  }

  #left(load: number, sent?: number): void {
    if (load > 0) this.#turnstile!.leave(load, sent)
  }

  /** {@link Attempts.run} for what may have no later chance: the level is asked though it has not answered of late. */
  insist<T>(
    operation: LevelOperation,
    subject: Subject,
    call: () => Promise<unknown>,
    isShaped: (answer: unknown) => answer is T,
  ): Promise<Attempt<T>> {
    if (this.state === 'closed') return this.run(operation, subject, call, isShaped)
    return this.#watched(operation, subject, () => this.#make(call, isShaped, 0))
  }

  /** The call that ends a level: it is never refused, and says nothing about whether the level answers. */
  last<T>(call: () => Promise<unknown>, isShaped: (answer: unknown) => answer is T): Promise<Attempt<T>> {
    this.#breaker = undefined
    return this.#watched('close', [], () => this.#make(call, isShaped, 0))
  }

  /** Observers are told how long a call took, tracers stand around it. Nothing is done where there are none. */
  #watched<T>(operation: LevelOperation, subject: Subject, make: () => Promise<Attempt<T>>): Promise<Attempt<T>> {
    const observers = this.#observers
    if (!observers.traces && !observers.hears('levelCalled')) return make()
    const level = this.#name
    const timed = async (): Promise<Attempt<T>> => {
      const began = this.#world.mono()
      const attempt = await make()
      const duration = this.#world.mono() - began
      const error = attempt.ok ? undefined : attempt.error
      const outcome = { duration, failed: !attempt.ok, error }
      observers.tell({ type: 'levelCalled', level, operation, keys: subject.length, ...outcome })
      return attempt
    }
    if (!observers.traces) return timed()
    const work = { kind: 'level' as const, level, operation, keys: keysOf(subject), backend: this.#backend }
    return observers.trace(work, timed, (attempt) => {
      if (!attempt.ok) throw attempt.error
      return operation === 'read' ? { found: foundIn(attempt.answer) } : {}
    })
  }

  #make<T>(
    call: () => Promise<unknown>,
    isShaped: (answer: unknown) => answer is T,
    load: number,
  ): Promise<Attempt<T>> {
    const sent = this.#world.mono()
    this.#outstanding++
    const work = start(call)
    return new Promise((resolve) => {
      let isLate = false
      const cancel = this.#afterTimeout(sent, () => {
        isLate = true
        this.#left(load, sent)
        const error = new TerraceError('ERR_LEVEL_TIMEOUT', `level ${this.#name}: no answer within ${this.#timeout} ms`)
        resolve(this.#failed(error, sent, this.#await(work)))
      })
      work.then(
        (answer) => {
          if (isLate) return
          cancel?.()
          this.#outstanding--
          this.#left(load, sent)
          resolve(this.#judged(answer, isShaped, sent))
        },
        (error: unknown) => {
          if (isLate) return
          cancel?.()
          this.#outstanding--
          this.#left(load, sent)
          resolve(this.#failed(error, sent, undefined))
        },
      )
    })
  }

  /**
   * {@link Attempts.run} for somebody who does not wait for a level that has not answered of late: it
   * is unavailable, and tried meanwhile if it is time to. That may take effect.
   */
  ask<T>(
    operation: LevelOperation,
    subject: Subject,
    call: () => Promise<unknown>,
    isShaped: (answer: unknown) => answer is T,
  ): Promise<Attempt<T>> {
    if (this.state === 'closed') return this.run(operation, subject, call, isShaped)
    const tried = this.run(operation, subject, call, isShaped).then((attempt) =>
      attempt.ok ? undefined : attempt.over,
    )
    this.#world.background(tried, 'trying a level that has not answered')
    return Promise.resolve({ ...this.#refused('it does not answer, and nobody waits for it'), over: tried })
  }

  async #runLater<T>(loading: Promise<void>, run: () => Promise<Attempt<T>>): Promise<Attempt<T>> {
    this.#outstanding++
    await loading
    this.#outstanding--
    return run()
  }

  /** A change waits as long as the store goes on; whoever wants a lease wants a value, and waits no longer than for that. */
  async #runInTurn<T>(operation: LevelOperation, load: number, run: () => Promise<Attempt<T>>): Promise<Attempt<T>> {
    const patience = operation === 'lease' ? this.#timeout : Number.POSITIVE_INFINITY
    if (await this.#turnstile!.wait(load, patience)) return run()
    return this.#refused('it has more to do than it can in time')
  }

  #whyRefused(): string | undefined {
    if (this.#outstanding >= MOST_OUTSTANDING) return `${this.#outstanding} calls are unanswered`
    return this.#breaker?.admits() === false ? 'it does not answer, and is not asked for a while' : undefined
  }

  /** Of a level in parts, the second half is there to find out whether the others answer. */
  #afterTimeout(sent: number, late: () => void): Cancel | undefined {
    const spreads = this.#spreads
    const timeout = this.#timeout
    if (timeout === Number.POSITIVE_INFINITY) return undefined
    if (spreads === undefined) return this.#world.after(timeout, late, true)
    let cancel = this.#world.after(
      timeout / 2,
      () => {
        this.#inquire(spreads)
        cancel = this.#world.after(Math.max(0, sent + timeout - this.#world.mono()), late, true)
      },
      true,
    )
    return () => cancel()
  }

  #judged<T>(answer: unknown, isShaped: (answer: unknown) => answer is T, sent: number): Attempt<T> {
    try {
      if (!isShaped(answer)) throw new TypeError(`level ${this.#name}: an answer of the wrong shape`)
    } catch (error) {
      return this.#failed(error, sent, undefined)
    }
    this.#breaker?.succeeded()
    return new Success(answer)
  }

  #failed(error: unknown, sent: number, over: Promise<void> | undefined): Attempt<never> {
    // What is below may have had a deadline of its own.
    const cause = error instanceof Unsettled ? error.cause : error
    const isLate = over !== undefined || (cause instanceof TerraceError && cause.code === 'ERR_LEVEL_TIMEOUT')
    this.#judge(sent, isLate)
    return { ok: false, error, over: error instanceof Unsettled ? error.over : over }
  }

  /** What one part of a level fails at is no failure of the level, as long as others answer. */
  #judge(sent: number, isLate: boolean): void {
    const spreads = this.#spreads
    if (spreads?.answers(isLate ? sent : undefined) === true) this.answered()
    else {
      if (spreads !== undefined) this.#inquire(spreads)
      this.#breaker?.failed(sent, isLate)
    }
  }

  #inquire(spreads: Spreads): void {
    const now = this.#world.mono()
    if (now - this.#inquiredAt < BETWEEN_INQUIRIES) return
    this.#inquiredAt = now
    spreads.inquire()
  }

  #refused(why: string): Attempt<never> {
    const error = new TerraceError('ERR_LEVEL_UNAVAILABLE', `level ${this.#name}: ${why}`)
    return { ok: false, error, over: undefined }
  }

  #await(work: Promise<unknown>): Promise<void> {
    const settled = (): void => {
      this.#outstanding--
    }
    return work.then(settled, async (error: unknown) => {
      settled()
      if (error instanceof Unsettled) await error.over
    })
  }
}

function keysOf(subject: Subject): string[] {
  const keys: string[] = []
  for (const about of subject) {
    if (typeof about === 'string') keys.push(about)
    else if ('key' in about) keys.push(about.key)
  }
  return keys
}

/** How many keys were found by a read whose answer has the shape of one. */
function foundIn(reading: unknown): number {
  let found = 0
  for (const entry of (reading as Reading).entries) if (entry !== undefined) found++
  return found
}
