import type { Hearing } from '../level.ts'
import type { Invalidation, Ledger, Listener } from '../stores/ledger.ts'
import type { Cancel, World } from '../world/world.ts'
import type { HeldUp } from './held-up.ts'
import type { LedgerSpread } from './ledger-spread.ts'
import type { ShardLink } from './shard-link.ts'

/** How often a store is asked whether anything was missed, within `maxStaleness`. */
const PULSES = 5
const SHORTEST_PULSE = 20

/** What {@link LedgerHearing} works with. */
export interface HearingContext {
  readonly ledger: Ledger
  readonly world: World
  readonly links: readonly ShardLink[]
  /** Milliseconds this process may go without proof that it has heard everything. */
  readonly maxStaleness: number
  /** Settles when the ledger can be asked at all; never rejects. */
  readonly loading: Promise<void> | undefined
  /** Told when pulses are due: one that is far too late shows that the process was held up. */
  readonly heldUp: HeldUp
  /** Takes note of which shards answer, where they lie on several servers. */
  readonly spread: LedgerSpread | undefined
  /** Told of leases that are over. */
  readonly settled: (keys: readonly string[]) => void
}

/** Hears what others do in a ledger: from its feed, where it has one, and by asking every shard that has told nothing for a pulse. */
export class LedgerHearing implements Listener {
  readonly #context: HearingContext
  readonly #tellsEnds: boolean
  #started = false
  #isClosed = false
  #loading: Promise<void> | undefined
  #cancel: Cancel | undefined

  constructor(context: HearingContext) {
    this.#context = context
    this.#tellsEnds = context.ledger.listen !== undefined
    this.#loading = context.loading?.then(() => {
      this.#loading = undefined
    })
  }

  get kind(): Hearing {
    return this.#tellsEnds && this.#context.ledger.isHeard !== false ? 'feed' : 'pulse'
  }

  /** Settles when the ledger can be asked; `undefined` if it can. */
  get loading(): Promise<void> | undefined {
    return this.#loading
  }

  /** Begins to listen, and to ask; unless it has. */
  start(): void {
    if (this.#started) return
    this.#started = true
    // What is asked before would only be late.
    if (this.#loading === undefined) this.#begin()
    else
      this.#context.world.background(
        this.#loading.then(() => this.#begin()),
        'beginning to ask a ledger',
      )
  }

  close(): void {
    this.#isClosed = true
    this.#cancel?.()
    this.#cancel = undefined
  }

  invalidated(shard: number, step: Invalidation): void {
    this.#context.links[shard]?.heard(step)
  }

  settled(_: number, keys: readonly string[]): void {
    this.#context.settled(keys)
  }

  interrupted(): void {
    // A question under way may be answered with what was before the last of what was missed.
    for (const link of this.#context.links) this.#inBackground(link, link.askAnew())
  }

  #begin(): void {
    if (this.#isClosed) return
    const { ledger, world } = this.#context
    const listening = ledger.listen?.(this)
    if (listening !== undefined)
      world.background(
        listening.then(
          // What was asked before it was heard was answered before the first that it tells.
          () => this.interrupted(),
          // Without the feed there are still the pulses; the ledger tries again by itself.
          () => undefined,
        ),
        'listening to a ledger',
      )
    this.#pulse()
  }

  #pulse(): void {
    const { world, links, maxStaleness, heldUp } = this.#context
    const pause = Math.max(SHORTEST_PULSE, maxStaleness / PULSES)
    heldUp.expect(pause)
    this.#cancel = world.after(pause, () => {
      this.#pulse()
      const since = world.mono() - pause
      for (const link of links) if (link.provenAt <= since) this.#inBackground(link, link.ask())
    })
  }

  #inBackground(link: ShardLink, asked: Promise<void>): void {
    const { world, spread } = this.#context
    const noted = spread === undefined ? asked : spread.noting(link, asked)
    world.background(
      noted.catch(() => undefined),
      'asking a ledger what happened',
    )
  }
}
