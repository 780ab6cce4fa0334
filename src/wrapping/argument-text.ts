import { hash } from 'node:crypto'
import { types } from 'node:util'
import { shown, TerraceError } from '../errors.ts'

/** A text longer than this, in UTF-16 units, is replaced by its hash. */
const LONGEST_READABLE = 200
/** Arguments whose text would be longer are refused. */
const LONGEST = 1_000_000
const DEEPEST = 100

/**
 * Arguments as a text, for keys: the same for equal arguments in every process, different for different ones.
 * Strings, numbers, bigints, booleans, `null`, `undefined`, dates, arrays and plain objects (in any order of
 * their properties) can be told apart, and nothing else is accepted. `undefined` at the end is left out, as if
 * the argument had not been given.
 *
 * A text of more than 200 characters becomes `#` and its SHA-256. Cost: O(size of the arguments).
 *
 * @throws TerraceError `ERR_KEY_INVALID` for any other value, one that contains itself or is over a million characters
 */
export function argumentText(args: readonly unknown[], where: string): string {
  let given = args.length
  while (given > 0 && args[given - 1] === undefined) given--
  const writing = new Writing(where)
  for (let n = 0; n < given; n++) {
    if (n > 0) writing.add(',')
    writing.value(args[n], `argument ${n + 1}`, 0)
  }
  const { text } = writing
  // No text of arguments begins with '#'.
  return text.length <= LONGEST_READABLE ? text : `#${hash('sha256', text, 'base64url')}`
}

class Writing {
  readonly #where: string
  text = ''

  constructor(where: string) {
    this.#where = where
  }

  add(text: string): void {
    this.text += text
    if (this.text.length > LONGEST) this.#refuse('the arguments are', 'over a million characters')
  }

  value(value: unknown, path: string, depth: number): void {
    if (value === null || value === undefined || typeof value === 'boolean') this.add(String(value))
    else if (typeof value === 'number') this.add(Object.is(value, -0) ? '-0' : String(value))
    else if (typeof value === 'bigint') this.add(`${value}n`)
    else if (typeof value === 'string') this.#string(value, path)
    else if (typeof value !== 'object') this.#refuse(`${path} is`, shown(value))
    else if (depth === DEEPEST) this.#refuse(`${path} is`, `${DEEPEST} levels deep, or contains itself`)
    else if (types.isDate(value)) this.add(`@${value.getTime()}`)
    else if (Array.isArray(value)) this.#array(value, path, depth + 1)
    else if (isPlain(value)) this.#object(value, path, depth + 1)
    else this.#refuse(`${path} is`, shown(value))
  }

  /** As JSON has it: well-formed whatever the string, and its end is where it seems to be. */
  #string(value: string, path: string): void {
    if (value.length > LONGEST) this.#refuse(`${path} is`, 'over a million characters')
    this.add(JSON.stringify(value))
  }

  #array(array: readonly unknown[], path: string, depth: number): void {
    if (array.length > LONGEST) this.#refuse(`${path} is`, 'over a million elements')
    if (Object.keys(array).length !== array.length) this.#refuse(`${path} is`, 'an array with holes or properties')
    this.add('[')
    for (const [n, element] of array.entries()) {
      if (n > 0) this.add(',')
      this.value(element, `${path}[${n}]`, depth)
    }
    this.add(']')
  }

  #object(object: Readonly<Record<string, unknown>>, path: string, depth: number): void {
    if (Object.getOwnPropertySymbols(object).length > 0) this.#refuse(`${path} is`, 'an object with symbols as names')
    this.add('{')
    for (const [n, name] of Object.keys(object).sort().entries()) {
      if (n > 0) this.add(',')
      this.#string(name, path)
      this.add(':')
      this.value(object[name], `${path}.${name}`, depth)
    }
    this.add('}')
  }

  #refuse(what: string, reason: string): never {
    const shortened = what.length > 120 ? `${what.slice(0, 120)}…` : what
    const text = `${this.#where}: cannot make a key of the arguments: ${shortened} ${reason}; give the option \`key\``
    throw new TerraceError('ERR_KEY_INVALID', text)
  }
}

/** Whether an object is made of its properties and nothing else, in whichever realm it was made. */
function isPlain(value: object): value is Readonly<Record<string, unknown>> {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
