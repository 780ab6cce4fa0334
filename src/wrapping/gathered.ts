import type { BatchAnswer, Fetcher } from '../cache/calls.ts'
import { type Duration, durationWithin } from '../duration.ts'
import type { Answer } from '../entry/answer.ts'
import { shown, TerraceError } from '../errors.ts'
import { integer, readOptions } from '../options.ts'
import { checkWorld } from '../world/check-world.ts'
import { systemWorld } from '../world/system-world.ts'
import type { World } from '../world/world.ts'
import { checkCode } from './wrapping.ts'

/** Options of {@link gathered}. */
export interface GatheredOptions {
  /** How many keys are fetched at once at most: 1 to 100,000. Default: 1,000. */
  readonly maxKeys?: number | undefined
  /** How long more keys are waited for, up to a minute. Default: 0, what is asked for in the same turn is fetched together. */
  readonly wait?: Duration | undefined
  /** Clock and timers. Default: the real ones. */
  readonly world?: World | undefined
}

/** What a fetcher of many keys answers: as in `getOrFetchMany`. An `Error` in the place of an answer fails that key alone. */
export type GatheredAnswer<T> = BatchAnswer<T | Error>

/** Gets the values of several keys at once. Its signal aborts when nobody waits for any of them any more. */
export type GatheredFetcher<T> = (
  keys: readonly string[],
  context: { readonly signal: AbortSignal },
) => GatheredAnswer<T> | PromiseLike<GatheredAnswer<T>>

const LONGEST_WAIT = 60_000

const wait = durationWithin(0, LONGEST_WAIT, 'a duration of up to a minute')

const schema = { maxKeys: integer(1, 100_000), wait, world: checkWorld }

/**
 * A fetcher for single calls of `getOrFetch` that gathers what they ask for: keys that are missing in the same turn,
 * or within `wait`, are fetched by one call of `fetchMany`. If that rejects, all of its keys are rejected.
 *
 * ```ts
 * const fetchUser = gathered((ids) => db.users.findMany(ids))
 * const users = await Promise.all(ids.map((id) => cache.getOrFetch(id, fetchUser)))
 * ```
 *
 * What it fetches follows from the key alone: use one for each kind of key.
 *
 * @throws TerraceError `ERR_ARGUMENT_INVALID`, `ERR_OPTION_UNKNOWN`, `ERR_OPTION_INVALID`
 */
export function gathered<T>(fetchMany: GatheredFetcher<T>, options?: GatheredOptions): Fetcher<T> {
  checkCode(fetchMany, 'gathered')
  const { maxKeys = 1000, wait = 0, world = systemWorld } = readOptions('gathered', schema, options)
  const gatherer = new Gatherer<T>(fetchMany, maxKeys, wait, world)
  return (key, { signal }) => gatherer.ask(key, signal)
}

/** Somebody who waits for a key. */
interface Asker<T> {
  readonly key: string
  readonly signal: AbortSignal
  readonly resolve: (answer: Answer<T>) => void
  readonly reject: (error: unknown) => void
}

class Gatherer<T> {
  readonly #fetchMany: GatheredFetcher<T>
  readonly #maxKeys: number
  readonly #wait: number
  readonly #world: World
  /** Who waits for the next batch, by key. */
  #askers = new Map<string, Asker<T>[]>()
  #cancel: (() => void) | undefined

  constructor(fetchMany: GatheredFetcher<T>, maxKeys: number, wait: number, world: World) {
    this.#fetchMany = fetchMany
    this.#maxKeys = maxKeys
    this.#wait = wait
    this.#world = world
  }

  ask(key: string, signal: AbortSignal): Promise<Answer<T>> {
    return new Promise((resolve, reject) => {
      const asker = { key, signal, resolve, reject }
      const same = this.#askers.get(key)
      if (same === undefined) this.#askers.set(key, [asker])
      else same.push(asker)
      if (this.#askers.size >= this.#maxKeys) this.#send()
      else if (this.#cancel === undefined) this.#sendSoon()
    })
  }

  #sendSoon(): void {
    if (this.#wait > 0) {
      this.#cancel = this.#world.after(this.#wait, () => this.#send(), true)
      return
    }
    let isCancelled = false
    this.#cancel = () => {
      isCancelled = true
    }
    this.#world.soon(() => {
      if (!isCancelled) this.#send()
    })
  }

  #send(): void {
    this.#cancel?.()
    this.#cancel = undefined
    const askers = this.#askers
    this.#askers = new Map()
    for (const [key, all] of askers) {
      // Who has left already needs no answer, but his flight an end.
      for (const { signal, reject } of all) if (signal.aborted) reject(signal.reason)
      const staying = all.filter(({ signal }) => !signal.aborted)
      if (staying.length > 0) askers.set(key, staying)
      else askers.delete(key)
    }
    if (askers.size > 0) this.#world.background(this.#fetch(askers), 'fetching what was gathered')
  }

  /** Never rejects: whoever waits is told. */
  async #fetch(askers: ReadonlyMap<string, readonly Asker<T>[]>): Promise<void> {
    const keys = [...askers.keys()]
    const all = [...askers.values()].flat()
    const company = new Company(all.map(({ signal }) => signal))
    try {
      const answers = inOrder(keys, await this.#fetchMany(keys, company))
      for (const [n, key] of keys.entries()) {
        const answer = answers[n]
        for (const { resolve, reject } of askers.get(key)!) {
          if (answer instanceof Error) reject(answer)
          else resolve(answer as Answer<T>)
        }
      }
    } catch (error) {
      for (const { reject } of all) reject(error)
    } finally {
      company.end()
    }
  }
}

/** The callers of one batch. What they wait for is given up when all have left. */
class Company {
  readonly #signals: readonly AbortSignal[]
  #controller: AbortController | undefined
  #staying: number
  readonly #leave = (): void => {
    this.#staying--
    if (this.#staying === 0) this.#controller?.abort(this.#signals.at(-1)!.reason)
  }

  constructor(signals: readonly AbortSignal[]) {
    this.#signals = signals
    this.#staying = signals.length
  }

  /** Made for those that look at it. */
  get signal(): AbortSignal {
    if (this.#controller !== undefined) return this.#controller.signal
    this.#controller = new AbortController()
    for (const signal of this.#signals) {
      if (signal.aborted) this.#leave()
      else signal.addEventListener('abort', this.#leave, { once: true })
    }
    return this.#controller.signal
  }

  end(): void {
    for (const signal of this.#signals) signal.removeEventListener('abort', this.#leave)
  }
}

function inOrder<T>(keys: readonly string[], answers: unknown): readonly (Answer<T> | Error)[] {
  if (answers instanceof Map) return keys.map((key) => answers.get(key) as Answer<T> | Error)
  if (Array.isArray(answers) && answers.length === keys.length) return answers
  const wanted = `an array of ${keys.length} answers in the order of the keys, or a Map by key`
  throw new TerraceError('ERR_ARGUMENT_INVALID', `gathered: expected ${wanted}, got ${shown(answers)}`)
}
