import { TerraceError } from '../errors.ts'
import { IN_TIME } from '../level-spread.ts'
import { Breaker } from '../remote/breaker.ts'
import { within } from '../remote/deadline.ts'
import type { World } from '../world/world.ts'

/**
 * The way to one shard of those that lie on servers of their own: it has a breaker, and calls are given up
 * in good time, so that one that hangs does not hold the others up. Where all shards lie on one server the
 * whole level has its breaker and deadline, and this does nothing.
 */
export class ShardGate {
  readonly #world: World
  /** Milliseconds one call may take. */
  readonly #timeout: number
  readonly #breaker: Breaker | undefined

  constructor(world: World, timeout: number, isSpread: boolean) {
    this.#world = world
    this.#timeout = timeout
    if (isSpread) this.#breaker = new Breaker(world, () => undefined)
  }

  /** A call, if the shard is asked at all. */
  async call<T>(call: () => Promise<T>): Promise<T> {
    const breaker = this.#breaker
    if (breaker === undefined) return call()
    if (!breaker.admits())
      throw new TerraceError('ERR_LEVEL_UNAVAILABLE', 'a shard does not answer, and is not asked for a while')
    const sent = this.#world.mono()
    let isLate = false
    try {
      const answer = await within(this.#world, this.#timeout * IN_TIME, call(), 'a shard', () => {
        isLate = true
      })
      breaker.succeeded()
      return answer
    } catch (error) {
      breaker.failed(sent, isLate)
      // Unlike what the store refuses for being late, it may still take effect.
      throw isLate ? new Error('a shard has not answered in good time', { cause: error }) : error
    }
  }

  /** A call that nobody waits for if the shard has not answered of late: it is tried meanwhile, if it is time to. */
  async callUnlessSilent<T>(call: () => Promise<T>): Promise<T> {
    const isAsked = this.#breaker === undefined || this.#breaker.state === 'closed'
    const answer = this.call(call)
    if (isAsked) return answer
    this.#world.background(
      answer.catch(() => undefined),
      'trying a shard that has not answered',
    )
    throw new TerraceError('ERR_LEVEL_UNAVAILABLE', 'a shard does not answer, and nobody waits for it')
  }
}
