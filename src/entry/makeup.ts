import { types } from 'node:util'
import { messageOf, TerraceError } from '../errors.ts'
import { classOf, isBinary, isError, isNamed, isOfThisRealm, isRootOfObjects } from './built-in-class.ts'

/** What a value may be made of, beyond what every codec carries: one bit each. */
export const UNDEFINED = 1
const NEGATIVE_ZERO = 2
/** NaN and the infinities. */
export const NOT_FINITE = 4
export const BIGINT = 8
/** Text that does not survive UTF-8 and a decoder of it: half a surrogate pair, a byte order mark in front. */
export const ODD_TEXT = 16
export const DATE = 32
export const REGEXP = 64
export const MAP = 128
export const SET = 256
/** Buffer, typed arrays, ArrayBuffer, DataView. */
export const BINARY = 512
export const ERROR = 1024
/** An object that is met twice, but not within itself. */
export const SHARED = 2048
export const CYCLE = 4096
/** An array with holes, or with members besides its elements. */
const ODD_ARRAY = 8192
/** An object without a prototype. */
export const BARE = 16_384
/** A member of one's own named `__proto__`. */
const PROTO_MEMBER = 32_768
/** An instance of a built-in class of another realm, as `node:vm` and test runners make them. */
const FOREIGN = 65_536

/** All that any codec here carries. */
export const ANYTHING = 131_071

/** Objects within objects: deeper values could be written but not read again where the stack is short. */
const DEEPEST = 1000

/** What a value was found to be made of. */
export interface Makeup {
  /** The bits above. */
  readonly kinds: number
  /** The errors and the objects without a prototype: what no format tells apart by itself. */
  readonly odd: readonly object[]
  /** How many elements arrays have, and how many members are objects. */
  readonly listed: number
  readonly alone: number
}

/**
 * Walks a value once and tells what it is made of.
 *
 * @param name who asks, for the message
 * @param carried the kinds that can be carried
 * @throws TerraceError `ERR_VALUE_UNSUPPORTED` at the first thing that cannot be, with its path
 */
export function makeupOf(value: unknown, name: string, carried: number): Makeup {
  if (typeof value === 'string' && isEvenText(value)) return TEXT
  const walk = new Walk(name, carried)
  try {
    walk.visit(value)
  } catch (error) {
    if (error instanceof TerraceError) throw error
    // A getter or a Proxy that throws, or a stack that has no room left.
    const text = `${name}: cannot look into this value: ${messageOf(error)}`
    throw new TerraceError('ERR_VALUE_UNSUPPORTED', text, { cause: error })
  }
  return walk
}

const TEXT: Makeup = Object.freeze({ kinds: 0, odd: Object.freeze([]), listed: 0, alone: 0 })

class Walk implements Makeup {
  kinds = 0
  odd: object[] = []
  listed = 0
  alone = 0
  readonly #name: string
  readonly #carried: number
  readonly #met = new Set<object>()
  /** The objects around the one that is looked at, and by what names they hold each other. */
  readonly #around: object[] = []
  readonly #path: unknown[] = []

  constructor(name: string, carried: number) {
    this.#name = name
    this.#carried = carried
  }

  visit(value: unknown): void {
    switch (typeof value) {
      case 'string':
        if (!isEvenText(value)) this.#note(ODD_TEXT, 'text with half a surrogate pair or a leading byte order mark')
        return
      case 'number':
        if (value === 0 && Object.is(value, -0)) this.#note(NEGATIVE_ZERO, '-0')
        else if (!Number.isFinite(value)) this.#note(NOT_FINITE, String(value))
        return
      case 'boolean':
        return
      case 'undefined':
        this.#note(UNDEFINED, 'undefined')
        return
      case 'bigint':
        this.#note(BIGINT, 'a BigInt')
        return
      case 'object':
        if (value !== null) this.#visitObject(value)
        return
      default:
        this.#refuse(`a ${typeof value}`)
    }
  }

  #visitObject(value: object): void {
    if (this.#met.has(value)) {
      if (this.#around.includes(value)) this.#note(CYCLE, 'an object within itself')
      else this.#note(SHARED, 'the same object in two places')
      return
    }
    this.#met.add(value)
    if (this.#around.length === DEEPEST) this.#refuse(`objects within objects more than ${DEEPEST} deep`)
    this.#around.push(value)
    const prototype: unknown = Object.getPrototypeOf(value)
    if (Array.isArray(value)) {
      if (prototype !== Array.prototype && !isNamed(prototype, 'Array')) this.#refuseInstance(value)
      this.#visitArray(value)
    } else if (prototype === Object.prototype) {
      this.#visitMembers(value)
    } else if (prototype === null) {
      this.#note(BARE, 'an object without a prototype')
      this.odd.push(value)
      this.#visitMembers(value)
    } else {
      this.#visitInstance(value, prototype as object)
    }
    this.#around.pop()
  }

  #visitArray(array: readonly unknown[]): void {
    // A hole is no key, and a member besides the elements is one more.
    if (Object.keys(array).length !== array.length || hasHoles(array)) {
      this.#note(ODD_ARRAY, 'an array with holes or with members of its own')
      this.#visitMembers(array)
      return
    }
    this.#visitSymbols(array)
    this.listed += array.length
    const path = this.#path
    path.push(0)
    for (let i = 0; i < array.length; i++) {
      path[path.length - 1] = i
      this.visit(array[i])
    }
    path.pop()
  }

  #visitMembers(object: object): void {
    const path = this.#path
    this.#visitSymbols(object)
    for (const name of Object.keys(object)) {
      path.push(name)
      if (!isEvenText(name)) this.#note(ODD_TEXT, 'text with half a surrogate pair or a leading byte order mark')
      if (name === '__proto__') this.#note(PROTO_MEMBER, 'a member named __proto__')
      const member: unknown = (object as Record<string, unknown>)[name]
      if (typeof member === 'object') this.alone++
      this.visit(member)
      path.pop()
    }
  }

  #visitSymbols(object: object): void {
    for (const symbol of Object.getOwnPropertySymbols(object)) {
      if (Object.prototype.propertyIsEnumerable.call(object, symbol))
        this.#refuse(`a member named by ${String(symbol)}`)
    }
  }

  /** What is of a class: the classes of the language that hold data, and no others. */
  #visitInstance(value: object, prototype: object): void {
    if (isRootOfObjects(prototype)) {
      this.#visitMembers(value)
      return
    }
    if (types.isDate(value) && isNamed(prototype, 'Date')) {
      this.#note(DATE, 'a Date')
    } else if (types.isMap(value) && isNamed(prototype, 'Map')) {
      this.#note(MAP, 'a Map')
      let i = 0
      for (const [key, member] of value) {
        this.#visitWithin(key, `key ${i}`)
        this.#visitWithin(member, typeof key === 'string' ? key : `value ${i}`)
        i++
      }
    } else if (types.isSet(value) && isNamed(prototype, 'Set')) {
      this.#note(SET, 'a Set')
      let i = 0
      for (const member of value) this.#visitWithin(member, i++)
    } else if (types.isRegExp(value) && isNamed(prototype, 'RegExp')) {
      this.#note(REGEXP, 'a RegExp')
    } else if (isError(value, prototype)) {
      this.#visitError(value)
    } else if (isBinary(value, prototype)) {
      this.#note(BINARY, 'binary data')
    } else {
      this.#refuseInstance(value)
    }
    if (!isOfThisRealm(prototype)) this.#note(FOREIGN, `an instance of ${classOf(value)} of another realm`)
    // Those of an error are visited, and those of bytes are bytes.
    const looked = types.isNativeError(value) || ArrayBuffer.isView(value)
    if (!looked && Object.keys(value).length > 0) this.#refuse(`a ${classOf(value)} with members`)
    this.#visitSymbols(value)
  }

  #visitError(error: Error): void {
    this.#note(ERROR, 'an Error')
    if (typeof error.name !== 'string' || typeof error.message !== 'string') {
      this.#refuse('an Error whose name or message is no text')
    }
    this.odd.push(error)
    this.#visitWithin(error.name, 'name')
    this.#visitWithin(error.message, 'message')
    if (Object.hasOwn(error, 'cause')) this.#visitWithin(error.cause, 'cause')
    this.#visitMembers(error)
  }

  #visitWithin(value: unknown, name: unknown): void {
    this.#path.push(name)
    this.visit(value)
    this.#path.pop()
  }

  #note(kind: number, what: string): void {
    if ((this.#carried & kind) === 0) this.#refuse(what)
    this.kinds |= kind
  }

  #refuseInstance(value: object): never {
    this.#refuse(`an instance of ${classOf(value)}`)
  }

  #refuse(what: string): never {
    const deep = this.#path.length > 12
    const path = (deep ? this.#path.slice(0, 12) : this.#path).map(step).join('')
    const where = path === '' ? '' : `, at ${path}${deep ? '…' : ''}`
    throw new TerraceError('ERR_VALUE_UNSUPPORTED', `${this.#name}: cannot carry ${what}${where}`)
  }
}

function hasHoles(array: readonly unknown[]): boolean {
  for (let i = 0; i < array.length; i++) if (array[i] === undefined && !(i in array)) return true
  return false
}

function isEvenText(text: string): boolean {
  return text.isWellFormed() && text.charCodeAt(0) !== 0xfeff
}

/** One step of a path, as it would be written. */
function step(name: unknown): string {
  if (typeof name === 'number') return `[${name}]`
  const text = String(name)
  if (/^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u.test(text)) return `.${text.slice(0, 60)}`
  return `[${JSON.stringify(text.slice(0, 60))}]`
}
