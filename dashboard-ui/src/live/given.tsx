import type { JSX } from 'preact'
import { printable } from '../../../src/printable.ts'

/*
 * Text that somebody else has given: keys, tags, values, names. Two things are done to it wherever it is shown, so
 * that it cannot rewrite the page's own words: marks of direction and control characters are written out (`\u202e`),
 * and it is isolated, so that letters written from right to left do not turn what stands beside them.
 */

/** Marks that isolate a piece of a sentence. In what was given they are written out, so that they are ours alone. */
const BEGIN = '\u2068'
const END = '\u2069'
const PIECES = new RegExp(`${BEGIN}([^${END}]*)${END}`)

/** A piece of a sentence that was given, for {@link Sentence}. */
export function isolated(text: string): string {
  return `${BEGIN}${printable(text)}${END}`
}

export function quoted(text: string): string {
  return `“${isolated(text)}”`
}

/** What was given, on its own. Of nothing, or of blanks alone, the quotes are there to be seen and pressed. */
export function Given({ text }: { text: string }): JSX.Element {
  return <bdi>{text.trim() === '' ? `“${printable(text)}”` : printable(text)}</bdi>
}

/** A sentence of the page's, with pieces in it that were given. */
export function Sentence({ text }: { text: string }): JSX.Element {
  // Every second part is a piece.
  return <>{text.split(PIECES).map((part, n) => (n % 2 === 0 ? part : <bdi key={n}>{part}</bdi>))}</>
}

/** What was given in several lines, which stay lines. */
export function printableLines(text: string): string {
  return text
    .split('\n')
    .map((line) => printable(line))
    .join('\n')
}

/** An answer that is only shown, with every text in it written out. What is asked for again must not pass here. */
export function printableIn<T>(answer: T): T {
  if (typeof answer === 'string') return printable(answer) as T
  if (Array.isArray(answer)) return answer.map(printableIn) as T
  if (typeof answer !== 'object' || answer === null) return answer
  return Object.fromEntries(Object.entries(answer).map(([name, value]) => [name, printableIn(value)])) as T
}
