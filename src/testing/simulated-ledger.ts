import type { Scope } from '../entry/scope.ts'
import type {
  Counted,
  Expired,
  Framed,
  Invalidation,
  Kept,
  Leased,
  Ledger,
  Listener,
  News,
  Point,
  Step,
  Terms,
} from '../stores/ledger.ts'
import type { LedgerCore } from '../stores/ledger-core.ts'
import type { World } from '../world/world.ts'

/** What happens to one call on its way. All times are milliseconds from the call on. */
export interface CallFate {
  /** When it takes effect. `Infinity`: never. Default: 0, at once. */
  readonly effect?: number | undefined
  /** When it is answered: never before its effect, unless it fails. `Infinity`: never. Default: with its effect. */
  readonly answer?: number | undefined
  /** It is answered with an error, also where it took effect, or still will. Default: `false`. */
  readonly fails?: boolean | undefined
  /** It reaches the server that was there before a fail-over, as long as that one answers. Default: `false`. */
  readonly strays?: boolean | undefined
}

/** The calls of a ledger that a {@link CallFate} is asked for. */
export type LedgerCall =
  | 'get'
  | 'sync'
  | 'fill'
  | 'replace'
  | 'raise'
  | 'lease'
  | 'release'
  | 'increment'
  | 'expire'
  | 'sweep'
  | 'keys'
  | 'listen'

/** What the feed tells one process. */
export type LedgerNotice =
  | { readonly kind: 'invalidated'; readonly shard: number; readonly step: Invalidation }
  | { readonly kind: 'settled'; readonly shard: number; readonly keys: readonly string[] }

/** How one process is connected to a `SimulatedLedgerServer`. */
export interface SimulatedConnection {
  /** Asked before each call. Default: all goes well, at once. */
  readonly fate?: ((call: LedgerCall) => CallFate) | undefined
  /**
   * Asked for each notice, its own too: after how many milliseconds it arrives, once for each number. None:
   * it is lost; two: it comes twice; different ones bring it out of order. Default: `[0]`, at once.
   */
  readonly arrivals?: ((notice: LedgerNotice) => readonly number[]) | undefined
  /** `false`: the ledger has no feed, as a file has none. Default: `true`. */
  readonly feed?: boolean | undefined
  /** Whether each shard is asked on its own, as in a cluster. Default: `false`. */
  readonly isSpread?: boolean | undefined
}

/** What a call reaches: the server, or one that was there before and still answers. */
export interface SimulatedReach {
  /** Until which moment of `World.mono()` nothing takes effect there. */
  readonly frozenUntil: number
  core(shard: number): LedgerCore
  frame(key: string): Uint8Array | undefined
}

/** What a {@link SimulatedLedger} asks of its server. */
export interface SimulatedHost {
  readonly shards: number
  readonly leaseTime: number
  readonly time: number
  shardOf(key: string): number
  /** What calls reach, straying ones too. */
  reached(strays: boolean): SimulatedReach
  keys(): string[]
  disconnect(client: SimulatedLedger): void
}

/** One process's side of a `SimulatedLedgerServer`, which makes it: a real ledger, but for its wires. */
export class SimulatedLedger implements Ledger {
  readonly shards: number
  readonly isSpread: boolean
  readonly leaseTime: number
  readonly listen: ((listener: Listener) => Promise<void>) | undefined
  readonly info: undefined
  readonly #host: SimulatedHost
  readonly #world: World
  readonly #connection: SimulatedConnection
  #listener: Listener | undefined
  #deafUntil = 0
  #closed = false

  constructor(host: SimulatedHost, world: World, connection: SimulatedConnection) {
    this.shards = host.shards
    this.isSpread = connection.isSpread ?? false
    this.leaseTime = host.leaseTime
    this.#host = host
    this.#world = world
    this.#connection = connection
    if (connection.feed !== false) {
      this.listen = (listener) =>
        this.#call('listen', () => {
          this.#listener = listener
        })
    }
  }

  shardOf(key: string): number {
    return this.#host.shardOf(key)
  }

  get(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    return this.#call('get', (there) => keys.map((key) => there.frame(key)))
  }

  sync(shard: number, since: Point | undefined): Promise<News> {
    return this.#step('sync', shard, (core, time) => core.sync(time, since))
  }

  fill(shard: number, frames: readonly Framed[], terms: Terms): Promise<Kept> {
    const sent = copies(frames)
    return this.#step('fill', shard, (core, time) => core.fill(time, sent, terms))
  }

  replace(shard: number, frames: readonly Framed[], terms: Terms): Promise<Kept> {
    const sent = copies(frames)
    return this.#step('replace', shard, (core, time) => core.replace(time, sent, terms))
  }

  raise(shard: number, scopes: readonly Scope[], terms: Terms): Promise<Step> {
    return this.#step('raise', shard, (core, time) => core.raise(time, scopes, terms))
  }

  lease(shard: number, keys: readonly string[], holder: string): Promise<Leased> {
    return this.#step('lease', shard, (core, time) => core.lease(time, keys, holder))
  }

  release(shard: number, keys: readonly string[], holder: string | undefined): Promise<void> {
    return this.#step('release', shard, (core, time) => core.release(time, keys, holder))
  }

  increment(shard: number, frame: Framed, by: number, ttl: number | undefined, terms: Terms): Promise<Counted> {
    const [sent] = copies([frame])
    return this.#step('increment', shard, (core, time) => core.increment(time, sent!, by, ttl, terms))
  }

  expire(shard: number, key: string, ttl: number, terms: Terms): Promise<Expired> {
    return this.#step('expire', shard, (core, time) => core.expire(time, key, ttl, terms))
  }

  sweep(shard: number, prefix: string): Promise<void> {
    return this.#step('sweep', shard, (core, time) => {
      core.sweep(
        time,
        this.#host.keys().filter((key) => key.startsWith(prefix) && this.#host.shardOf(key) === shard),
      )
    })
  }

  async *keys(prefix: string): AsyncIterable<string> {
    yield* await this.#call('keys', () => this.#host.keys().filter((key) => key.startsWith(prefix)))
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#host.disconnect(this)
  }

  /** Breaks the feed: nothing arrives for so many milliseconds, and then the listener is told that it was interrupted. */
  interrupt(ms: number): void {
    this.#deafUntil = Math.max(this.#deafUntil, this.#world.mono() + ms)
    this.#world.after(ms, () => this.#tell((listener) => listener.interrupted()))
  }

  /** Sends a notice on its way to this process: the server does. */
  notify(notice: LedgerNotice): void {
    for (const delay of this.#connection.arrivals?.(notice) ?? AT_ONCE) {
      const arrive = () => this.#tell((listener) => deliver(listener, notice))
      if (delay > 0) this.#world.after(delay, arrive)
      else this.#world.soon(arrive)
    }
  }

  #tell(tell: (listener: Listener) => void): void {
    if (this.#listener !== undefined && !this.#closed && this.#world.mono() >= this.#deafUntil) tell(this.#listener)
  }

  #step<T>(call: LedgerCall, shard: number, work: (core: LedgerCore, time: number) => T): Promise<T> {
    return this.#call(call, (there) => work(there.core(shard), this.#host.time))
  }

  #call<T>(call: LedgerCall, work: (there: SimulatedReach) => T): Promise<T> {
    const { effect = 0, answer = effect, fails = false, strays = false } = this.#connection.fate?.(call) ?? {}
    return new Promise((resolve, reject) => {
      const answered = (done: (ms: number) => void) => {
        if (answer !== Number.POSITIVE_INFINITY) done(answer)
      }
      if (fails) answered((ms) => this.#in(ms, () => reject(new Error(`${call}: the connection was lost`))))
      this.#arrive(effect, strays, (there) => {
        try {
          const result = work(there)
          if (!fails) answered((ms) => this.#in(ms - effect, () => resolve(result)))
        } catch (cause) {
          if (!fails) answered((ms) => this.#in(ms - effect, () => reject(cause)))
        }
      })
    })
  }

  /** Runs `run` when the server has received the call and is not frozen. */
  #arrive(ms: number, strays: boolean, run: (there: SimulatedReach) => void): void {
    if (ms === Number.POSITIVE_INFINITY) return
    this.#in(ms, () => {
      const there = this.#host.reached(strays)
      const rest = there.frozenUntil - this.#world.mono()
      if (rest > 0) this.#arrive(rest, strays, run)
      else run(there)
    })
  }

  #in(ms: number, run: () => void): void {
    if (ms > 0) this.#world.after(ms, run)
    else run()
  }
}

const AT_ONCE: readonly number[] = [0]

/** What is on its way is not changed by what the sender does with it, nor are the sender's bytes stamped. */
function copies(frames: readonly Framed[]): readonly Framed[] {
  return frames.map((framed) => ({ ...framed, frame: Uint8Array.from(framed.frame) }))
}

function deliver(listener: Listener, notice: LedgerNotice): void {
  if (notice.kind === 'invalidated') listener.invalidated(notice.shard, notice.step)
  else listener.settled(notice.shard, notice.keys)
}
