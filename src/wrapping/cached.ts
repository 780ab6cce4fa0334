import { TerraceError } from '../errors.ts'
import type { FetchingCache } from './cache-verbs.ts'
import { type CacheOf, cacheFinder, checkMethod, isNameable, type Method, methodNamer, ownLook } from './methods.ts'
import { type WrapOptions, Wrapping } from './wrapping.ts'

/** Decorates a method whose parameters begin with `A` and whose results are `R`, values of the cache, or `undefined`. */
export type CachedDecorator<This, A extends readonly unknown[], R> = <
  Self extends This,
  P extends readonly [...A, ...unknown[]],
  T extends R | undefined,
>(
  method: (this: Self, ...args: P) => Promise<T>,
  context: ClassMethodDecoratorContext<Self, (this: Self, ...args: P) => Promise<T>>,
) => (this: Self, ...args: P) => Promise<T>

const VERBS = ['getOrFetch', 'peek', 'delete']

/**
 * Caches the results of a method, as `cache.wrap` does of a function. A standard decorator, not an experimental one:
 *
 * ```ts
 * class Users {
 *   @cached(cache, { key: (id: number) => `user:${id}`, ttl: '5m' })
 *   async find(id: number): Promise<User | undefined> { … }
 * }
 * ```
 *
 * The key functions are those of the method's parameters. Default keys begin with the names of class and method, and
 * are the same for all instances: what makes them differ belongs in the option `key`, whose `this` is the instance.
 *
 * @param cache a cache or namespace, or how it is found: `(users: Users) => users.cache`
 * @throws TerraceError `ERR_ARGUMENT_INVALID`, `ERR_OPTION_INVALID`
 */
export function cached<A extends readonly unknown[] = [], R = unknown, This = unknown, V = unknown>(
  cache: CacheOf<FetchingCache<V>, This>,
  options?: WrapOptions<This, A, R>,
): CachedDecorator<This, A, R & V> {
  const cacheOf = cacheFinder<FetchingCache>('@cached', cache, VERBS)
  const decorate = (method: Method, context: unknown): Method => {
    const known = checkMethod('@cached', method, context)
    const where = `@cached ${String(known.name)}`
    const wrapping = new Wrapping(
      where,
      method,
      options,
      methodNamer(where, known, () => decorated),
    )
    if (wrapping.usesOwnName && !isNameable(known)) {
      const text = `${where}: a private method, or one called by a symbol, needs the option \`name\` or \`key\``
      throw new TerraceError('ERR_OPTION_INVALID', text)
    }
    const decorated = async function (this: unknown, ...args: readonly unknown[]): Promise<unknown> {
      return wrapping.call(cacheOf(this), this, args)
    }
    return Object.defineProperties(decorated, ownLook(method))
  }
  return decorate as unknown as CachedDecorator<This, A, R & V>
}
