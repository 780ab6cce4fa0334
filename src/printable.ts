// What a terminal takes for a command, or what turns around or hides what stands beside it: control
// characters, marks of format and direction, separators of lines, halves of pairs.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/**
 * Text from anybody, made fit for a terminal: what would be taken for a command, or hide or turn around what
 * stands beside it, is written out (`\x1b`). Longer than `most` characters it is cut off, and says so.
 */
export function printable(text: string, most: number = Number.POSITIVE_INFINITY): string {
  const isLong = text.length > most
  const shown = isLong ? text.slice(0, most).replace(/[\ud800-\udbff]$/, '') : text
  const plain = shown.replaceAll(UNPRINTABLE, (character) => SHORT[character] ?? codeOf(character))
  return isLong ? `${plain}…` : plain
}

/** JSON in one line (or indented) that is safe on a terminal too; it parses to the same. */
export function jsonText(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, undefined, indent)
  return text.replaceAll(UNPRINTABLE, (character) => (character === '\n' ? character : escaped(character)))
}

/** How many columns of a terminal a printable text takes, near enough: wide characters take two, marks none. */
export function widthOf(text: string): number {
  let width = 0
  for (const character of text) width += columnsOf(character)
  return width
}

/** As much of a printable text as goes into so many columns; `…` at its end where there was more. */
export function clipped(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text
  let width = 0
  let clip = ''
  for (const character of text) {
    width += columnsOf(character)
    if (width > columns - 1) break
    clip += character
  }
  return columns > 0 ? `${clip}…` : ''
}

/** A printable text in lines of at most so many columns, broken at spaces; a word that is longer stands alone. */
export function wrappedText(text: string, columns: number): string[] {
  return filledLines(text.split(' '), ' ', columns, widthOf)
}

/** Parts side by side, in as many lines of at most so many columns as they need. */
export function filledLines(
  parts: readonly string[],
  between: string,
  columns: number,
  width: (text: string) => number,
): string[] {
  const lines: string[] = []
  let line = ''
  for (const part of parts) {
    const next = line === '' ? part : line + between + part
    if (line !== '' && width(next) > columns) {
      lines.push(line)
      line = part
    } else line = next
  }
  return [...lines, line]
}

const MARK = /^\p{M}$/u
const WIDE =
  /^[\u{1100}-\u{115f}\u{2e80}-\u{303e}\u{3041}-\u{a4cf}\u{ac00}-\u{d7a3}\u{f900}-\u{faff}\u{fe30}-\u{fe6f}\u{ff00}-\u{ff60}\u{ffe0}-\u{ffe6}\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]$/u

function columnsOf(character: string): number {
  if (character < '\u0300') return 1
  return MARK.test(character) ? 0 : WIDE.test(character) ? 2 : 1
}

function codeOf(character: string): string {
  const code = character.codePointAt(0)!
  return code < 0x100
    ? `\\x${hex(character, 2)}`
    : code < 0x10000
      ? `\\u${hex(character, 4)}`
      : `\\u{${hex(character, 5)}}`
}

/** As JSON writes it: in halves, where it is a pair. */
function escaped(character: string): string {
  return character
    .split('')
    .map((half) => `\\u${half.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')
}

function hex(character: string, digits: number): string {
  return character.codePointAt(0)!.toString(16).padStart(digits, '0')
}
