import { type Command, inWords } from './command.ts'
import type { Move } from './machine.ts'
import type { Gone, LevelMove } from './tapped-level.ts'

type Kept = LevelMove & { readonly kind: 'kept' }

const MOST_NAMED = 3
const LONGEST_NAME = 48

/**
 * What happened during a command, told in one sentence: from what the levels and the source reported,
 * never from what should have happened.
 *
 * @param names of the levels, level 1 first
 */
export function sentenceOf(command: Command, moves: readonly Move[], names: readonly string[]): string {
  const told = new Telling(moves, names)
  return `${mainClause(command, told)}.${told.meanwhile(command.verb === 'wait')}`
}

function mainClause(command: Command, told: Telling): string {
  switch (command.verb) {
    case 'get':
      return told.reading(command.key, command.callers, true)
    case 'look':
      return told.reading(command.key, 1, false)
    case 'put':
      return told.writing(command.key, 'put in', 'put nowhere')
    case 'set':
      return told.writing(command.key, 'written to', 'written nowhere')
    case 'delete':
      return told.removing(short(command.key), 'was in no level')
    case 'tag':
      return `What is tagged “${short(command.name)}” is out of date from now on, and leaves when it is next asked for`
    case 'prefix':
      return told.removing(`What begins with “${short(command.name)}”`, 'was in no level')
    case 'clear':
      return told.removing('Everything', 'was empty already')
    case 'wait':
      return told.waiting(command.ms)
    case 'row':
      return `The database now has “${short(command.value)}” under ${short(command.key)}; the cache was not told`
    case 'drop':
      return `The database has nothing under ${short(command.key)} now; the cache was not told`
    case 'source':
      return command.fails ? 'From now on the database does not answer' : 'The database answers again'
  }
}

class Telling {
  readonly #moves: readonly Move[]
  readonly #names: readonly string[]

  constructor(moves: readonly Move[], names: readonly string[]) {
    this.#moves = moves
    this.#names = names
  }

  reading(key: string, callers: number, fetches: boolean): string {
    const subject = callers > 1 ? `${callers} callers asked for ${short(key)} at once: it` : short(key)
    const looks = this.#moves.filter((move) => move.kind === 'looked')
    const missed = [...new Set(looks.filter(({ found }) => !found).map(({ level }) => level))]
    const hit = looks.find(({ found }) => found)
    const late = looks.filter(({ gone }) => gone.some((each) => each.key === key && each.reason === 'expired'))
    const misses = missed.length === 0 ? [] : [`missed ${listed(missed.map((n) => this.#names[n]!))}`]
    if (late.length > 0)
      misses.push(`where its time was over in ${listed(late.map(({ level }) => this.#names[level]!))}`)
    if (hit !== undefined) {
      const kept = this.#kept('and promoted to')
      const found = `${subject} ${[...misses, `was found in ${this.#names[hit.level]}`].join(', ')}`
      return kept.length === 0 ? found : `${found} ${kept.join(', ')}`
    }
    return `${subject} ${misses.join(', ')}${fetches ? this.#fetched(callers) : '; look does not fetch'}`
  }

  #fetched(callers: number): string {
    const asked = this.#moves.filter((move) => move.kind === 'asked').length
    const answer = this.#moves.find((move) => move.kind === 'answered')
    const times = asked > 1 ? ` ${asked} times` : callers > 1 ? ' once for all' : ''
    if (answer?.outcome === 'row') return [`, was fetched${times}`, ...this.#kept('stored in')].join(', ')
    if (answer?.outcome === 'nothing') return '; the database has no such row, and nothing was kept'
    return ', and the database did not answer: nothing was kept'
  }

  writing(key: string, where: string, nowhere: string): string {
    const kept = this.#kept(where)
    return `${short(key)} was ${kept.length === 0 ? nowhere : kept.join(', ')}`
  }

  removing(what: string, nowhere: string): string {
    const parts: string[] = []
    for (const move of this.#moves) {
      if (move.kind !== 'raised' || move.gone.length === 0) continue
      const from = parts.length === 0 ? 'removed from' : 'then from'
      parts.push(`${from} ${this.#names[move.level]}${move.gone.length > 1 ? ` (${named(move.gone)})` : ''}`)
    }
    return parts.length === 0 ? `${what} ${nowhere}` : `${what} was ${parts.join(', ')}`
  }

  waiting(ms: number): string {
    const expired = this.#expired()
    return `${inWords(ms)} passed${expired === '' ? '; nothing expired' : `: ${expired}`}`
  }

  /** Nothing to say where there is one level only. */
  get #alone(): string {
    return this.#names.length > 1 ? ' alone' : ''
  }

  /** What expired while a command waited for something else. */
  meanwhile(isToldAlready: boolean): string {
    const expired = isToldAlready ? '' : this.#expired()
    return expired === '' ? '' : ` Meanwhile ${expired}.`
  }

  #expired(): string {
    const byLevel = new Map<number, Gone[]>()
    for (const move of this.#moves) {
      if (move.kind === 'passed') byLevel.set(move.level, [...(byLevel.get(move.level) ?? []), ...move.gone])
    }
    return [...byLevel]
      .map(([level, gone], n) => `${named(gone)}${n === 0 ? ' expired' : ''} in ${this.#names[level]}`)
      .join(', ')
  }

  /** `stored in L2, evicting user:1`, then `then in L1, evicting user:2`. */
  #kept(where: string): string[] {
    const particle = where.slice(where.lastIndexOf(' ') + 1)
    let first = true
    return this.#moves
      .filter((move): move is Kept => move.kind === 'kept')
      .map(({ level, keeping, gone }) => {
        const name = this.#names[level]!
        if (keeping === 'refused') return `refused by ${name}`
        if (keeping === 'superseded') return `turned away by ${name}, which knows something newer`
        const place = first ? `${where} ${name}${where === 'put in' ? this.#alone : ''}` : `then ${particle} ${name}`
        first = false
        return `${place}${evicting(gone)}`
      })
  }
}

function evicting(gone: readonly Gone[]): string {
  const evicted = gone.filter(({ reason }) => reason === 'evicted')
  const expired = gone.filter(({ reason }) => reason === 'expired')
  const gaveRoom = expired.length === 0 ? '' : `, where ${named(expired)} had expired`
  return evicted.length === 0 ? gaveRoom : `${gaveRoom}, evicting ${named(evicted)}`
}

function named(gone: readonly Gone[]): string {
  if (gone.length > MOST_NAMED) return `${gone.length} entries`
  return listed(gone.map(({ key }) => short(key)))
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

/** A name that leaves room for the rest of the sentence. */
function short(name: string): string {
  return name.length <= LONGEST_NAME ? name : `${name.slice(0, LONGEST_NAME - 1)}…`
}
