import type { Cancel, World } from '../world/world.ts'
import { Questions } from './questions.ts'
import { Rumours } from './rumours.ts'
import { Silence } from './silence.ts'

/** How long a step that is missing may still come by itself, in milliseconds. */
const PATIENCE = 50

/** When a shard is asked what happened: whenever anybody needs to know, and in the background where there is reason to. */
export class ShardQuestions {
  readonly #world: World
  readonly #questions: Questions
  readonly #silence: Silence
  readonly #rumours: Rumours
  #isAsking = false
  /** Somebody has told of another history since it was asked last. */
  #isDoubted = false
  #cancel: Cancel | undefined
  #isClosed = false

  /** @param ask asks the shard. Never called again before it has settled. */
  constructor(world: World, ask: () => Promise<void>) {
    this.#world = world
    this.#silence = new Silence(world)
    this.#rumours = new Rumours(world)
    this.#questions = new Questions(async () => {
      this.#isAsking = true
      try {
        await ask()
        this.#silence.end()
      } catch (error) {
        this.#silence.failed(error)
        throw error
      } finally {
        this.#isAsking = false
      }
    })
  }

  /** Whether there was no answer when it was last asked. */
  get areUnanswered(): boolean {
    return this.#silence.lasts
  }

  /** What the last one failed with; `undefined` if it was answered. */
  get reason(): unknown {
    return this.#silence.reason
  }

  /** @throws what the last one failed with, if that was a moment ago */
  check(): void {
    this.#silence.check()
  }

  /** Those who ask at the same time share the answer. */
  ask(): Promise<void> {
    return this.#questions.ask()
  }

  /** Asks with a question that is sent from now on, not one that is under way. */
  askAnew(): Promise<void> {
    return this.#questions.askAnew()
  }

  /** Asks with a question that is sent from now on, unless the answer to one under way is enough. Rejects if it fails, or has just failed. */
  async askUntil(isEnough: () => boolean): Promise<void> {
    this.#silence.check()
    return this.#questions.askUntil(isEnough)
  }

  /** Something is missing, which may come by itself: asks if `isMissing` is still true then. */
  askUnlessItComes(isMissing: () => boolean, patience: number = PATIENCE): void {
    if (this.#isClosed || this.#cancel !== undefined) return
    this.#cancel = this.#world.after(patience, () => {
      this.#cancel = undefined
      const isDoubted = this.#isDoubted
      this.#isDoubted = false
      // What a question under way is answered may be older than what was told.
      if (isDoubted) this.#inBackground(this.askAnew())
      else if (isMissing()) this.#inBackground(this.ask())
    })
  }

  /** Something is missing that the shard will not remember for long. */
  askAtOnce(): void {
    if (this.#isClosed || this.#isAsking || this.areUnanswered) return
    this.#inBackground(this.ask())
  }

  /** Somebody tells of a history of this reign that is not the one that is followed. */
  doubt(reign: string): void {
    if (!this.#rumours.isWorthAsking(reign)) return
    this.#isDoubted = true
    this.askUnlessItComes(() => true, 0)
  }

  /** There was another history indeed. */
  cameTrue(): void {
    this.#rumours.cameTrue()
  }

  close(): void {
    this.#isClosed = true
    this.#cancel?.()
  }

  /** What fails is asked again by the next pulse, or by whoever needs it. */
  #inBackground(asked: Promise<void>): void {
    this.#world.background(
      asked.catch(() => undefined),
      'asking a ledger what was missed',
    )
  }
}
