import { shown, TerraceError } from './errors.ts'
import { familiar } from './familiar-names.ts'

/** A check of one option: returns the value to use, or throws through {@link expected}. */
export type Check<T> = (value: unknown, where: string) => T

/** Throws `ERR_OPTION_INVALID`: "where: expected …, got … (type)", and where that is known, ": write …". */
export function expected(what: string, value: unknown, where: string, write?: string | number): never {
  const hint = write === undefined ? '' : `: write ${write}`
  throw new TerraceError('ERR_OPTION_INVALID', `${where}: expected ${what}, got ${shown(value)}${hint}`)
}

/** A whole number between `least` and `most`, both included. */
export function integer(least: number, most: number): Check<number> {
  const fits = (value: unknown) => Number.isInteger(value) && (value as number) >= least && (value as number) <= most
  return (value, where) => {
    if (fits(value)) return value as number
    // As the environment has them: `process.env.MOST`.
    const meant = typeof value === 'string' && value !== '' && fits(Number(value)) ? Number(value) : undefined
    return expected(`a whole number from ${least} to ${most}`, value, where, meant)
  }
}

/** A number between `least` and `most`, both included. */
export function number(least: number, most: number): Check<number> {
  return (value, where) => {
    if (typeof value === 'number' && value >= least && value <= most) return value
    return expected(`a number from ${least} to ${most}`, value, where)
  }
}

/** A function, passed on as it is. */
export function callable<F>(): Check<F> {
  return (value, where) => (typeof value === 'function' ? (value as F) : expected('a function', value, where))
}

/** A signal, passed on as it is. */
export const abortSignal: Check<AbortSignal> = (value, where) =>
  value instanceof AbortSignal ? value : expected('an AbortSignal', value, where)

/** `true` or `false`. */
export const flag: Check<boolean> = (value, where) =>
  typeof value === 'boolean' ? value : expected('true or false', value, where)

/** A string that is not empty and no longer than `most` characters. */
export function text(most: number): Check<string> {
  return (value, where) => {
    if (typeof value === 'string' && value.length > 0 && value.length <= most) return value
    return expected(`a string of 1 to ${most} characters`, value, where)
  }
}

/** One of the given words; a near miss is answered with a suggestion. */
export function oneOf<W extends string>(words: readonly W[]): Check<W> {
  return (value, where) => {
    if (typeof value === 'string' && (words as readonly string[]).includes(value)) return value as W
    const near = typeof value === 'string' ? nearest(value, words) : undefined
    const hint = near === undefined ? '' : `. Did you mean '${near}'?`
    const list = words.map((word) => `'${word}'`).join(', ')
    throw new TerraceError('ERR_OPTION_INVALID', `${where}: expected one of ${list}, got ${shown(value)}${hint}`)
  }
}

/** What {@link readOptions} returns: every option that was given, checked. */
export type Checked<S extends Record<string, Check<unknown>>> = { [K in keyof S]?: ReturnType<S[K]> }

/**
 * Reads an options object against a schema. An option that is `undefined` counts as not given.
 *
 * @throws TerraceError `ERR_OPTION_UNKNOWN` for a name the schema does not have, with the nearest
 * name that it has, or what another cache's option is called here; `ERR_OPTION_INVALID` for a wrong value.
 */
export function readOptions<S extends Record<string, Check<unknown>>>(
  where: string,
  schema: S,
  given: unknown,
): Checked<S> {
  if (given === undefined) return {}
  checkPlain(where, given)
  const read: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue
    if (!Object.hasOwn(schema, name)) {
      const names = Object.keys(schema)
      const near = familiar(name, names) ?? nearest(name, names)
      const hint = near === undefined ? `It takes ${names.join(', ')}.` : `Did you mean '${near}'?`
      throw new TerraceError('ERR_OPTION_UNKNOWN', `${where}: there is no option '${name}'. ${hint}`)
    }
    read[name] = schema[name]!(value, `${where}: ${name}`)
  }
  return read as Checked<S>
}

/**
 * Refuses what is no plain object: what a `Map` holds, or a class gives by its getters, would be passed over without a
 * word. Plain is what another realm made, too, and what has no prototype.
 *
 * @throws TerraceError `ERR_OPTION_INVALID`
 */
export function checkPlain(where: string, given: unknown): asserts given is object {
  if (given === null || typeof given !== 'object' || Array.isArray(given)) {
    return expected('an object of options', given, where)
  }
  const prototype: unknown = Object.getPrototypeOf(given)
  // Each realm has an `Object.prototype` of its own; above none of them is anything.
  if (prototype === null || Object.getPrototypeOf(prototype) === null) return
  const write = Object.keys(given).length === 0 ? undefined : '{ ...options }'
  expected('a plain object of options, and of no class', given, where, write)
}

/** The candidate nearest to `word` by edits, if near enough to be a misspelling of it. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined
  let least = Math.max(1, Math.floor(word.length / 3)) + 1
  for (const candidate of candidates) {
    const edits = distance(word.slice(0, 40).toLowerCase(), candidate.toLowerCase())
    if (edits < least) {
      least = edits
      best = candidate
    }
  }
  return best
}

/** Edits from one word to the other: a character more, less or other, or two neighbours swapped, count one. */
function distance(a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? before[j - 2]! + 1 : replaced
      next.push(Math.min(replaced, swapped, row[j]! + 1, next[j - 1]! + 1))
    }
    before = row
    row = next
  }
  return row[b.length]!
}
