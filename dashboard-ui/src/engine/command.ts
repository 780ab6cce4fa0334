/** One line of a script, understood. */
export type Command =
  | { readonly verb: 'get'; readonly key: string; readonly callers: number; readonly keep: Keep }
  | { readonly verb: 'look' | 'delete' | 'drop'; readonly key: string }
  | { readonly verb: 'put' | 'set'; readonly key: string; readonly value: string; readonly keep: Keep }
  | { readonly verb: 'row'; readonly key: string; readonly value: string }
  | { readonly verb: 'tag' | 'prefix'; readonly name: string }
  | { readonly verb: 'clear' }
  | { readonly verb: 'wait'; readonly ms: number }
  | { readonly verb: 'source'; readonly fails: boolean }

/** How a value is kept. */
interface Keep {
  /** Milliseconds; `undefined` for the default of the cache. */
  readonly ttl: number | undefined
  readonly tags: readonly string[]
}

export const LONGEST_KEY = 200
export const LONGEST_VALUE = 500
const MOST_CALLERS = 100
const LONGEST_WAIT = 1000 * 86_400_000

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const VERBS = ['get', 'look', 'put', 'set', 'delete', 'row', 'drop', 'tag', 'prefix', 'clear', 'wait', 'source']

/** What is wrong with a line, in words for the person who typed it. */
class CommandError extends Error {}

/**
 * Reads one line: a verb and what it is about, or a key alone, which is to get it. A key with spaces
 * goes in double quotes. Empty lines and those that begin with `//` say nothing: `undefined`.
 *
 * @throws CommandError
 */
export function parseCommand(line: string): Command | undefined {
  const text = line.trim()
  if (text === '' || text.startsWith('//')) return undefined
  const [first, rest] = word(text)
  if (rest === '' && (text.startsWith('"') || !VERBS.includes(first))) return getting(first, '')
  if (!VERBS.includes(first)) throw new CommandError(`“${first}” is none of ${VERBS.join(', ')}`)
  return understood(first, rest)
}

function understood(verb: string, rest: string): Command {
  if (verb === 'clear') return { verb }
  if (rest === '') throw new CommandError(`${verb} what? ${EXAMPLES[verb]}`)
  if (verb === 'wait') return { verb, ms: duration(rest, LONGEST_WAIT) }
  if (verb === 'source') {
    if (rest === 'fails' || rest === 'answers') return { verb, fails: rest === 'fails' }
    throw new CommandError('source fails, or source answers')
  }
  const [name, more] = word(rest)
  const key = bounded(name, LONGEST_KEY, 'A key')
  if (verb === 'get') return getting(key, more)
  if (verb === 'put' || verb === 'set') {
    const { text, keep } = keeping(more)
    if (text === '') throw new CommandError(`${verb} ${name} to what? ${EXAMPLES[verb]}`)
    return { verb, key, value: bounded(text, LONGEST_VALUE, 'A value'), keep }
  }
  if (verb === 'row') {
    if (more === '') throw new CommandError(`row ${name} is to hold what? ${EXAMPLES.row}`)
    return { verb, key, value: bounded(more, LONGEST_VALUE, 'A value') }
  }
  if (more !== '') throw new CommandError(`${verb} takes one name; one with spaces goes in "quotes"`)
  if (verb === 'tag' || verb === 'prefix') return { verb, name: key }
  return { verb: verb as 'look' | 'delete' | 'drop', key }
}

const EXAMPLES: Readonly<Record<string, string>> = {
  get: 'For example: get user:1',
  look: 'For example: look user:1',
  put: 'For example: put hello world',
  set: 'For example: set user:1 Alice ttl 10s tags users',
  delete: 'For example: delete user:1',
  row: 'For example: row user:1 Alice',
  drop: 'For example: drop user:1',
  tag: 'For example: tag users',
  prefix: 'For example: prefix user:',
  wait: 'For example: wait 10s',
  source: 'source fails, or source answers',
}

function getting(name: string, rest: string): Command {
  const key = bounded(name, LONGEST_KEY, 'A key')
  const times = /^x(\d+)(?:\s+|$)/.exec(rest)
  const { text, keep } = keeping(times === null ? rest : rest.slice(times[0].length))
  if (text !== '') throw new CommandError('get takes one key; one with spaces goes in "quotes"')
  const callers = times === null ? 1 : Number(times[1])
  if (callers < 1 || callers > MOST_CALLERS) throw new CommandError(`1 to ${MOST_CALLERS} callers`)
  return { verb: 'get', key, callers, keep }
}

/** Splits `… ttl 10s tags a,b` off the end. */
function keeping(rest: string): { text: string; keep: Keep } {
  let text = rest
  let ttl: number | undefined
  let tags: string[] = []
  for (;;) {
    const found = /(?:^|\s)(ttl|tags)\s+(\S+)$/.exec(text)
    if (found === null) return { text: text.trim(), keep: { ttl, tags } }
    if (found[1] === 'ttl') ttl = duration(found[2]!, LONGEST_WAIT)
    else tags = [...new Set(found[2]!.split(',').filter((tag) => tag !== ''))].slice(0, 10)
    text = text.slice(0, found.index)
  }
}

/** @throws CommandError */
function duration(text: string, most: number): number {
  const found = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)?$/.exec(text.trim())
  const ms = found === null ? Number.NaN : Number(found[1]) * UNITS[(found[2] ?? 'ms') as keyof typeof UNITS]
  if (ms >= 0 && ms <= most) return ms
  throw new CommandError(`“${text}” is no duration; write 250ms, 10s, 5m, 2h`)
}

/** Milliseconds as a person would write them: `1.5 s`, `40 ms`. */
export function inWords(ms: number): string {
  const unit = ms < 1000 ? 'ms' : ms < 60_000 ? 's' : ms < 3_600_000 ? 'm' : ms < 86_400_000 ? 'h' : 'd'
  return `${Math.round((ms / UNITS[unit]) * 10) / 10} ${{ ms: 'ms', s: 's', m: 'min', h: 'h', d: 'd' }[unit]}`
}

/** The first word, which may be quoted, and the rest. */
function word(text: string): [string, string] {
  if (text.startsWith('"')) {
    const quoted = /^"(?:[^"\\]|\\.)*"/.exec(text)
    if (quoted === null) throw new CommandError('A quote is not closed')
    try {
      return [JSON.parse(quoted[0]) as string, text.slice(quoted[0].length).trim()]
    } catch {
      throw new CommandError('What is between the quotes cannot be read')
    }
  }
  const end = text.search(/\s/)
  return end === -1 ? [text, ''] : [text.slice(0, end), text.slice(end).trim()]
}

function bounded(text: string, most: number, what: string): string {
  if (text.length > 0 && text.length <= most) return text
  throw new CommandError(`${what} has 1 to ${most} characters`)
}

/** A name as a script has it: quoted where it must be. */
export function quoted(name: string): string {
  return /^[^\s"]+$/.test(name) && !name.startsWith('//') ? name : JSON.stringify(name)
}
