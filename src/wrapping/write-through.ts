import type { SetOptions } from '../cache/calls.ts'
import type { WriteResult } from '../cache/write.ts'
import { Turns } from '../coherence/turns.ts'
import { type Duration, milliseconds } from '../duration.ts'
import { TerraceError } from '../errors.ts'
import { readOptions } from '../options.ts'
import type { World } from '../world/world.ts'
import type { Keeping } from './keeping.ts'
import type { CallerOptions, Pair, Through } from './source.ts'
import type { SourceCalls } from './source-calls.ts'

const NO_TAGS: readonly string[] = []
const PATIENCE = 10_000

/**
 * A source that is written first, and then the cache. Writes of a key go one after the other, in the order of their
 * calls. Whether a write that has failed took effect is not known, so its keys are invalidated.
 */
export class WriteThrough<V> implements Through<V> {
  readonly #keeping: Keeping<V>
  readonly #calls: SourceCalls<V>
  readonly #world: World
  readonly #onClosed: () => void
  readonly #turns = new Turns()
  #closing: Promise<void> | undefined

  constructor(keeping: Keeping<V>, calls: SourceCalls<V>, world: World, onClosed: () => void) {
    this.#keeping = keeping
    this.#calls = calls
    this.#world = world
    this.#onClosed = onClosed
  }

  get queued(): number {
    return 0
  }

  async get(key: string, options?: CallerOptions): Promise<V | undefined> {
    checkOpen(this.#closing)
    return this.#keeping.get(key, options)
  }

  async getMany(keys: readonly string[], options?: CallerOptions): Promise<(V | undefined)[]> {
    checkOpen(this.#closing)
    return this.#keeping.getMany(keys, options)
  }

  async set(key: string, value: V, options?: SetOptions): Promise<WriteResult> {
    return this.setMany([[key, value]], options)
  }

  async setMany(pairs: Iterable<Pair<V>>, options?: SetOptions): Promise<WriteResult> {
    checkOpen(this.#closing)
    const entries = [...this.#keeping.checked(pairs, options)]
    if (entries.length === 0) return this.#keeping.keep([], [])
    const written = entries.map(([key, value]) => ({ key, value, options }))
    return this.#inTurn(
      entries.map(([key]) => key),
      () => this.#calls.write(entries),
      (versions) => this.#keeping.keep(written, versions),
    )
  }

  async delete(key: string): Promise<WriteResult> {
    return this.deleteMany([key])
  }

  async deleteMany(keys: readonly string[]): Promise<WriteResult> {
    checkOpen(this.#closing)
    this.#calls.checkDeletes()
    const all = this.#keeping.checkedKeys(keys)
    if (all.length === 0) return this.#keeping.keep([], [])
    return this.#inTurn(
      all,
      () => this.#calls.delete(all),
      () => this.#keeping.forget(all),
    )
  }

  async flush(): Promise<void> {
    await this.#turns.underWay
  }

  async close(options?: { readonly within?: Duration | undefined }): Promise<void> {
    const within = readPatience(options)
    this.#closing ??= this.#close(within).finally(this.#onClosed)
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(within: number): Promise<void> {
    if (await inTime(this.#world, within, this.flush())) return
    this.#calls.abort(new TerraceError('ERR_CLOSED', 'through: closed while being written'))
  }

  #inTurn<T>(
    keys: readonly string[],
    write: () => Promise<T>,
    keep: (said: T) => Promise<WriteResult>,
  ): Promise<WriteResult> {
    return this.#turns.put(keys, NO_TAGS, async () => {
      const said = await this.#written(keys, write)
      return keep(said)
    })
  }

  async #written<T>(keys: readonly string[], write: () => Promise<T>): Promise<T> {
    try {
      return await write()
    } catch (error) {
      // A closed cache serves nobody: what it holds does not matter.
      await this.#keeping.forget(keys).catch(ignoreClosed)
      throw error
    }
  }
}

/** @throws TerraceError `ERR_CLOSED` */
export function checkOpen(closing: Promise<void> | undefined): void {
  if (closing !== undefined) throw new TerraceError('ERR_CLOSED', 'through: this has been closed')
}

/** @throws `error`, unless it says that the cache is closed */
export function ignoreClosed(error: unknown): void {
  if (!(error instanceof TerraceError) || error.code !== 'ERR_CLOSED') throw error
}

/** @throws TerraceError `ERR_OPTION_UNKNOWN`, `ERR_OPTION_INVALID` */
export function readPatience(options: { readonly within?: Duration | undefined } | undefined): number {
  return readOptions('close', { within: milliseconds }, options).within ?? PATIENCE
}

/** Resolves with whether `work` has ended within so many milliseconds. */
export function inTime(world: World, ms: number, work: Promise<unknown>): Promise<boolean> {
  if (ms === Number.POSITIVE_INFINITY) return work.then(() => true)
  return new Promise((resolve) => {
    const cancel = world.after(ms, () => resolve(false), true)
    const end = (): void => {
      cancel()
      resolve(true)
    }
    work.then(end, end)
  })
}
