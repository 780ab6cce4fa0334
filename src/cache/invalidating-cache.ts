import { tagList } from '../entry/answer.ts'
import { type Scope, softened } from '../entry/scope.ts'
import { type Coverage, coverage, scopesOf, scopesWithin } from './coverage.ts'
import { estimate, type InvalidationEstimate } from './estimate.ts'
import { type DryRunOptions, type InvalidateOptions, readInvalidateOptions } from './invalidation-options.ts'
import type { Keyspace } from './keyspace.ts'
import { invalidateOver } from './paced.ts'
import type { Parts } from './parts.ts'
import { checkOpen, traced, WholeCache } from './whole-cache.ts'
import { invalidate, type WriteResult } from './write.ts'

type Options = InvalidateOptions | DryRunOptions | undefined

/**
 * What takes values away by the many: at once, over a time (`over`), or only to know what it would cost
 * (`dryRun`). Options are checked before anything is done.
 */
export class InvalidatingCache extends WholeCache {
  readonly #parts: Parts
  readonly #space: Keyspace

  constructor(parts: Parts, space: Keyspace) {
    super(parts, space)
    this.#parts = parts
    this.#space = space
  }

  /** Invalidates everything kept under any of the tags, in every namespace. What is being fetched now is not kept either. */
  invalidateTags(tags: readonly string[], options: DryRunOptions): Promise<InvalidationEstimate>
  invalidateTags(tags: readonly string[], options?: InvalidateOptions): Promise<WriteResult>
  async invalidateTags(tags: readonly string[], options?: Options): Promise<WriteResult | InvalidationEstimate> {
    checkOpen(this.#parts, 'invalidateTags')
    const scopes = tagList(tags, 'invalidateTags: tags').map((tag): Scope => ({ kind: 'tag', tag }))
    return this.#invalidate('invalidateTags', scopes, options)
  }

  /**
   * Ends the freshness of everything kept under any of the tags, in every namespace: `invalidateTags` with
   * `keepStale`. When it has resolved, no read is given any of it as fresh; where a fetch fails or is slow, a copy
   * that has time left to be stale (`staleFor`) may stand in. What is being fetched now is not kept.
   */
  async expireTags(tags: readonly string[]): Promise<WriteResult> {
    checkOpen(this.#parts, 'expireTags')
    const scopes = tagList(tags, 'expireTags: tags').map((tag): Scope => ({ kind: 'tag', tag, keepsStale: true }))
    return traced(this.#parts, 'expireTags', [], () => invalidate(this.#parts, scopes))
  }

  /** Removes everything, of a namespace everything in it. */
  clear(options: DryRunOptions): Promise<InvalidationEstimate>
  clear(options?: InvalidateOptions): Promise<WriteResult>
  async clear(options?: Options): Promise<WriteResult | InvalidationEstimate> {
    checkOpen(this.#parts, 'clear')
    return this.#invalidate('clear', scopesOf(this.#space), options)
  }

  /** Removes all keys that start with `prefix`. */
  clearPrefix(prefix: string, options: DryRunOptions): Promise<InvalidationEstimate>
  clearPrefix(prefix: string, options?: InvalidateOptions): Promise<WriteResult>
  async clearPrefix(prefix: string, options?: Options): Promise<WriteResult | InvalidationEstimate> {
    checkOpen(this.#parts, 'clearPrefix')
    const scope: Scope = { kind: 'prefix', prefix: this.#space.check(prefix, 'clearPrefix') }
    return this.#invalidate('clearPrefix', [scope], options)
  }

  /**
   * How many keys of each level an invalidation of this would cover, without changing anything; level 1
   * first. Counting a level ends after 100,000 keys looked at, or 2 seconds. What shared servers hold is
   * listed for it, which takes them some work. Rejects with `ERR_ARGUMENT_INVALID` for what is no scope.
   */
  async covers(scope: Scope): Promise<Coverage[]> {
    checkOpen(this.#parts, 'covers')
    return coverage(this.#parts, scopesWithin(this.#space, scope))
  }

  #invalidate(
    method: 'invalidateTags' | 'clear' | 'clearPrefix',
    scopes: readonly Scope[],
    options: Options,
  ): Promise<WriteResult | InvalidationEstimate> {
    const call = readInvalidateOptions(method, options)
    const parts = this.#parts
    const whole = [...scopes, ...parts.versions.siblingsOf(scopes)]
    if (call.kind === 'dry run') return estimate(parts, whole, call.watch)
    const run = (): Promise<WriteResult> => {
      if (call.kind === 'at once') return invalidate(parts, call.keepStale ? scopes.map(softened) : scopes)
      return whole.length === 0 ? invalidate(parts, scopes) : invalidateOver(parts, whole, call.terms)
    }
    return traced(parts, method, [], run)
  }
}
