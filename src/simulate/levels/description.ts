import { milliseconds } from '../../duration.ts'
import { nearest } from '../../options.ts'
import { type PolicyName, policies } from '../../policies/index.ts'
import { byteSize } from '../size.ts'
import { latency } from './latency.ts'
import {
  invalid,
  knownLevels,
  moneyCheck,
  type SimulatedLevel,
  type SimulatedSetup,
  type SimulatedSource,
  serversCheck,
} from './setup.ts'
import { sizeAlternatives } from './size-alternatives.ts'

/** What a word says of a level. */
type Property = Exclude<keyof SimulatedLevel, 'name'>

/** A word and where it stands, from 1. */
interface Word {
  readonly text: string
  readonly at: number
}

/** A level with what each of its words allows: several where alternatives were given. */
interface Draft {
  readonly name: string
  readonly choices: Map<Property, readonly unknown[]>
}

const NAMED = ['ttl', 'overhead', 'cost', 'price'] as const
const LONGEST = 2000
const MOST_ALTERNATIVES = 64
const HOW =
  "a size (1000, 1%, 64mb), a policy, a latency (1us, 0.5ms), x3 (servers), or 'ttl', 'overhead', 'cost', 'price' with a value"

/**
 * The set-ups that a description in words stands for, such as
 * `memory 64mb wTinyLfu 1us x3, redis 2gb lru 0.5ms, source 20ms cost 0.00001`.
 *
 * Levels are separated by commas; a level is its name and then words in any order. Alternatives are
 * separated by slashes (`16mb/64mb`, `lru/sieve`), and `16mb..256mb` doubles from one to the other:
 * then every combination is a set-up.
 *
 * @throws TerraceError `ERR_OPTION_INVALID`, with the place of the word that is not understood.
 */
export function readDescription(text: string, where: string): readonly SimulatedSetup[] {
  if (text.length > LONGEST) throw invalid(where, `a description has at most ${LONGEST} characters`)
  const drafts = levelsOf(text).map(({ words, at }) => {
    if (words.length === 0) throw invalid(`${where}, character ${at}`, 'a level is missing between the commas')
    return draft(words, where)
  })
  const place = drafts.findIndex(isSource)
  if (place >= 0 && place < drafts.length - 1) throw invalid(where, "'source' is what is below all levels: put it last")
  if (place === 0) throw invalid(where, "a level is missing above 'source'")
  return combinations(drafts, where).map((levels) => {
    const source = isSource(levels.at(-1)!) ? levels.at(-1)! : undefined
    if (source === undefined) return { levels }
    const { name: _, ...rest } = source
    return { levels: levels.slice(0, -1), source: rest }
  })
}

/** A source in words, such as `20ms cost 0.00001`. @throws TerraceError `ERR_OPTION_INVALID` */
export function readSourceWords(text: string, where: string): SimulatedSource {
  const words = levelsOf(text)
  if (words.length > 1 || words[0]!.words.length === 0) {
    throw invalid(where, "expected what a fetch takes and perhaps costs: '20ms cost 0.00001'")
  }
  const { choices } = draft([{ text: 'source', at: 0 }, ...words[0]!.words], where)
  const several = [...choices.values()].some((values) => values.length > 1)
  if (several) throw invalid(where, 'a source can have no alternatives here')
  return Object.fromEntries([...choices].map(([property, values]) => [property, values[0]]))
}

function isSource({ name }: { readonly name: string }): boolean {
  return name.toLowerCase() === 'source'
}

function levelsOf(text: string): readonly { readonly words: readonly Word[]; readonly at: number }[] {
  let at = 1
  return text.split(',').map((part) => {
    const start = at
    at += part.length + 1
    const words = [...part.matchAll(/\S+/g)].map((found) => ({ text: found[0], at: start + found.index }))
    return { words, at: start }
  })
}

function draft(words: readonly Word[], where: string): Draft {
  const [name, ...rest] = words as [Word, ...Word[]]
  if (!/^[a-z][\w-]{0,39}$/i.test(name.text)) {
    throw invalid(
      placeOf(where, name),
      `a level begins with its name, such as memory or redis, not with '${cut(name.text)}'`,
    )
  }
  const choices = new Map<Property, readonly unknown[]>()
  for (let i = 0; i < rest.length; i++) {
    const word = rest[i]!
    const label = NAMED.find((candidate) => candidate === word.text.toLowerCase())
    const [property, values] =
      label === undefined ? meaning(word, where) : ([label, valuesOf(label, word, rest[++i], where)] as const)
    if (choices.has(property))
      throw invalid(placeOf(where, word), `'${cut(word.text)}' is a second ${property} of '${name.text}'`)
    if (isSource({ name: name.text }) && property !== 'latency' && property !== 'cost') {
      throw invalid(placeOf(where, word), `the source has a latency and a cost, but no ${property}`)
    }
    choices.set(property, values)
    // "1000 entries" reads better than "1000", and means the same.
    if (property === 'size' && /^entr(y|ies)$/i.test(rest[i + 1]?.text ?? '')) i++
  }
  return { name: name.text, choices }
}

/** What a word without a label before it says. */
function meaning(word: Word, where: string): readonly [Property, readonly unknown[]] {
  const place = placeOf(where, word)
  const parts = word.text.split('/')
  const kinds = new Set(parts.map(kindOf))
  const [kind] = kinds
  if (kinds.size > 1 || kind === undefined) throw notUnderstood(word, where)
  switch (kind) {
    case 'servers':
      return [kind, parts.map((part) => serversCheck(Number(part.slice(1)), place))]
    case 'latency':
      return [kind, parts.map((part) => latency(part, place))]
    case 'policy':
      return [kind, parts.map(policyCalled)]
    default:
      return ['size', parts.flatMap((part) => sizeAlternatives(part, place))]
  }
}

function kindOf(part: string): Property | undefined {
  if (/^x\d{1,9}$/i.test(part)) return 'servers'
  if (/^[\d.]+(us|µs|ms|s)$/i.test(part)) return 'latency'
  if (/^[\d.]+(%|b|kb|mb|gb)?(\.\.[\d.]+(%|b|kb|mb|gb)?)?$/i.test(part)) return 'size'
  return policyCalled(part) === undefined ? undefined : 'policy'
}

function policyCalled(name: string): PolicyName | undefined {
  return (Object.keys(policies) as PolicyName[]).find((policy) => policy.toLowerCase() === name.toLowerCase())
}

function valuesOf(
  label: (typeof NAMED)[number],
  word: Word,
  value: Word | undefined,
  where: string,
): readonly unknown[] {
  if (value === undefined) throw invalid(placeOf(where, word), `'${word.text}' needs a value after it`)
  const place = placeOf(where, value)
  return value.text.split('/').map((part) => {
    if (label === 'ttl') return milliseconds(part, place)
    if (label === 'overhead') return byteSize(part, place)
    return moneyCheck(/^[\d.]+(e-?\d+)?$/i.test(part) ? Number(part) : part, place)
  })
}

function notUnderstood(word: Word, where: string): Error {
  const place = placeOf(where, word)
  const text = cut(word.text)
  if ([...knownLevels, 'source'].includes(word.text.toLowerCase())) {
    return invalid(place, `a comma is missing before '${text}'`)
  }
  const near = nearest(word.text, [...Object.keys(policies), ...NAMED])
  const hint = near === undefined ? '' : `. Did you mean '${near}'?`
  return invalid(place, `'${text}' is not understood: expected ${HOW}${hint}`)
}

/** Every choice of one value for each word: the last word changes fastest. */
function combinations(drafts: readonly Draft[], where: string): readonly (readonly SimulatedLevel[])[] {
  let all: readonly (readonly SimulatedLevel[])[] = [[]]
  for (const { name, choices } of drafts) {
    let levels: readonly SimulatedLevel[] = [{ name }]
    for (const [property, values] of choices) {
      levels = levels.flatMap((level) => values.map((value) => ({ ...level, [property]: value })))
      if (all.length * levels.length > MOST_ALTERNATIVES) {
        throw invalid(where, `its alternatives come to more than ${MOST_ALTERNATIVES} set-ups`)
      }
    }
    all = all.flatMap((before) => levels.map((level) => [...before, level]))
  }
  return all
}

function placeOf(where: string, { at }: Word): string {
  return `${where}, character ${at}`
}

function cut(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}
