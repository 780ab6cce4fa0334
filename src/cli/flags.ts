import { parseArgs } from 'node:util'
import { nearest } from '../options.ts'
import { CommandError } from './command-error.ts'

/**
 * What flags a verb takes: a `switch` stands alone, `one` has a value, `many` has values separated by
 * commas or repeated, `each` may be repeated and has a value as it stands each time.
 */
export type FlagSchema = Readonly<Record<string, 'switch' | 'one' | 'many' | 'each'>>

/** A verb's arguments, read. */
export class Flags {
  /** What is no flag, in order. */
  readonly rest: readonly string[]
  readonly #values: ReadonlyMap<string, readonly string[]>

  /** @throws CommandError for a flag the schema does not have, with the nearest that it has; or one without its value. */
  constructor(schema: FlagSchema, args: readonly string[]) {
    const options = Object.fromEntries(
      Object.entries(schema).map(([name, kind]) => [
        name,
        {
          type: kind === 'switch' ? ('boolean' as const) : ('string' as const),
          ...(name === 'help' ? { short: 'h' } : {}),
        },
      ]),
    )
    const { tokens, positionals } = parseArgs({ args: [...args], options, strict: false, tokens: true })
    const values = new Map<string, string[]>()
    for (const token of tokens) {
      if (token.kind !== 'option') continue
      const value = checkedValue(schema, token)
      values.set(token.name, [...(values.get(token.name) ?? []), value])
    }
    this.rest = positionals
    this.#values = values
  }

  /** The flags of a program that takes nothing besides. @throws CommandError also for what is no flag. */
  static alone(schema: FlagSchema, args: readonly string[]): Flags {
    const flags = new Flags(schema, args)
    const [word] = flags.rest
    if (word === undefined) return flags
    throw CommandError.usage(`expected flags alone, got '${word}'. See --help.`)
  }

  has(name: string): boolean {
    return this.#values.has(name)
  }

  /** The value of a flag, the last if it was repeated. */
  one(name: string): string | undefined {
    return this.#values.get(name)?.at(-1)
  }

  /** The values of a flag that may be repeated, each as it was typed. */
  each(name: string): readonly string[] | undefined {
    return this.#values.get(name)
  }

  /** All values of a flag: `--policy lru,sieve --policy lfu` has three. */
  many(name: string): readonly string[] | undefined {
    return this.#values
      .get(name)
      ?.flatMap((value) => value.split(','))
      .map((value) => value.trim())
      .filter((value) => value !== '')
  }
}

interface OptionToken {
  readonly name: string
  readonly rawName: string
  readonly value: string | undefined
  readonly inlineValue: boolean | undefined
}

function checkedValue(schema: FlagSchema, token: OptionToken): string {
  const { name, rawName, value = '', inlineValue } = token
  if (!Object.hasOwn(schema, name)) {
    const near = nearest(name, Object.keys(schema))
    throw CommandError.usage(
      `unknown flag '${rawName}'.${near === undefined ? ' See --help.' : ` Did you mean '--${near}'?`}`,
    )
  }
  if (schema[name] === 'switch') {
    if (value !== '') throw CommandError.usage(`${rawName} takes no value`)
    return ''
  }
  const isFlag = inlineValue !== true && value.startsWith('-') && value !== '-'
  if (value === '' || isFlag) throw CommandError.usage(`${rawName} needs a value`)
  return value
}
