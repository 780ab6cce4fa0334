import { hashText } from './hash.ts'

/** The longest text that three numbers tell, four characters in each. */
const LONGEST = 12

/** Instead of the first number, where numbers do not tell a text: no packed word is this. */
export const UNPACKED = 1
/** In each byte that stands for a character: ASCII leaves it free. */
const THERE = 0x80

/**
 * The hash of a text, as {@link hashText} has it, and on the way the numbers that tell the text from all others, if it
 * has no more than 12 characters, all of them of ASCII; if not, the first of them is {@link UNPACKED}.
 */
export function packText(text: string, seed: number, words: Int32Array): number {
  if (text.length > LONGEST) {
    words[0] = UNPACKED
    return hashText(text, seed)
  }
  let first = 0
  let second = 0
  let word = 0
  let all = 0
  // What `hashText` does, written out: calling it for each character, or after this, takes a tenth of a hit.
  let h = seed
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    h = Math.imul(h ^ code ^ (h >>> 15), 0x5bd1e995)
    all |= code
    word = (word << 8) | code | THERE
    if (i === 3) {
      first = word
      word = 0
    } else if (i === 7) {
      second = word
      word = 0
    }
  }
  words[0] = all >= THERE ? UNPACKED : first
  words[1] = second
  words[2] = word
  h ^= h >>> 15
  h = Math.imul(h, 0x85ebca6b)
  return h ^ (h >>> 13)
}

/** The text that these numbers tell. */
export function unpackText(first: number, second: number, third: number): string {
  return characters(first) + characters(second) + characters(third)
}

function characters(word: number): string {
  const a = word >>> 24
  if (a !== 0) return String.fromCharCode(a & 0x7f, (word >>> 16) & 0x7f, (word >>> 8) & 0x7f, word & 0x7f)
  let text = ''
  for (let rest = word; rest !== 0; rest >>>= 8) text = String.fromCharCode(rest & 0x7f) + text
  return text
}
