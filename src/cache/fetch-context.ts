import { type Answer, Failed, type FoundOptions, NotModified } from '../entry/answer.ts'
import type { Entry } from '../entry/entry.ts'
import type { Party } from '../flight/party.ts'
import type { Extras } from './extras.ts'

/** The copy that is there while a fetcher is called: due or stale. */
export interface StaleCopy<T = unknown> {
  readonly value: T
  /** Milliseconds since it was fetched or written. */
  readonly age: number
  /** What the source said of it when it was fetched: see `found`. */
  readonly etag: string | undefined
  /** The same. */
  readonly lastModified: string | undefined
}

/** What a fetcher is given beside the key. */
export interface FetchContext<T = unknown> {
  readonly key: string
  /** Aborts when nobody wants the answer any more. */
  readonly signal: AbortSignal
  /** The copy there is, due or stale; `undefined` if there is none with a value. */
  readonly stale: StaleCopy<T> | undefined
  /** To be returned: the stale copy is as good as new. Its tags, version and validators stay unless said otherwise. */
  notModified(options?: FoundOptions): NotModified
  /** To be returned: the fetch has failed, as if it had thrown, but without the cost. */
  fail(reason: unknown): Failed
}

/** What a fetcher of several keys is given beside them. */
export interface BatchContext<T = unknown> {
  /** Aborts when nobody wants the answers any more. */
  readonly signal: AbortSignal
  /** The copies there are, due or stale, by key. */
  readonly stale: ReadonlyMap<string, StaleCopy<T>>
  /** In the place of a key's answer: its stale copy is as good as new. */
  notModified(options?: FoundOptions): NotModified
  /** In the place of a key's answer: this key alone has failed. */
  fail(reason: unknown): Failed
}

/** A key to be fetched, and the copy there is of it. */
export interface Wanted {
  readonly key: string
  readonly spare: Entry | undefined
}

/** Asks the source for several keys at once; answers in their order. */
export interface Ask {
  (wanted: readonly Wanted[], errand: Errand): Promise<readonly Answer<unknown>[]>
  /** Takes one key at a time: each is a fetch of its own, and so many are under way together. Default: all keys are one fetch. */
  readonly together?: number
}

/** What an {@link Ask} knows of the journey it is made on. */
export interface Errand {
  readonly party: Party
  /** The moment of `World.tick()`. */
  readonly now: number
  /** Where answers for keys go that were not asked for. */
  readonly extras: Extras
}

export class OneContext<T> implements FetchContext<T> {
  readonly key: string
  readonly #errand: Errand
  readonly #spare: Entry | undefined

  constructor(key: string, errand: Errand, spare: Entry | undefined) {
    this.key = key
    this.#errand = errand
    this.#spare = spare
  }

  // Most fetchers do not look at it: it is made for those that do.
  get signal(): AbortSignal {
    return this.#errand.party.signal
  }

  get stale(): StaleCopy<T> | undefined {
    return staleCopy(this.#spare, this.#errand.now)
  }

  // Fields, so that they can be taken apart from the context.
  readonly notModified = (options?: FoundOptions): NotModified => new NotModified(options)
  readonly fail = (reason: unknown): Failed => new Failed(reason)
}

export class ManyContext<T> implements BatchContext<T> {
  readonly #errand: Errand
  readonly #wanted: readonly Wanted[]
  readonly #strip: number

  /** @param strip the length of the namespace in front of each key */
  constructor(wanted: readonly Wanted[], errand: Errand, strip: number) {
    this.#errand = errand
    this.#wanted = wanted
    this.#strip = strip
  }

  get signal(): AbortSignal {
    return this.#errand.party.signal
  }

  get stale(): ReadonlyMap<string, StaleCopy<T>> {
    const copies = new Map<string, StaleCopy<T>>()
    for (const { key, spare } of this.#wanted) {
      const copy = staleCopy<T>(spare, this.#errand.now)
      if (copy !== undefined) copies.set(key.slice(this.#strip), copy)
    }
    return copies
  }

  readonly notModified = (options?: FoundOptions): NotModified => new NotModified(options)
  readonly fail = (reason: unknown): Failed => new Failed(reason)
}

function staleCopy<T>(spare: Entry | undefined, now: number): StaleCopy<T> | undefined {
  if (spare?.found !== true) return undefined
  const { value, upkeep } = spare
  return {
    value: value as T,
    age: upkeep === undefined ? 0 : Math.max(0, now - upkeep.since),
    etag: upkeep?.etag,
    lastModified: upkeep?.lastModified,
  }
}
