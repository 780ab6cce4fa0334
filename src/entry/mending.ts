import { types } from 'node:util'
import { className } from './built-in-class.ts'

/**
 * A value with notes on those of its objects that come out of the formats changed. The notes refer to
 * the objects themselves: a format that keeps references brings both together again.
 */
export type Noted = readonly [value: unknown, bare: readonly object[], errors: readonly ErrorNote[]]

/** An error, its class, its enumerable members, and whether it has a cause. */
type ErrorNote = readonly [error: Error, name: string, members: Record<string, unknown>, hasCause: boolean]

/** Notes on `odd`, the errors and the objects without a prototype within `value`. */
export function noted(value: unknown, odd: readonly object[]): Noted {
  const bare: object[] = []
  const errors: ErrorNote[] = []
  for (const object of odd) {
    if (types.isNativeError(object)) {
      const name = className(Object.getPrototypeOf(object) as object)
      errors.push([object, name, { ...object }, Object.hasOwn(object, 'cause')])
    } else {
      bare.push(object)
    }
  }
  return [value, bare, errors]
}

/**
 * The value of {@link noted} as a format brought it back, put right. Anybody may have written it:
 * what has not the right form is passed over or thrown at.
 */
export function mended(read: unknown): unknown {
  const [value, bare, errors] = read as Noted
  for (const object of bare) {
    if (Object.getPrototypeOf(object) === Object.prototype) Object.setPrototypeOf(object, null)
  }
  const told = new Set<unknown>()
  for (const [error, name, members, hasCause] of errors) {
    // Each error has members of its own; the same ones again would be many where they take no room.
    if (told.has(members)) throw new TypeError('the members of another error')
    told.add(members)
    if (types.isNativeError(error)) mendError(error, name, members, hasCause)
  }
  return value
}

function mendError(error: Error, name: string, members: Record<string, unknown>, hasCause: boolean): void {
  const maker = ERRORS.get(name)
  if (maker !== undefined) Object.setPrototypeOf(error, maker.prototype)
  // Formats write the name as if it were a member, and a cause where there is none.
  Reflect.deleteProperty(error, 'name')
  if (!hasCause) Reflect.deleteProperty(error, 'cause')
  for (const member of Object.keys(members)) {
    const what = { value: members[member], writable: true, enumerable: true, configurable: true }
    Object.defineProperty(error, member, what)
  }
  // Of anything else a text would be made: of a few lists that refer to each other one without an end.
  if (typeof error.name !== 'string' || typeof error.message !== 'string') throw new TypeError('no name, or no message')
  // Where it was made is of no use elsewhere, and nobody's business there.
  Object.defineProperty(error, 'stack', {
    value: String(Error.prototype.toString.call(error)),
    writable: true,
    enumerable: false,
    configurable: true,
  })
}

const ERRORS: ReadonlyMap<string, ErrorConstructor> = new Map(
  [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((maker) => [maker.name, maker]),
)
