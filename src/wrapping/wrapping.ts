import { FETCH_OPTIONS, type Fetcher, type FetchOptions } from '../cache/calls.ts'
import type { FetchContext } from '../cache/fetch-context.ts'
import { type Duration, milliseconds } from '../duration.ts'
import { Failed, Found, NotFound, NotModified, tagList } from '../entry/answer.ts'
import { ABSENT } from '../entry/held.ts'
import { shown, TerraceError } from '../errors.ts'
import { type Check, callable, readOptions, text } from '../options.ts'
import { argumentText } from './argument-text.ts'
import type { FetchingCache } from './cache-verbs.ts'

/**
 * How the results of a function are cached. All other options of `getOrFetch`, such as `ttl`, are taken as well,
 * and mean the same.
 */
export interface WrapOptions<This, A extends readonly unknown[], T> extends Omit<FetchOptions<T>, 'tags' | 'signal'> {
  /** The key of a call, from its arguments. Default: the function's name and a text of all its arguments. */
  readonly key?: ((this: This, ...args: A) => string) | undefined
  /** What stands before the arguments in default keys: 1 to 200 characters. Default: the function's own name. */
  readonly name?: string | undefined
  /** Tags of a result. Default: none. */
  readonly tags?: readonly string[] | ((args: A, result: T) => readonly string[]) | undefined
  /** For how long it is remembered that the result was `undefined`. Default: not at all. */
  readonly notFoundTtl?: Duration | undefined
  /** Where the caller's own signal is among the arguments: when it aborts, this caller is rejected, and others go on waiting. Default: nowhere. */
  readonly signal?: ((...args: A) => AbortSignal | undefined) | undefined
  /**
   * What the function is called with, where that is not just its arguments: to hand it the signal that aborts
   * when nobody waits any more, `({ signal }, id) => [id, { signal }]`.
   */
  readonly pass?: ((context: FetchContext<T>, ...args: A) => readonly [...A]) | undefined
}

/** What comes out of a function whose results are cached: what `found()` holds is the result itself. */
export type ResultOf<R> =
  Awaited<R> extends infer T
    ? T extends Found<infer D>
      ? D
      : T extends NotFound
        ? undefined
        : T extends NotModified | Failed
          ? never
          : T
    : never

/** What a function returned that has found something. */
export type FoundBy<R> = Exclude<ResultOf<R>, undefined>

/** {@link WrapOptions} of a function of this type. Nothing of the type is inferred from them. */
export type WrapOptionsOf<F extends (...args: never[]) => unknown> = WrapOptions<
  ThisParameterType<F>,
  Parameters<F>,
  FoundBy<ReturnType<F>>
>

const LONGEST_NAME = 200

const staticOrMade: Check<readonly string[] | Maker> = (value, where) =>
  typeof value === 'function' ? (value as Maker) : tagList(value, where)

type Maker = (args: readonly unknown[], result: unknown) => readonly string[]

const schema = {
  key: callable<(this: unknown, ...args: readonly unknown[]) => unknown>(),
  name: text(LONGEST_NAME),
  tags: staticOrMade,
  notFoundTtl: milliseconds,
  signal: callable<(...args: readonly unknown[]) => AbortSignal | undefined>(),
  pass: callable<(context: FetchContext, ...args: readonly unknown[]) => unknown>(),
}

/** Also with the options of `getOrFetch`, which checks them, so that a name is held against all there are. */
const allNames = { ...Object.fromEntries(FETCH_OPTIONS.map((name) => [name, (value: unknown) => value])), ...schema }

/** A function, the key of each of its calls, and how what it returns is kept. */
export class Wrapping {
  readonly #where: string
  readonly #code: (this: unknown, ...args: readonly unknown[]) => unknown
  readonly #options: ReturnType<typeof ownOptions>
  readonly #nameOf: (self: unknown) => string
  /** For `getOrFetch`, which checks them. */
  readonly passedOn: FetchOptions<never>

  /**
   * @param where what error messages begin with
   * @param nameOf the name for a call with this `this`, where no option says it
   * @throws TerraceError `ERR_OPTION_INVALID`
   */
  constructor(
    where: string,
    code: (this: unknown, ...args: readonly unknown[]) => unknown,
    options: object | undefined,
    nameOf: (self: unknown) => string,
  ) {
    this.#where = where
    this.#code = code
    const { own, rest } = ownOptions(where, options)
    this.#options = { own, rest }
    this.passedOn = Object.freeze(Array.isArray(own.tags) ? { ...rest, tags: own.tags } : rest)
    const { name } = own
    this.#nameOf = name === undefined ? nameOf : () => name
  }

  /** Whether keys begin with the function's own name. */
  get usesOwnName(): boolean {
    const { key, name } = this.#options.own
    return key === undefined && name === undefined
  }

  /** @throws TerraceError `ERR_KEY_INVALID`, or what the option `key` throws */
  keyOf(self: unknown, args: readonly unknown[]): string {
    const { key: make } = this.#options.own
    if (make === undefined) return `${this.#nameOf(self)}(${argumentText(args, this.#where)})`
    const key = make.apply(self, args as unknown[])
    if (typeof key === 'string') return key
    throw new TerraceError('ERR_KEY_INVALID', `${this.#where}: expected \`key\` to return a string, got ${shown(key)}`)
  }

  /** @param anew whether the function is called whatever is kept */
  async call(cache: FetchingCache, self: unknown, args: readonly unknown[], anew = false): Promise<unknown> {
    const { signal } = this.#options.own
    const own = signal?.(...args)
    const options =
      own === undefined && !anew ? this.passedOn : { ...this.passedOn, signal: own, ...(anew && { bypass: true }) }
    const { data } = await cache.getOrFetch(this.keyOf(self, args), this.#fetcher(self, args), options)
    return data
  }

  #fetcher(self: unknown, args: readonly unknown[]): Fetcher<never> {
    const { pass } = this.#options.own
    const fetch = async (_: string, context: FetchContext): Promise<unknown> => {
      const given = pass === undefined ? args : this.#passed(pass(context, ...args))
      return this.#answer(await this.#code.apply(self, given as unknown[]), args)
    }
    // What type of values the cache takes is checked where this is called from.
    return fetch as Fetcher<never>
  }

  #passed(given: unknown): readonly unknown[] {
    if (Array.isArray(given)) return given
    const text = `${this.#where}: expected \`pass\` to return an array of arguments, got ${shown(given)}`
    throw new TerraceError('ERR_ARGUMENT_INVALID', text)
  }

  #answer(result: unknown, args: readonly unknown[]): unknown {
    const { notFoundTtl, tags } = this.#options.own
    if (result === undefined || result === ABSENT) return new NotFound(notFoundTtl ?? 0)
    if (typeof tags !== 'function' || isNoValue(result)) return result
    if (!(result instanceof Found)) return new Found(result, { tags: this.#tags(tags, args, result) })
    if (result.keep.tags !== undefined) return result
    return new Found(result.foundData, { ...result.keep, tags: this.#tags(tags, args, result.foundData) })
  }

  #tags(make: Maker, args: readonly unknown[], result: unknown): readonly string[] {
    return tagList(make(args, result), `${this.#where}: tags`)
  }
}

function ownOptions(where: string, options: object | undefined) {
  const { key, name, tags, notFoundTtl, signal, pass, ...rest } = readOptions(where, allNames, options)
  return { own: { key, name, tags, notFoundTtl, signal, pass }, rest: rest as FetchOptions<never> }
}

/** @throws TerraceError `ERR_ARGUMENT_INVALID` if this is no function */
export function checkCode(value: unknown, where: string): void {
  if (typeof value === 'function') return
  throw new TerraceError('ERR_ARGUMENT_INVALID', `${where}: expected a function, got ${shown(value)}`)
}

/** What a function may return of the context that it was passed, beside values. */
function isNoValue(result: unknown): boolean {
  return result instanceof NotFound || result instanceof NotModified || result instanceof Failed
}
