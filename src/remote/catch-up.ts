import type { Scope } from '../entry/scope.ts'
import type { Observers } from '../observe/observers.ts'
import type { Cancel, World } from '../world/world.ts'
import type { Attempt } from './attempts.ts'
import { Journal } from './journal.ts'

/** Invalidations one level may be behind by before all of it counts as unknown. */
const MOST_PENDING = 100_000
const BATCH = 500
const FIRST_PAUSE = 250
const LONGEST_PAUSE = 30_000

/** What a {@link CatchUp} works with. */
export interface CatchUpContext {
  /** What is sent apart from the rest, for it may fail alone. */
  readonly apart: (scopes: readonly Scope[]) => readonly (readonly Scope[])[]
  /** Sends scopes to the level; one that has not answered of late is asked only with `insists`. */
  readonly raise: (scopes: readonly Scope[], insists: boolean) => Promise<Attempt<unknown>>
  /** Told which have caught up. */
  readonly onLanded: (scopes: readonly Scope[]) => void
}

/**
 * Sends the invalidations a level has missed again, in batches, with pauses that double from 250 ms
 * to 30 s (each shortened at random by up to half), until they land.
 */
export class CatchUp {
  readonly journal: Journal = new Journal(MOST_PENDING)
  readonly #world: World
  readonly #observers: Observers
  readonly #context: CatchUpContext
  #failures = 0
  #cancel: Cancel | undefined
  #closed = false

  constructor(world: World, observers: Observers, context: CatchUpContext) {
    this.#world = world
    this.#observers = observers
    this.#context = context
  }

  /** The level has missed these; `over` settles once a late call about them is over. */
  missed(scopes: readonly Scope[], over: Promise<void> | undefined): void {
    if (this.#closed) return
    this.journal.add(scopes)
    if (over !== undefined) {
      this.journal.hold(scopes)
      this.#world.background(
        over.then(() => this.journal.release(scopes)),
        'a late call of a level',
      )
    }
    this.#schedule()
  }

  /** The level has accepted these, in a call sent at the journal's moment `sent`. */
  landed(scopes: readonly Scope[], sent: number): void {
    const settled = this.journal.landed(scopes, sent)
    if (settled.length > 0) this.#context.onLanded(settled)
  }

  /** The level answers again: no need to wait. */
  hurry(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#failures = 0
    this.#schedule(0)
  }

  /** Sends all at once, for there may be no later: until nothing of a batch lands, or all that may be sent has been. */
  async flush(): Promise<void> {
    for (let left = Math.ceil(this.journal.size / BATCH); left > 0 && !this.#closed; left--) {
      const scopes = this.journal.ready(BATCH)
      if (scopes.length === 0 || !(await this.#send(scopes, true))) return
    }
  }

  close(): void {
    this.#closed = true
    this.#cancel?.()
  }

  #schedule(pause: number = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.min(this.#failures, 10))): void {
    if (this.#cancel !== undefined || this.#closed || this.journal.size === 0) return
    this.#cancel = this.#world.after(pause * (1 - this.#world.random() / 2), () => {
      this.#cancel = undefined
      this.#observers.background('telling a level what it has missed', () => this.#retry())
    })
  }

  async #retry(): Promise<void> {
    const scopes = this.journal.ready(BATCH)
    if (scopes.length > 0 && !this.#closed) {
      const landed = await this.#send(scopes, false)
      this.#failures = landed ? 0 : this.#failures + 1
      // It answers: the rest follows at once.
      if (landed) return this.#schedule(0)
    }
    this.#schedule()
  }

  /** @returns whether any of it has landed. What has not, goes behind the rest */
  async #send(scopes: readonly Scope[], insists: boolean): Promise<boolean> {
    const sent = this.journal.now()
    const attempts = this.#context.apart(scopes).map(async (some) => {
      const { ok } = await this.#context.raise(some, insists)
      if (ok) this.landed(some, sent)
      else this.journal.putOff(some)
      return ok
    })
    return (await Promise.all(attempts)).includes(true)
  }
}
