import { types } from 'node:util'

/** The classes of errors that come back as what they are. */
const ERROR_NAMES: readonly string[] = Object.freeze([
  'Error',
  'EvalError',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'TypeError',
  'URIError',
])

const BINARY_NAMES: readonly string[] = Object.freeze([
  'Buffer',
  'Uint8Array',
  'Int8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
  'ArrayBuffer',
  'DataView',
])

/** Whether a value with that prototype is bytes of a class of the language. */
export function isBinary(value: object, prototype: object): boolean {
  return (ArrayBuffer.isView(value) || types.isArrayBuffer(value)) && BINARY_NAMES.includes(className(prototype))
}

/** Whether a value with that prototype is an error of a class of the language. */
export function isError(value: object, prototype: object): value is Error {
  return types.isNativeError(value) && ERROR_NAMES.some((name) => isNamed(prototype, name))
}

/** Whether a prototype is that of the built-in class `name`, also of another realm, as test runners make them. */
export function isNamed(prototype: unknown, name: string): boolean {
  return prototype !== null && className(prototype as object) === name && isBuiltIn(prototype as object)
}

/** A class that extends a built-in one has the prototype of that in the chain; a built-in has that of all objects. */
function isBuiltIn(prototype: object): boolean {
  const above: unknown = Object.getPrototypeOf(prototype)
  return above === null || isRootOfObjects(above as object) || isNamed(above, 'Error')
}

/** Whether this is `Object.prototype`, also of another realm. */
export function isRootOfObjects(prototype: object): boolean {
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf')
}

/** The name of the class a prototype belongs to; empty without one. */
export function className(prototype: object): string {
  const maker: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value
  return typeof maker === 'function' ? maker.name : ''
}

/** The name of a value's class, for a message. */
export function classOf(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value)
  return (prototype === null ? '' : className(prototype as object)) || 'a class without a name'
}

/** Whether an instance of a class with this prototype is `instanceof` the class known here by that name. */
export function isOfThisRealm(prototype: object): boolean {
  return HERE.has(prototype)
}

const HERE: ReadonlySet<object> = new Set(
  ['Date', 'Map', 'Set', 'RegExp', ...ERROR_NAMES, ...BINARY_NAMES].map(
    (name) => (globalThis as unknown as Record<string, { readonly prototype: object }>)[name]!.prototype,
  ),
)
