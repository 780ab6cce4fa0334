import type { WriteResult } from '../cache/write.ts'
import { type Check, callable, expected, readOptions } from '../options.ts'
import type { InvalidatedCache } from './cache-verbs.ts'
import { type CacheOf, cacheFinder, checkCache, checkMethod, type Method, ownLook } from './methods.ts'
import { checkCode } from './wrapping.ts'

/** What becomes invalid when a function has succeeded: at least one of `keys` and `tags`. */
export interface InvalidatingOptions<A extends readonly unknown[], T> {
  /** Keys to invalidate. Default: none. */
  readonly keys?: readonly string[] | ((args: A, result: T) => readonly string[]) | undefined
  /** Tags to invalidate. Default: none. */
  readonly tags?: readonly string[] | ((args: A, result: T) => readonly string[]) | undefined
  /**
   * Told what became of an invalidation that is pending at a level: this process serves nothing old from there, and
   * goes on telling the level; other processes may until it has heard. Default: nobody is.
   */
  readonly onPending?: ((result: WriteResult) => void) | undefined
}

/** Decorates a method whose parameters begin with `A` and whose results are `R`. */
export type InvalidatesDecorator<This, A extends readonly unknown[], R> = <
  Self extends This,
  P extends readonly [...A, ...unknown[]],
  T extends R,
>(
  method: (this: Self, ...args: P) => Promise<T>,
  context: ClassMethodDecoratorContext<Self, (this: Self, ...args: P) => Promise<T>>,
) => (this: Self, ...args: P) => Promise<T>

type Names = readonly string[]
type Maker = (args: readonly unknown[], result: unknown) => unknown

const VERBS = ['deleteMany', 'invalidateTags']

const names: Check<Names | Maker> = (value, where) =>
  typeof value === 'function' ? (value as Maker) : Array.isArray(value) ? value : expected('an array', value, where)

const schema = { keys: names, tags: names, onPending: callable<(result: WriteResult) => void>() }

/**
 * A function of the same arguments that invalidates in `cache` what it has changed, once it has succeeded; never when
 * it threw. Resolves when all levels have been told.
 *
 * Rejects with what the function throws. It may also reject after the function has succeeded: with what `keys` or
 * `tags` throws, and as the calls of the cache do for wrong keys and once it is closed.
 *
 * @throws TerraceError `ERR_ARGUMENT_INVALID`, `ERR_OPTION_UNKNOWN`, `ERR_OPTION_INVALID`
 */
export function invalidating<F extends (...args: never[]) => unknown>(
  cache: InvalidatedCache,
  code: F,
  options: InvalidatingOptions<Parameters<F>, Awaited<ReturnType<F>>>,
): (this: ThisParameterType<F>, ...args: Parameters<F>) => Promise<Awaited<ReturnType<F>>> {
  const where = 'invalidating'
  checkCode(code, where)
  const told = checkCache<InvalidatedCache>(where, cache, VERBS)
  const invalidate = invalidation(where, options)
  const wrapped = async function (this: ThisParameterType<F>, ...args: Parameters<F>): Promise<Awaited<ReturnType<F>>> {
    const result = (await code.apply(this, args)) as Awaited<ReturnType<F>>
    await invalidate(told, args, result)
    return result
  }
  return Object.defineProperties(wrapped, ownLook(code))
}

/**
 * {@link invalidating} for methods. A standard decorator, not an experimental one:
 *
 * ```ts
 * @invalidates(cache, { keys: ([id]: [id: number, name: string]) => [`user:${id}`] })
 * async rename(id: number, name: string): Promise<void> { … }
 * ```
 *
 * @param cache a cache or namespace, or how it is found: `(users: Users) => users.cache`
 * @throws TerraceError `ERR_ARGUMENT_INVALID`, `ERR_OPTION_UNKNOWN`, `ERR_OPTION_INVALID`
 */
export function invalidates<A extends readonly unknown[] = [], R = unknown, This = unknown>(
  cache: CacheOf<InvalidatedCache, This>,
  options: InvalidatingOptions<A, R>,
): InvalidatesDecorator<This, A, R> {
  const where = '@invalidates'
  const cacheOf = cacheFinder<InvalidatedCache>(where, cache, VERBS)
  const invalidate = invalidation(where, options)
  const decorate = (method: Method, context: unknown): Method => {
    checkMethod(where, method, context)
    const decorated = async function (this: unknown, ...args: readonly unknown[]): Promise<unknown> {
      // A cache that cannot be found is found out before anything has changed.
      const told = cacheOf(this)
      const result = await method.apply(this, args as unknown[])
      await invalidate(told, args, result)
      return result
    }
    return Object.defineProperties(decorated, ownLook(method))
  }
  return decorate as unknown as InvalidatesDecorator<This, A, R>
}

type Invalidate = (cache: InvalidatedCache, args: readonly unknown[], result: unknown) => Promise<void>

function invalidation(where: string, options: unknown): Invalidate {
  const { keys, tags, onPending } = readOptions(where, schema, options)
  if (keys === undefined && tags === undefined) expected('keys, tags or both', options, where)
  return async (cache, args, result) => {
    // One that fails does not keep the other from being done.
    const done = await Promise.allSettled([
      told(keys, args, result, (some) => cache.deleteMany(some)),
      told(tags, args, result, (some) => cache.invalidateTags(some)),
    ])
    for (const one of done) if (one.status === 'rejected') throw one.reason
    for (const one of done) {
      if (one.status === 'fulfilled' && one.value?.ok === false) onPending?.(one.value)
    }
  }
}

async function told(
  from: Names | Maker | undefined,
  args: readonly unknown[],
  result: unknown,
  tell: (names: Names) => Promise<WriteResult>,
): Promise<WriteResult | undefined> {
  if (from === undefined) return undefined
  const names = typeof from === 'function' ? from(args, result) : from
  return tell(names as Names)
}
