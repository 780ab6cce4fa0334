import { governed } from '../../src/governor/governed.ts'
import { type Applicant, Governor } from '../../src/governor/governor.ts'
import { type SourceOptions, sourceCheck } from '../../src/governor/source-options.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'

/** How a source behaves. */
export interface Behaviour {
  /** Requests it works on at a time; the others stand in its queue. */
  servers: number
  /** Mean milliseconds for a request. */
  service: number
  /** Whether the time for a request is drawn from an exponential distribution, or always the mean. */
  isRandom: boolean
  /** Requests that are answered with a failure, when it is their turn: a part of them. */
  failing: number
}

/** A source with one queue and several servers: M/M/c, or M/D/c. */
export class SimulatedSource {
  readonly behaviour: Behaviour
  readonly #world: FakeWorld
  readonly #queue: PromiseWithResolvers<void>[] = []
  #busy = 0

  constructor(world: FakeWorld, behaviour: Behaviour) {
    this.#world = world
    this.behaviour = behaviour
  }

  get load(): number {
    return this.#busy + this.#queue.length
  }

  ask(): Promise<void> {
    const request = Promise.withResolvers<void>()
    this.#queue.push(request)
    this.#serve()
    return request.promise
  }

  #serve(): void {
    const { servers, service, isRandom, failing } = this.behaviour
    if (this.#busy >= servers) return
    const request = this.#queue.shift()
    if (request === undefined) return
    this.#busy++
    const takes = isRandom ? -Math.log(1 - this.#world.random()) * service : service
    this.#world.after(takes, () => {
      this.#busy--
      if (this.#world.random() < failing) request.reject(new Error('the source failed'))
      else request.resolve()
      this.#serve()
    })
  }
}

/** What came of a while of load. */
export interface Outcome {
  /** Fetches that were answered, a second. */
  readonly throughput: number
  /** Milliseconds that the median of the answered fetches spent at the source. */
  readonly latency: number
  readonly shed: number
  /** The limit at the end of the while, and the mean over it. */
  readonly limit: number
  readonly meanLimit: number
  /** The longest queue that the source had. */
  readonly longest: number
}

/** Fetches that arrive by chance (Poisson), let through by a governor. */
export class Load {
  readonly world: FakeWorld
  readonly source: SimulatedSource
  readonly governor: Governor | undefined
  readonly #latencies: number[] = []
  readonly #patience: number
  #failures = 0
  #longest = 0

  /** @param patience milliseconds after which whoever has not been answered leaves; the source goes on with what it has */
  constructor(
    behaviour: Behaviour,
    options: SourceOptions | undefined,
    seed = 1,
    patience: number = Number.POSITIVE_INFINITY,
  ) {
    this.#patience = patience
    this.world = new FakeWorld(seed)
    this.source = new SimulatedSource(this.world, behaviour)
    const settings = sourceCheck(options ?? {}, 'source')
    this.governor = settings && new Governor(this.world, settings, () => undefined)
  }

  /** So many milliseconds with so many arrivals a second on average. */
  async run(length: number, rate: number): Promise<Outcome> {
    const { world, governor } = this
    const end = world.mono() + length
    this.#latencies.length = 0
    this.#longest = 0
    const shed = governor?.shed ?? 0
    const arrive = (): void => {
      this.#fetch()
      next()
    }
    const next = (): void => {
      const pause = (-Math.log(1 - world.random()) / rate) * 1000
      if (world.mono() + pause < end) world.after(pause, arrive)
    }
    next()
    let limits = 0
    let looks = 0
    while (world.next(end)) {
      for (let turn = 0; turn < 12; turn++) await Promise.resolve()
      // Walks the whole queue: more than all else together where it is done at each step.
      if (looks % 16 === 0) governor?.check()
      this.#longest = Math.max(this.#longest, this.source.load)
      limits += governor?.limit ?? 0
      looks++
    }
    world.advance(end - world.mono())
    const sorted = this.#latencies.sort((a, b) => a - b)
    return {
      throughput: (sorted.length / length) * 1000,
      latency: sorted[sorted.length >> 1] ?? Number.NaN,
      shed: (governor?.shed ?? 0) - shed,
      limit: governor?.limit ?? Number.POSITIVE_INFINITY,
      meanLimit: limits / looks,
      longest: this.#longest,
    }
  }

  #fetch(): void {
    const { world } = this
    const party = new AbortController()
    const { signal } = party
    const left = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    left.catch(() => undefined)
    const stay =
      this.#patience < Number.POSITIVE_INFINITY ? world.after(this.#patience, () => party.abort()) : () => undefined
    const run = async (): Promise<void> => {
      const began = world.mono()
      signal.throwIfAborted()
      await Promise.race([this.source.ask(), left])
      this.#latencies.push(world.mono() - began)
    }
    const applicant: Applicant = { keys: ['k'], priority: 'normal', party }
    const fetched = this.governor === undefined ? run() : governed(this.governor, applicant, run)
    fetched.catch(() => this.#failures++).finally(stay)
  }
}
