import { type Duration, milliseconds } from '../duration.ts'
import { freshFor } from '../entry/age.ts'
import { keyScope } from '../entry/scope.ts'
import { expire } from './amend.ts'
import type { ReadOptions } from './calls.ts'
import { type ExplainOptions, type Explanation, explain, readExplainOptions } from './explain.ts'
import { allKeys, firstHeld } from './inspect.ts'
import { InvalidatingCache } from './invalidating-cache.ts'
import type { Keyspace } from './keyspace.ts'
import type { Parts } from './parts.ts'
import { hasFor } from './read-after.ts'
import { checkOpen, traced } from './whole-cache.ts'
import { invalidate, type WriteResult } from './write.ts'

/** What is asked and done by key, whatever its value is. */
export class KeyedCache extends InvalidatingCache {
  readonly #parts: Parts
  readonly #space: Keyspace

  constructor(parts: Parts, space: Keyspace) {
    super(parts, space)
    this.#parts = parts
    this.#space = space
  }

  /** Whether some level has a value under `key`. Neither counts nor touches. */
  async has(key: string, options?: ReadOptions): Promise<boolean> {
    const full = entered(this.#parts, this.#space, 'has', key)
    return traced(this.#parts, 'has', [full], () => hasFor(this.#parts, full, options))
  }

  /** Removes a key from every level, deepest first. When it has resolved, no read of this process gets the old value. */
  async delete(key: string): Promise<WriteResult> {
    const full = entered(this.#parts, this.#space, 'delete', key)
    return traced(this.#parts, 'delete', [full], () => invalidate(this.#parts, [keyScope(full)]))
  }

  /** {@link KeyedCache.delete} for several keys, in one step a level. */
  async deleteMany(keys: readonly string[]): Promise<WriteResult> {
    checkOpen(this.#parts, 'deleteMany')
    const all = this.#space.checkAll(keys, 'deleteMany')
    return traced(this.#parts, 'deleteMany', all, () => invalidate(this.#parts, all.map(keyScope)))
  }

  /** Gives a key a new time to live from now, in every level that holds it; 0 removes it. Resolves with whether any did. */
  async expire(key: string, ttl: Duration): Promise<boolean> {
    const full = entered(this.#parts, this.#space, 'expire', key)
    const ms = milliseconds(ttl, 'expire: ttl')
    return traced(this.#parts, 'expire', [full], () => expire(this.#parts, full, ms, this.#space.traits.terms))
  }

  /** Milliseconds for which the nearest copy of a key is fresh: `Infinity` for no end, `undefined` if no level has a value. */
  async ttl(key: string): Promise<number | undefined> {
    const full = entered(this.#parts, this.#space, 'ttl', key)
    const entry = await traced(this.#parts, 'ttl', [full], () => firstHeld(this.#parts, full))
    return entry?.found === true ? freshFor(entry, this.#parts.world.tick()) : undefined
  }

  /** Every key with a value in a level that can list its keys, each once, in no order. Remembers the keys it has told. */
  async *keys(prefix = ''): AsyncGenerator<string, void, undefined> {
    const full = entered(this.#parts, this.#space, 'keys', prefix)
    for await (const key of allKeys(this.#parts, full)) yield this.#space.own(key)
  }

  /** Where a key is now, level by level, and why it is or is not served. Counts as no read, and promotes nothing. */
  async explain(key: string, options?: ExplainOptions): Promise<Explanation> {
    const full = entered(this.#parts, this.#space, 'explain', key)
    return explain(this.#parts, full, key, readExplainOptions(options))
  }
}

/** The key as the levels know it, of a call that may be made. @throws TerraceError `ERR_CLOSED`, `ERR_KEY_INVALID` */
export function entered(parts: Parts, space: Keyspace, where: string, key: string): string {
  checkOpen(parts, where)
  return space.check(key, where)
}
