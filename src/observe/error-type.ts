import { TerraceError } from '../errors.ts'

/** Kinds of errors told apart; a fetcher may throw anything. */
const MOST = 20
/** What the semantic conventions call the rest. */
const OTHER = '_OTHER'

/** Names kinds of errors as the semantic conventions want it (`error.type`): few of them, none made of what a message says. */
export class ErrorTypes {
  readonly #known = new Set<string>()

  of(error: unknown): string {
    const type = typeOf(error)
    if (this.#known.has(type)) return type
    if (this.#known.size >= MOST) return OTHER
    this.#known.add(type)
    return type
  }
}

/** The code of an error if it is a word, else its name. Whatever a fetcher throws, this does not. */
function typeOf(error: unknown): string {
  try {
    if (error instanceof TerraceError) return error.code
    if (!(error instanceof Error)) return typeof error
    const { code } = error as { readonly code?: unknown }
    if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,40}$/.test(code)) return code
    return /^\w{1,60}$/.test(error.name) ? error.name : OTHER
  } catch {
    return OTHER
  }
}
