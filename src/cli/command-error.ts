/** An error of the command line's user: told in one line, without a stack trace. */
export class CommandError extends Error {
  readonly exitCode: number

  private constructor(exitCode: number, message: string) {
    super(message)
    this.name = 'CommandError'
    this.exitCode = exitCode
  }

  /** The command was not understood: exit code 2. */
  static usage(message: string): CommandError {
    return new CommandError(2, message)
  }

  /** The command was understood and could not be done: exit code 1. */
  static failure(message: string): CommandError {
    return new CommandError(1, message)
  }
}
