import { CommandError } from '../src/cli/command-error.ts'
import { requireWord, wholeNumber } from '../src/cli/flag-values.ts'
import { type FlagSchema, Flags } from '../src/cli/flags.ts'

/** The flags of a script, which takes few words besides, or none. What is wrong with them is told with its usage, and ends it with 2. */
export class ScriptFlags {
  readonly #usage: string
  readonly #flags: Flags

  /**
   * @param usage of the script: what `--help` prints
   * @param words how many words it takes at most besides its flags
   */
  constructor(usage: string, schema: FlagSchema, { words = 0 }: { readonly words?: number } = {}) {
    this.#usage = usage
    const all: FlagSchema = { ...schema, help: 'switch' }
    const args = process.argv.slice(2)
    this.#flags = this.#understood(() => (words === 0 ? Flags.alone(all, args) : new Flags(all, args)))
    const more = this.#flags.rest[words]
    if (more !== undefined) this.refuse(`unexpected '${more}'. See --help.`)
    if (!this.#flags.has('help')) return
    console.log(usage)
    process.exit(0)
  }

  /** What is no flag, in order. */
  get words(): readonly string[] {
    return this.#flags.rest
  }

  has(name: string): boolean {
    return this.#flags.has(name)
  }

  /** The value of a flag, the last if it was repeated. */
  one(name: string): string | undefined {
    return this.#flags.one(name)
  }

  /** A flag's whole number, or what holds without the flag. */
  whole(name: string, fallback: number, least: number = 0, most: number = 2 ** 32): number {
    return this.#understood(() => (this.has(name) ? wholeNumber(this.#flags, name, least, most) : fallback))
  }

  /** A flag's value among words, or what holds without the flag. */
  word<W extends string>(name: string, fallback: W, words: readonly W[]): W {
    return this.#understood(() => requireWord(this.one(name) ?? fallback, words, `--${name}`))
  }

  /** Ends the script. */
  refuse(message: string): never {
    console.error(`${message}\n${this.#usage}`)
    process.exit(2)
  }

  #understood<T>(read: () => T): T {
    try {
      return read()
    } catch (error) {
      if (error instanceof CommandError) this.refuse(error.message)
      throw error
    }
  }
}
