import type { Scope } from '../../src/entry/scope.ts'
import type {
  Counted,
  Expired,
  Framed,
  Kept,
  Leased,
  Ledger,
  Listener,
  News,
  Point,
  Step,
  Terms,
} from '../../src/stores/ledger.ts'
import type { NodeWorld } from './node-world.ts'

/** A ledger as a machine sees it that can be paused: what arrives meanwhile waits at its door. */
export class Wire implements Ledger {
  readonly shards: number
  readonly leaseTime: number
  readonly listen: ((listener: Listener) => Promise<void>) | undefined
  readonly info: undefined
  readonly #inner: Ledger
  readonly #world: NodeWorld

  constructor(inner: Ledger, world: NodeWorld) {
    this.shards = inner.shards
    this.leaseTime = inner.leaseTime
    this.#inner = inner
    this.#world = world
    const { listen } = inner
    if (listen !== undefined) {
      this.listen = (listener) =>
        this.#held(
          listen({
            invalidated: (shard, step) => world.enter(() => listener.invalidated(shard, step)),
            settled: (shard, keys) => world.enter(() => listener.settled(shard, keys)),
            interrupted: () => world.enter(() => listener.interrupted()),
          }),
        )
    }
  }

  shardOf(key: string): number {
    return this.#inner.shardOf(key)
  }

  get(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    return this.#held(this.#inner.get(keys))
  }

  sync(shard: number, since: Point | undefined): Promise<News> {
    return this.#held(this.#inner.sync(shard, since))
  }

  fill(shard: number, frames: readonly Framed[], terms: Terms): Promise<Kept> {
    return this.#held(this.#inner.fill(shard, frames, terms))
  }

  replace(shard: number, frames: readonly Framed[], terms: Terms): Promise<Kept> {
    return this.#held(this.#inner.replace(shard, frames, terms))
  }

  raise(shard: number, scopes: readonly Scope[], terms: Terms): Promise<Step> {
    return this.#held(this.#inner.raise(shard, scopes, terms))
  }

  lease(shard: number, keys: readonly string[], holder: string): Promise<Leased> {
    return this.#held(this.#inner.lease(shard, keys, holder))
  }

  release(shard: number, keys: readonly string[], holder: string): Promise<void> {
    return this.#held(this.#inner.release(shard, keys, holder))
  }

  increment(shard: number, frame: Framed, by: number, ttl: number | undefined, terms: Terms): Promise<Counted> {
    return this.#held(this.#inner.increment(shard, frame, by, ttl, terms))
  }

  expire(shard: number, key: string, ttl: number, terms: Terms): Promise<Expired> {
    return this.#held(this.#inner.expire(shard, key, ttl, terms))
  }

  sweep(shard: number, prefix: string): Promise<void> {
    return this.#held(this.#inner.sweep(shard, prefix))
  }

  keys(prefix: string): AsyncIterable<string> {
    return this.#inner.keys(prefix)
  }

  close(): Promise<void> {
    return this.#inner.close()
  }

  #held<T>(answer: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      answer.then(
        (value) => this.#world.enter(() => resolve(value)),
        (error: unknown) => this.#world.enter(() => reject(error)),
      )
    })
  }
}
