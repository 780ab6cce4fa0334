import type { PolicyName } from '../../../src/policies/index.ts'
import { LONGEST_KEY, LONGEST_VALUE, parseCommand } from './command.ts'
import {
  LARGEST_CAPACITY,
  LARGEST_SEED,
  type LevelSetup,
  LONGEST_LATENCY,
  MOST_COMMANDS,
  MOST_LEVELS,
  MOST_ROWS,
  POLICIES,
  type Setup,
} from './setup.ts'

/** What a link carries: all that a run follows from, and which step is looked at. */
export interface Shared {
  readonly setup: Setup
  readonly script: readonly string[]
  readonly at: number
}

/** The longest link that is made or read, in characters: what browsers and chats carry safely. */
const LONGEST_LINK = 16_000

/** The fragment of a link, without `#`; `undefined` if it would be too long. */
export function writeLink({ setup, script, at }: Shared): string | undefined {
  const query = new URLSearchParams({
    levels: setup.levels.map(({ capacity, policy, ttl }) => [capacity, policy, ttl ?? []].flat().join('.')).join('-'),
    latency: String(setup.latency),
    seed: String(setup.seed),
    rows: JSON.stringify(setup.rows),
    script: script.join('\n'),
    at: String(at),
  })
  const link = `playground?${query}`
  return link.length <= LONGEST_LINK ? link : undefined
}

/**
 * Reads the fragment of a link.
 *
 * @returns `undefined` where it says nothing of a run, a text in words where it is damaged
 */
export function readLink(fragment: string): Shared | string | undefined {
  const at = fragment.indexOf('?')
  if (at === -1) return undefined
  if (fragment.length > LONGEST_LINK) return `This link is longer than ${LONGEST_LINK} characters.`
  try {
    const query = new URLSearchParams(fragment.slice(at + 1))
    const script = readScript(query.get('script') ?? '')
    return {
      setup: {
        levels: readLevels(query.get('levels') ?? ''),
        latency: whole(query.get('latency') ?? '', 0, LONGEST_LATENCY, 'The latency'),
        rows: readRows(query.get('rows') ?? ''),
        seed: whole(query.get('seed') ?? '', 0, LARGEST_SEED, 'The seed'),
      },
      script,
      at: Math.min(whole(query.get('at') ?? '0', 0, MOST_COMMANDS, 'The step'), script.length),
    }
  } catch (error) {
    return `This link is damaged: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** The lines of a script that say something. @throws CommandError, naming the line */
export function readScript(text: string): string[] {
  const lines: string[] = []
  for (const [n, line] of text.split('\n').entries()) {
    try {
      if (parseCommand(line) !== undefined) lines.push(line.trim())
    } catch (error) {
      throw new Error(`line ${n + 1}: ${error instanceof Error ? error.message : String(error)}`)
    }
    if (lines.length > MOST_COMMANDS) throw new Error(`a script has at most ${MOST_COMMANDS} commands`)
  }
  return lines
}

function readLevels(text: string): LevelSetup[] {
  const levels = text.split('-')
  if (levels.length > MOST_LEVELS) throw new Error(`at most ${MOST_LEVELS} levels`)
  return levels.map((level) => {
    const [capacity = '', policy = '', ttl] = level.split('.')
    if (!Object.hasOwn(POLICIES, policy)) throw new Error(`“${policy.slice(0, 40)}” is no policy`)
    return {
      capacity: whole(capacity, 1, LARGEST_CAPACITY, 'A capacity'),
      policy: policy as PolicyName,
      ttl: ttl === undefined ? undefined : whole(ttl, 1, Number.MAX_SAFE_INTEGER, 'A ttl'),
    }
  })
}

function readRows(text: string): [string, string][] {
  const rows: unknown = JSON.parse(text)
  if (!Array.isArray(rows) || rows.length > MOST_ROWS) throw new Error(`at most ${MOST_ROWS} rows`)
  return rows.map((row: unknown) => {
    if (!Array.isArray(row) || row.length !== 2) throw new Error('a row is a key and a value')
    const [key, value] = row as unknown[]
    if (typeof key !== 'string' || typeof value !== 'string') throw new Error('keys and values of rows are text')
    if (key === '' || key.length > LONGEST_KEY || value.length > LONGEST_VALUE) throw new Error('a row is too long')
    return [key, value]
  })
}

/** @throws Error, in words */
function whole(text: string, least: number, most: number, what: string): number {
  const number = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (number >= least && number <= most) return number
  throw new Error(`${what} is a whole number from ${least} to ${most}`)
}
