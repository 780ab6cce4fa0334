import type { Writable } from 'node:stream'
import type { Advice } from '../advice/advice.ts'
import { TerraceError } from '../errors.ts'
import type { CallName, EventOf, EventType, LeftUndone, Observer, Tracer } from '../events.ts'
import type { ServerInfo } from '../level.ts'
import type { HitSampler } from '../observe/hit-samplings.ts'
import type { CacheStats } from '../observe/stats.ts'
import type { FleetWatch } from '../presence/fleet-watch.ts'
import { Verification } from '../verify/verification.ts'
import { readVerifyOptions, type VerifyOptions } from '../verify/verify-options.ts'
import { readStatsOptions, type StatsOptions } from './calls.ts'
import { follow, tokenNow } from './following.ts'
import { serverInfo } from './inspect.ts'
import type { Keyspace } from './keyspace.ts'
import { checkSampler, readObserver, readTracer, type TraceOptions } from './observing.ts'
import type { Parts } from './parts.ts'
import type { RestoreOptions, RestoreReport } from './saved/restore.ts'
import type { SaveOptions, SaveReport } from './saved/save.ts'
import { settle } from './settling.ts'
import { readPatience, type SettleOptions, shutDown } from './shut-down.ts'
import { statsOf } from './snapshot.ts'

/** What concerns a cache as a whole and none of its keys: what it counts and tells, and its end. The same for all its namespaces. */
export class WholeCache {
  readonly #parts: Parts
  readonly #space: Keyspace | undefined

  constructor(parts: Parts, space?: Keyspace) {
    this.#parts = parts
    this.#space = space
  }

  /** What the cache is called in metrics, traces and logs. */
  get name(): string {
    return this.#parts.plan.name
  }

  /**
   * The counts of the whole cache and of each level, namespaces included. With options also what lies in the
   * levels. Of a namespace that was declared with options, the counts of requests and fetches are its own, and all
   * else that of the whole cache.
   *
   * @throws TerraceError `ERR_OPTION_UNKNOWN`, `ERR_OPTION_INVALID`, `ERR_CLOSED`
   */
  stats(options?: StatsOptions): CacheStats {
    checkOpen(this.#parts, 'stats')
    return statsOf(this.#parts, this.#space, readStatsOptions(options))
  }

  /** What the servers of the levels tell of themselves, by name of the level; a level that has none, or does not answer, is left out. */
  async info(): Promise<Readonly<Record<string, ServerInfo>>> {
    checkOpen(this.#parts, 'info')
    return serverInfo(this.#parts)
  }

  /**
   * Begins to watch who is there among the processes that share levels with this one and hear each other by
   * a feed. They tell of themselves, every two seconds or less often, while somebody watches: end it with
   * `close`.
   *
   * @throws TerraceError `ERR_CLOSED`
   */
  watchFleet(): FleetWatch {
    checkOpen(this.#parts, 'watchFleet')
    return this.#parts.presence!.watch()
  }

  /**
   * What other sizes and policies would bring each level, namespaces included, computed from a sample of the
   * reads of the last hour or so: in figures and in words. Nothing is known before it is measured: with the
   * option `advice`, from `watchAdvice` on, or once a dashboard is given the cache.
   *
   * @throws TerraceError `ERR_CLOSED`
   */
  advice(): Advice {
    checkOpen(this.#parts, 'advice')
    return this.#parts.advisor.advice()
  }

  /**
   * Measures from now on what {@link WholeCache.advice} tells, unless that was switched off (`advice: false`).
   *
   * @returns ends it, if nobody else wants it
   * @throws TerraceError `ERR_CLOSED`
   */
  watchAdvice(): () => void {
    checkOpen(this.#parts, 'watchAdvice')
    return this.#parts.advisor.begin()
  }

  /**
   * Where the writes of this cache stand in the levels it shares with others, namespaces included; in
   * {@link WholeCache.following}, what that began with and has written. A read with `{ after: token }` in another
   * process is behind none of them. A text for a header, a cookie or a URL, of at most 2,048 characters.
   *
   * @throws TerraceError `ERR_CLOSED`
   */
  token(): string {
    checkOpen(this.#parts, 'token')
    return tokenNow(this.#parts)
  }

  /**
   * Calls `run`, and returns what it returns. All reads in it, and in what it awaits, are behind nothing that the
   * token tells of; `undefined`: of nothing. Its writes move on the `token()` that is asked for in it. From the first
   * call on, hits of level 1 look whether they are in such a run.
   *
   * @throws TerraceError `ERR_ARGUMENT_INVALID` if the token is no string or `run` no function, `ERR_CLOSED`
   */
  following<T>(token: string | undefined, run: () => T): T {
    checkOpen(this.#parts, 'following')
    return follow(this.#parts, token, run)
  }

  /**
   * Tells `observer` every event from now on, or those of some types, synchronously. Whoever leaves
   * `hit` out costs the hits of level 1 nothing.
   *
   * @returns stops telling it
   * @throws TerraceError `ERR_ARGUMENT_INVALID`, `ERR_CLOSED`
   */
  on(observer: Observer): () => void
  on<T extends EventType>(types: T | readonly T[], observer: (event: EventOf<T>) => void): () => void
  on(...given: readonly unknown[]): () => void {
    checkOpen(this.#parts, 'on')
    const { observer, types } = readObserver(given)
    return this.#parts.observers.add(observer, types)
  }

  /**
   * Tells `observer` some hits, chosen by chance: about `perSecond` (1 to 100,000) a second of those that
   * level 1 answers at once, and as many others, at any rate of requests. A hit that is not chosen costs next
   * to nothing. The third argument names the level; the second says for how many hits this one stands.
   *
   * @returns stops telling it
   * @throws TerraceError `ERR_ARGUMENT_INVALID`, `ERR_CLOSED`
   */
  sampleHits(perSecond: number, observer: HitSampler): () => void {
    checkOpen(this.#parts, 'sampleHits')
    checkSampler(perSecond, observer)
    return this.#parts.observers.sample(perSecond, observer)
  }

  /**
   * Checks from now on, in the background, some of the reads of this cache, namespaces included: what they got
   * against what the deepest shared level holds, and against the source where one is given. What differs is
   * looked at again until it agrees. Neither counts as a read nor promotes anything, and costs nothing before.
   *
   * @returns what it shows; end it with `close`
   * @throws TerraceError `ERR_OPTION_UNKNOWN`, `ERR_OPTION_INVALID` (also where there is nothing to compare with), `ERR_CLOSED`
   */
  verify(options?: VerifyOptions): Verification {
    checkOpen(this.#parts, 'verify')
    return new Verification(this.#parts, readVerifyOptions(options))
  }

  /**
   * Puts `tracer` around everything this cache does that takes a while. With `hits`, also around what
   * level 1 answers at once; without, that costs nothing. Default: `false`.
   *
   * @returns takes it away again
   * @throws TerraceError `ERR_ARGUMENT_INVALID`, `ERR_OPTION_UNKNOWN`, `ERR_OPTION_INVALID`, `ERR_CLOSED`
   */
  trace(tracer: Tracer, options?: TraceOptions): () => void {
    checkOpen(this.#parts, 'trace')
    const { hits } = readTracer(tracer, options)
    return this.#parts.observers.addTracer(tracer, hits)
  }

  /**
   * Writes what level 1 holds, of all namespaces, to a file or a stream, which it ends: for `restore` in the next
   * process. In front of a shared level only the keys. Save last, before `close`: what is invalidated later, the
   * file does not know. A file is written beside its place and then put there.
   *
   * Rejects with `ERR_FILE`, `ERR_UNSUPPORTED` (level 1 is not in this process), `ERR_ARGUMENT_INVALID`,
   * `ERR_OPTION_UNKNOWN`, `ERR_OPTION_INVALID`, `ERR_CLOSED`.
   */
  async save(to: string | URL | Writable, options?: SaveOptions): Promise<SaveReport> {
    checkOpen(this.#parts, 'save')
    const work = import('./saved/save.ts').then(({ save }) => save(this.#parts, to, options))
    return awaited(this.#parts, work)
  }

  /**
   * Brings back into level 1 what `save` wrote, with the time that is left by the wall clock, in the order of its
   * policy; what lies in level 1 already stays. In front of a shared level the values are read there. The file is
   * removed first, unless `keep` says otherwise, for its values must not come back a second time. One that is not
   * there, damaged or foreign rejects nothing: what is whole is restored, the rest counted.
   *
   * Rejects with `ERR_FILE` where the file cannot be read or removed, `ERR_ARGUMENT_INVALID`,
   * `ERR_OPTION_UNKNOWN`, `ERR_OPTION_INVALID`, `ERR_CLOSED`.
   */
  async restore<T>(
    from: string | URL | AsyncIterable<Uint8Array>,
    options?: RestoreOptions<T>,
  ): Promise<RestoreReport> {
    checkOpen(this.#parts, 'restore')
    const work = import('./saved/restore.ts').then(({ restore }) => restore(this.#parts, from, options))
    return awaited(this.#parts, work)
  }

  /**
   * Resolves when nothing is under way that outlives a call: fetches, writes, what levels have missed and are told
   * once more. After `within` (default 5 seconds) at the latest, with what is not done then. Await it before
   * answering where a platform puts the process to sleep after each answer.
   *
   * Rejects with `ERR_OPTION_UNKNOWN`, `ERR_OPTION_INVALID`, `ERR_CLOSED`.
   */
  async settled(options?: SettleOptions): Promise<LeftUndone> {
    checkOpen(this.#parts, 'settled')
    return settle(this.#parts, readPatience('settled', options))
  }

  /**
   * Takes no more calls, waits for what is under way, up to `within` (default 5 seconds), then ends the levels'
   * work, each under its deadline, and all timers. What it has to leave undone the event `unfinished` tells. Calls
   * that wait are answered; later ones reject with `ERR_CLOSED`. Can be repeated; the first call counts.
   *
   * Rejects with `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID`, and nothing has changed then.
   */
  async close(options?: SettleOptions): Promise<void> {
    const within = readPatience('close', options)
    this.#parts.closing ??= shutDown(this.#parts, within)
    return this.#parts.closing
  }

  /** {@link WholeCache.close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** Work that somebody waits for, and closing as well. */
function awaited<T>(parts: Parts, work: Promise<T>): Promise<T> {
  const over = work.then(
    () => undefined,
    () => undefined,
  )
  parts.world.background(over, 'saving or restoring level 1')
  return work
}

/** @throws TerraceError `ERR_CLOSED` */
export function checkOpen({ closing, isDraining }: Parts, where: string): void {
  if (closing !== undefined && !isDraining) throw new TerraceError('ERR_CLOSED', `${where}: the cache is closed`)
}

/** Runs a call as whoever traces calls wants it. */
export function traced<T>(parts: Parts, method: CallName, keys: readonly string[], run: () => Promise<T>): Promise<T> {
  return parts.observers.trace({ kind: 'call', method, keys }, run)
}
