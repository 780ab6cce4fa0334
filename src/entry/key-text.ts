// DLE, "data link escape": a character that keys of text do not contain.
const MARK = '\u0010'
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character
const TO_ESCAPE = /[\u{10}\p{Surrogate}]/gu
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character
const ESCAPED = /\u{10}(\u{10}|d[89a-f][0-9a-f]{2})/gu

/**
 * The key as well-formed Unicode, for stores that keep UTF-8: a string of JavaScript may hold halves of
 * surrogate pairs, which UTF-8 cannot tell apart. Ordinary keys stay what they are; halves and the
 * escape character are escaped where they stand, so that keys that begin alike still do.
 */
export function storedKey(key: string): string {
  return isOrdinary(key) ? key : escaped(key)
}

/** The key of which {@link storedKey} made this text; `undefined` if it makes it of none. */
export function keyOfStored(text: string): string | undefined {
  if (isOrdinary(text)) return text
  const key = text.replaceAll(ESCAPED, (_, code: string) =>
    code === MARK ? MARK : String.fromCharCode(Number.parseInt(code, 16)),
  )
  // Two escaped halves that meet would be a pair, which is never escaped: one key, one text.
  return escaped(key) === text ? key : undefined
}

/**
 * What the text of every key that starts with `prefix` starts with. The texts of some other keys may
 * too: look at the keys themselves.
 */
export function storedPrefix(prefix: string): string {
  // The second half of the pair may be the next character of the key.
  const last = prefix.charCodeAt(prefix.length - 1)
  return storedKey(last >= 0xd800 && last <= 0xdbff ? prefix.slice(0, -1) : prefix)
}

function isOrdinary(text: string): boolean {
  return text.isWellFormed() && !text.includes(MARK)
}

function escaped(key: string): string {
  return key.replaceAll(TO_ESCAPE, (character) =>
    character === MARK ? MARK + MARK : MARK + character.charCodeAt(0).toString(16),
  )
}
