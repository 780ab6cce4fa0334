import type { Hearing } from '../level.ts'
import { within } from '../remote/deadline.ts'
import type { Store } from '../stores/store.ts'
import type { World } from '../world/world.ts'

/** So much of `maxStaleness` a sign of life of its own proves to a process that it hears the feed. */
const TRUST = 0.4

/** What {@link FeedProof} works with. Times in milliseconds. */
export interface FeedProofContext {
  readonly store: Store
  readonly world: World
  /** How long the feed, and the store, may take to answer. */
  readonly timeout: number
  readonly maxStaleness: number
  /** Sends a sign of life. */
  readonly sign: () => void
  /** Called when the store begins to be alone, and when its feed is heard again. */
  readonly turned: () => void
}

/**
 * By what is believed what is held above a store with a feed: by the feed, as long as it is heard. Where it is not,
 * though the store answers, the store is *alone*: as one that has no feed it tells nothing, and what is held above it
 * lives at most as long as that store says. A feed that is cut must not make of it less than it would be without one.
 *
 * Where the store does not answer either, nothing is proven: this process is cut off.
 */
export class FeedProof {
  readonly #context: FeedProofContext
  #at = Number.NEGATIVE_INFINITY
  #isAlone = false
  /** The question whether anything is to be believed, once for all who wait. */
  #asking: Promise<boolean> | undefined
  #onHeard: ((isHeard: boolean) => void) | undefined
  /** The last such question had no answer. */
  #isSilent = false
  #isClosed = false

  constructor(context: FeedProofContext) {
    this.#context = context
  }

  /** When the last sign of life was sent that came back. */
  get at(): number {
    return this.#at
  }

  get isAlone(): boolean {
    return this.#isAlone
  }

  get hearing(): Hearing {
    return this.#isAlone ? 'nothing' : 'feed'
  }

  get maxStaleness(): number {
    const { store, maxStaleness } = this.#context
    return this.#isAlone ? (store.traits.shares?.maxStaleness ?? maxStaleness) : maxStaleness
  }

  get provenUntil(): number {
    return this.#isAlone ? Number.POSITIVE_INFINITY : this.#heardUntil
  }

  /** Hears a sign of life of its own, or else finds that the store answers, within the deadline. While neither does nobody waits for it. */
  async prove(key: string): Promise<boolean> {
    if (this.#context.world.mono() < this.provenUntil) return true
    if (this.#isClosed) return false
    this.#asking ??= this.#asked(key)
    return this.#isSilent ? false : this.#asking
  }

  /** The feed has carried what this process sent at the moment `sent`. */
  heard(sent: number): void {
    this.#at = sent
    if (this.#context.world.mono() >= this.#heardUntil) return
    this.#isSilent = false
    this.#onHeard?.(true)
    if (!this.#isAlone) return
    this.#isAlone = false
    this.#context.turned()
  }

  close(): void {
    this.#isClosed = true
    this.#onHeard?.(false)
  }

  get #heardUntil(): number {
    return this.#at + this.#context.maxStaleness * TRUST
  }

  async #asked(key: string): Promise<boolean> {
    // Both at once: whoever waits does so for one deadline.
    const reaching = this.#reaches(key)
    const isProven = (await this.#hears()) || this.#standsAlone(await reaching)
    this.#asking = undefined
    this.#isSilent = !isProven
    return isProven
  }

  async #hears(): Promise<boolean> {
    const { world, timeout, sign } = this.#context
    const isHeard = await new Promise<boolean>((resolve) => {
      const cancel = world.after(timeout, () => resolve(false), !this.#isSilent)
      this.#onHeard = (answer) => {
        cancel()
        resolve(answer)
      }
      sign()
    })
    this.#onHeard = undefined
    return isHeard
  }

  /** Of several servers that of the key has to answer, or all for the empty key. */
  async #reaches(key: string): Promise<boolean> {
    const { store, world, timeout } = this.#context
    const { shares } = store.traits
    if (shares === undefined) return true
    return within(world, timeout, shares.prove(key), 'asking a store', () => undefined).catch(() => false)
  }

  /** @returns whether anything is proven by now */
  #standsAlone(isReached: boolean): boolean {
    if (this.#context.world.mono() < this.provenUntil) return true
    if (!isReached || this.#isClosed) return false
    this.#isAlone = true
    this.#context.turned()
    return true
  }
}
