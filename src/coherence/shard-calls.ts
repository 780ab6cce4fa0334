import type { Scope } from '../entry/scope.ts'
import { within } from '../remote/deadline.ts'
import type { Ledger, News, Point, Step, Terms } from '../stores/ledger.ts'
import type { World } from '../world/world.ts'
import { beforeEnd } from './before-end.ts'
import { hex } from './random-name.ts'
import { ShardGate } from './shard-gate.ts'
import type { StoreClock } from './store-clock.ts'

/** What {@link ShardCalls} works with. */
export interface CallContext {
  readonly ledger: Ledger
  readonly world: World
  readonly clock: StoreClock
  /** Who this process is: 16 hexadecimal digits. */
  readonly origin: string
  /** Milliseconds one call may take. */
  readonly timeout: number
}

/** The calls of one shard, each with an end. */
export class ShardCalls {
  readonly #shard: number
  readonly #context: CallContext
  readonly #gate: ShardGate

  constructor(shard: number, context: CallContext) {
    this.#shard = shard
    this.#context = context
    this.#gate = new ShardGate(context.world, context.timeout, context.ledger.isSpread)
  }

  get(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    return this.#gate.callUnlessSilent(() => this.#context.ledger.get(keys))
  }

  async sync(since: Point | undefined): Promise<News> {
    const { clock, ledger, timeout, world } = this.#context
    const sent = world.mono()
    const news = await within(world, timeout, ledger.sync(this.#shard, since), 'asking a ledger', () => undefined)
    clock.measure(news.time, sent)
    return news
  }

  /** A step in the history of this reign. If it fails it may still take effect, for as long as the store accepts it. */
  async step<T extends Step>(reign: string, work: (terms: Terms) => Promise<T>): Promise<{ told: T; terms: Terms }> {
    const { clock, world } = this.#context
    const terms = this.#terms(reign)
    const left = clock.monoAfter(terms.notAfter) - world.mono()
    const told = await beforeEnd(world, left, () => this.#gate.call(() => work(terms)))
    return { told, terms }
  }

  /** Raises floors that were raised before. */
  sayAgain(reign: string, scopes: readonly Scope[]): Promise<Step> {
    const { ledger, timeout, world } = this.#context
    const work = ledger.raise(this.#shard, scopes, this.#terms(reign))
    return within(world, timeout, work, 'telling a ledger again', () => undefined)
  }

  #terms(reign: string): Terms {
    const { clock, origin, timeout, world } = this.#context
    return { notAfter: clock.now() + timeout, origin, link: hex(world, 12), reign }
  }
}
