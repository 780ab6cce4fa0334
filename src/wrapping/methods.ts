import { shown, TerraceError } from '../errors.ts'

/** A method as code of this folder calls it. */
export type Method = (this: unknown, ...args: readonly unknown[]) => unknown

/** A cache, or how it is found in the instance whose method is called. */
export type CacheOf<C, This> = C | ((instance: This) => C)

/** What is known of a decorated thing beside itself: the standard's context, as far as it is used here. */
interface MethodContext {
  readonly kind: string
  readonly name: string | symbol
  readonly static: boolean
  readonly private: boolean
}

const PHRASES: Readonly<Record<string, string>> = {
  getter: 'a getter',
  setter: 'a setter',
  field: 'a field',
  accessor: 'an accessor',
  class: 'a class',
}

/** The properties by which a function that stands for another looks like it. */
export function ownLook(code: { readonly name: string; readonly length: number }): PropertyDescriptorMap {
  const { name, length } = code
  return { name: { value: name, configurable: true }, length: { value: length, configurable: true } }
}

/** @throws TerraceError `ERR_ARGUMENT_INVALID` for what is no method, or decorated as before the standard */
export function checkMethod(where: string, method: unknown, context: unknown): MethodContext {
  const kind = typeof context === 'object' && context !== null && 'kind' in context ? context.kind : undefined
  if (kind === 'method' && typeof method === 'function') return context as MethodContext
  const what =
    typeof kind === 'string'
      ? (PHRASES[kind] ?? kind)
      : 'the arguments of an experimental decorator: switch `experimentalDecorators` off'
  throw new TerraceError('ERR_ARGUMENT_INVALID', `${where}: expected a method, got ${what}`)
}

/**
 * How the cache is found for a `this`.
 *
 * @throws TerraceError `ERR_ARGUMENT_INVALID` at once for what is no cache, later for what `cache` returns
 */
export function cacheFinder<C>(where: string, cache: unknown, verbs: readonly string[]): (self: unknown) => C {
  if (typeof cache !== 'function') {
    const found = checkCache<C>(where, cache, verbs)
    return () => found
  }
  return (self) => checkCache<C>(where, (cache as (instance: unknown) => unknown)(self), verbs)
}

export function checkCache<C>(where: string, cache: unknown, verbs: readonly string[]): C {
  if (typeof cache === 'object' && cache !== null) {
    const has = cache as Readonly<Record<string, unknown>>
    if (verbs.every((verb) => typeof has[verb] === 'function')) return cache as C
  }
  throw new TerraceError('ERR_ARGUMENT_INVALID', `${where}: expected a cache, got ${shown(cache)}`)
}

/**
 * What a method is called in default keys: `Users.find`, of a static one `static Users.find`. Where a class inherits
 * the method, both are named, `Users/Repository.find`: methods of the same name further up the chain have keys of
 * their own, and so do classes that share one.
 *
 * @param current the decorated method, by which the class that has it is found
 * @throws TerraceError `ERR_KEY_INVALID` when called with a `this` for which that cannot be told
 */
export function methodNamer(where: string, context: MethodContext, current: () => unknown): (self: unknown) => string {
  const { name } = context
  const names = new WeakMap<object, string>()
  return (self) => {
    const start: unknown = context.static ? self : isObject(self) ? Object.getPrototypeOf(self) : undefined
    if (!isObject(start) || typeof name === 'symbol') return unnamed(where)
    const known = names.get(start)
    if (known !== undefined) return known
    const own = className(context.static ? start : ownOf(start, 'constructor'))
    const home = homeOf(start, name, current())
    const above = home === start ? '' : className(context.static ? home : ownOf(home, 'constructor'))
    if (home === undefined || own === '' || (home !== start && above === '')) return unnamed(where)
    const named = `${context.static ? 'static ' : ''}${own}${above === '' ? '' : `/${above}`}.${name}`
    names.set(start, named)
    return named
  }
}

/** Whether default keys can be made at all: private methods and those called by a symbol have no name that tells them apart. */
export function isNameable({ name, private: isPrivate }: MethodContext): boolean {
  return !isPrivate && typeof name === 'string'
}

function unnamed(where: string): never {
  const text = `${where}: it cannot be told which class has the method; give the option \`name\` or \`key\``
  throw new TerraceError('ERR_KEY_INVALID', text)
}

/** The object of the prototype chain that has the method itself. */
function homeOf(start: object, name: string, method: unknown): object | undefined {
  for (let each: unknown = start; isObject(each); each = Object.getPrototypeOf(each)) {
    if (ownOf(each, name) === method) return each
  }
  return undefined
}

function ownOf(object: unknown, name: string): unknown {
  return isObject(object) ? Object.getOwnPropertyDescriptor(object, name)?.value : undefined
}

function className(value: unknown): string {
  return typeof value === 'function' && value.name.length <= 200 ? value.name : ''
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}
