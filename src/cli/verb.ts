import type { FlagSchema, Flags } from './flags.ts'

/** What a verb of the command line is. Each has a file of its own, which is loaded when it is asked for. */
export interface Verb {
  /** What `terrace VERB --help` prints: how it is used, its flags and some examples. */
  readonly help: string
  readonly flags: FlagSchema
  /** Words that may stand where no flag does: a shell offers them. Default: none. */
  readonly words?: readonly string[]
  /** Does the work and returns the exit code. @throws CommandError, TerraceError */
  run(flags: Flags): Promise<number>
}

/** A verb as the list of all tells it, before anything of it is loaded. */
export interface ListedVerb {
  /** What follows the verb: `TRACE...`. */
  readonly takes: string
  readonly summary: string
  load(): Promise<Verb>
}
