/** What a server says that does not know a command: what it was sent follows, and after AUTH that is the password. */
const REPEATED = /, with args beginning with:.*/s

/** What went wrong with a connection, told without the password that it was tried with. */
export function discreet(error: unknown): unknown {
  if (typeof error === 'string') return error.replace(REPEATED, '')
  if (!(error instanceof Error)) return error
  const message = error.message.replace(REPEATED, '')
  const cause = discreet(error.cause)
  // Its stack repeats the message.
  return message === error.message && cause === error.cause ? error : new Error(message, { cause })
}
