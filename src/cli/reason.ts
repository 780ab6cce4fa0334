import { printable } from './printable.ts'

/** What went wrong, in one line that is fit for a terminal. */
export function reasonOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message || codeOf(cause) || cause.name : String(cause)
  return printable(text.replaceAll(/\s*\n\s*/g, ' '), 500)
}

/** Node's attempts at several addresses fail together, without a message. */
function codeOf(cause: Error): string | undefined {
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined
}
