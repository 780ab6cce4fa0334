import { printable } from '../printable.ts'

/** What went wrong, in one line that is fit for a terminal. */
export function reasonOf(cause: unknown): string {
  const told = cause instanceof Error ? cause.message || codeOf(cause) || cause.name : String(cause)
  // OpenSSL tells where in its sources it was, too.
  const text = told.replace(/\b[\dA-F]{8,}:error:[\dA-F]+:(SSL) routines:[^:]*:([^:]*):.*/s, '$1: $2')
  return printable(text.replaceAll(/\s*\n\s*/g, ' '), 500)
}

/** Node's attempts at several addresses fail together, without a message. */
function codeOf(cause: Error): string | undefined {
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined
}
