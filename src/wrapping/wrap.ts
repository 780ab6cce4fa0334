import type { FetchOptions } from '../cache/calls.ts'
import type { WriteResult } from '../cache/write.ts'
import { TerraceError } from '../errors.ts'
import type { FetchingCache } from './cache-verbs.ts'
import { ownLook } from './methods.ts'
import type { WrappedNames } from './wrapped-names.ts'
import { checkCode, type ResultOf, type WrapOptionsOf, Wrapping } from './wrapping.ts'

/** A function whose results are cached. Its keys are made without a `this`, except when it is called. */
export interface Wrapped<This, A extends readonly unknown[], T> {
  (this: This, ...args: A): Promise<T>
  /** The key under which the result of these arguments is kept. @throws TerraceError `ERR_KEY_INVALID` */
  key(...args: A): string
  /** Invalidates the result of these arguments. */
  delete(...args: A): Promise<WriteResult>
  /** Calls the function whatever is kept, and keeps what it returns. Until it has, others get what was kept before. */
  refresh(...args: A): Promise<T>
  /** The result of these arguments if level 1 has it, at once. Neither counts nor touches. @throws TerraceError `ERR_KEY_INVALID`, `ERR_CLOSED` */
  peek(...args: A): T | undefined
}

/** A function of this type, {@link Wrapped}. */
export type WrappedOf<F extends (...args: never[]) => unknown> = Wrapped<
  ThisParameterType<F>,
  Parameters<F>,
  ResultOf<ReturnType<F>>
>

const LONGEST_NAME = 200

/**
 * A function of the same arguments whose results `cache` keeps.
 *
 * @param names which names of functions are taken in the cache
 * @param check throws for options that `getOrFetch` would not take
 */
export function wrap<F extends (...args: never[]) => unknown>(
  cache: FetchingCache,
  code: F,
  options: WrapOptionsOf<F> | undefined,
  names: WrappedNames,
  check: (passedOn: FetchOptions<never>) => void,
): WrappedOf<F> {
  type A = Parameters<F>
  type T = ResultOf<ReturnType<F>>
  checkCode(code, 'wrap')
  const { name } = code
  const wrapping = new Wrapping(name === '' ? 'wrap' : `wrap of ${shortened(name)}`, code as never, options, () => name)
  check(wrapping.passedOn)
  if (wrapping.usesOwnName) {
    checkName(name)
    names.take(name, code)
  }

  const wrapped = function (this: ThisParameterType<F>, ...args: A): Promise<T> {
    return wrapping.call(cache, this, args) as Promise<T>
  }
  return Object.assign(Object.defineProperties(wrapped, ownLook(code)), {
    key: (...args: A): string => wrapping.keyOf(undefined, args),
    delete: async (...args: A): Promise<WriteResult> => cache.delete(wrapping.keyOf(undefined, args)),
    refresh: (...args: A) => wrapping.call(cache, undefined, args, true) as Promise<T>,
    peek: (...args: A): T | undefined => cache.peek(wrapping.keyOf(undefined, args)) as T | undefined,
  })
}

function checkName(name: string): void {
  if (name !== '' && name.length <= LONGEST_NAME) return
  const what = name === '' ? 'has no name' : `has a name of over ${LONGEST_NAME} characters`
  throw new TerraceError('ERR_OPTION_INVALID', `wrap: the function ${what}; give the option \`name\` or \`key\``)
}

function shortened(name: string): string {
  return name.length > 60 ? `${name.slice(0, 60)}…` : name
}
