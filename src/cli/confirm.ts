import { createInterface } from 'node:readline/promises'
import { CommandError } from './command-error.ts'

/** @throws CommandError where there is nobody to ask */
export function requirePerson(): void {
  if (process.stdin.isTTY && process.stderr.isTTY) return
  throw CommandError.usage('nobody is there to confirm it: say --yes, or --dry-run to see what it would cover')
}

/** Asks a person for a yes. @throws CommandError where whoever is there does not say it */
export async function confirm(question: string): Promise<void> {
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  const gone = new AbortController()
  // Ctrl-C, or the end of the input.
  lines.once('close', () => gone.abort())
  let answer = ''
  try {
    answer = await lines.question(`${question} [y/N] `, { signal: gone.signal })
  } catch {
    process.stderr.write('\n')
  } finally {
    lines.close()
  }
  if (!/^\s*y(?:es)?\s*$/i.test(answer)) throw CommandError.failure('nothing was changed')
}
