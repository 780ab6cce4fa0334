import { TerraceError } from '../errors.ts'

/** Names remembered at most. */
const MOST_NAMES = 10_000
/** The text of a function whose text is not known. */
const NATIVE = /\{\s*\[native code\]\s*\}\s*$/

type Code = (...args: never[]) => unknown

/**
 * Which function of a cache has taken which name by being called so. Two functions that happen to have the same name
 * would serve each other's results.
 */
export class WrappedNames {
  readonly #taken = new Map<string, Code>()

  /**
   * The same code may take its name again: closures are made anew at each call of what makes them.
   *
   * @throws TerraceError `ERR_OPTION_INVALID` if other code has taken it
   */
  take(name: string, code: Code): void {
    const before = this.#taken.get(name)
    if (before === undefined) {
      if (this.#taken.size < MOST_NAMES) this.#taken.set(name, code)
    } else if (!isSame(before, code)) {
      const text = `wrap: two functions are called '${name}', and would share their results; give the option \`name\` or \`key\``
      throw new TerraceError('ERR_OPTION_INVALID', text)
    }
  }
}

function isSame(one: Code, other: Code): boolean {
  if (one === other) return true
  const text = textOf(one)
  return text === textOf(other) && !NATIVE.test(text)
}

function textOf(code: Code): string {
  return Function.prototype.toString.call(code)
}
