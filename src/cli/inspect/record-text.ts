import type { AskedScope, ExplainAnswer, FloorText, LevelExplained, UpkeepExplained } from '../../dashboard/protocol.ts'
import { printable } from '../../printable.ts'
import type { Colours } from '../colours.ts'
import { bytesText, countText, timeText } from '../figures-text.ts'
import type { FloorRecord, KeyRecord } from './record.ts'

/** Characters of a key, a tag or a name that are shown. */
const MOST = 300

type Row = readonly [string, string]

const STATES = {
  served: 'green',
  absent: 'yellow',
  stale: 'yellow',
  barred: 'yellow',
  foreign: 'red',
  unknown: 'red',
} as const

const HISTORIES = { this: 'this history', another: 'another history', unknown: 'a history that is not known there' }

/** What lies in a store under a key, for a person. */
export function recordText(record: KeyRecord, colours: Colours): string {
  const { state, reason, frame, history, floors, preview } = record
  const rows: Row[] = [
    ['key', printable(record.key, MOST)],
    ['stored as', `${printable(record.name, MOST)}${record.place === null ? '' : `  (${record.place})`}`],
    ['state', stateText(state, reason, colours)],
  ]
  if (frame !== null) {
    rows.push(
      ['size', `${bytesText(record.bytes)}, of which the value takes ${bytesText(frame.payloadBytes)}`],
      ['codec', frame.codec === null ? 'none: it says that the key has no value' : frame.codec.name],
      ['written', `${frame.writtenAt ?? 'at no date'}, ${timeText(record.age)} ago`],
      ['ends', frame.endsAt === null ? 'never' : `${frame.endsAt}, in ${timeText(record.ttl)}`],
      ...(frame.upkeep === null ? [] : upkeepRows(frame.upkeep)),
      ['tags', frame.tags.map((tag) => printable(tag, MOST)).join(', ') || 'none'],
      ['version', frame.version === null ? 'none' : String(frame.version)],
      ['born', `in era ${countText(frame.born)} of ${HISTORIES[frame.bornIn]}`],
    )
    if (frame.keyEcho !== null && frame.keyEcho !== record.key) rows.push(['of key', printable(frame.keyEcho, MOST)])
  }
  if (record.storeTtl !== null) rows.push(['store', `removes it in ${timeText(record.storeTtl)}`])
  rows.push([
    'history',
    history === null ? 'lost, or never begun' : `is in era ${countText(history.era)} of reign ${history.reign}`,
  ])
  if (record.writer !== null) rows.push(['changed by', record.writer])
  rows.push(...floorRows(floors, colours))
  if (preview !== null) rows.push(...previewRows(preview))
  return table(rows, colours)
}

/** What a running process says of a key, for a person. */
export function explainedText({ key, summary, flight, levels }: ExplainAnswer, colours: Colours): string {
  const head: Row[] = [['key', printable(key, MOST)]]
  if (flight !== null) head.push(['now', flight === 'fetch' ? 'is being fetched' : 'is being looked up'])
  const parts = levels.map(
    (level) => `${colours.bold(printable(level.name, 100))}\n${table(levelRows(level, colours), colours, '  ')}`,
  )
  return `${printable(summary, 1000)}\n\n${table(head, colours)}\n${parts.join('\n')}`
}

function levelRows(level: LevelExplained, colours: Colours): Row[] {
  const rows: Row[] = [['state', stateText(level.state, level.reason, colours)]]
  const isThere = level.born !== null
  if (level.size !== null) rows.push(['size', `${level.size.estimated ? 'about ' : ''}${bytesText(level.size.bytes)}`])
  if (level.codec !== null) rows.push(['codec', printable(level.codec, 100)])
  if (isThere && !level.found) rows.push(['value', 'none: it says that the key has no value'])
  if (level.age !== null) rows.push(['written', `${timeText(level.age)} ago`])
  if (isThere) rows.push(['ends', level.ttl === null ? 'never' : `in ${timeText(level.ttl)}`])
  // An older process does not tell.
  if (level.upkeep) rows.push(...upkeepRows(level.upkeep))
  if (level.tags.length > 0) rows.push(['tags', level.tags.map((tag) => printable(tag, MOST)).join(', ')])
  if (level.version !== null) rows.push(['version', String(level.version)])
  if (isThere) rows.push(['born', `in era ${countText(level.born)}`])
  if (level.writer !== null) rows.push(['changed by', printable(level.writer, 100)])
  rows.push(...floorRows(level.floors, colours))
  if (level.preview !== null) rows.push(...previewRows(level.preview))
  return rows
}

function upkeepRows({ age, freshFor, staleFor, dueIn, etag, lastModified }: UpkeepExplained): Row[] {
  const rows: Row[] = [
    ['fetched', `${timeText(age)} ago`],
    staleFor === null
      ? ['fresh', freshFor === null ? 'always' : `for ${timeText(freshFor)}`]
      : ['stale', `for ${timeText(staleFor)}`],
  ]
  if (dueIn !== null && staleFor === null)
    rows.push(['refreshed', dueIn === 0 ? 'by whoever asks next' : `ahead, from in ${timeText(dueIn)} on`])
  if (etag !== null) rows.push(['etag', printable(etag, MOST)])
  if (lastModified !== null) rows.push(['modified', printable(lastModified, MOST)])
  return rows
}

function stateText(state: keyof typeof STATES, reason: string | null, colours: Colours): string {
  const painted = colours[STATES[state]](state)
  return reason === null ? painted : `${painted}: ${printable(reason, 500)}`
}

function floorRows(floors: readonly (FloorRecord | FloorText)[], colours: Colours): Row[] {
  return floors.map(({ scope, era, by, bars }, n) => {
    const stands = bars ? colours.yellow(', which stands against it') : ''
    const whose = by === null ? '' : ` by ${printable(by, 100)}`
    return [n === 0 ? 'floors' : '', `${scopeText(scope)} in era ${countText(era)}${whose}${stands}`]
  })
}

function previewRows({
  text,
  type,
  cut,
  masked,
}: {
  text: string
  type: string
  cut: boolean
  masked: boolean
}): Row[] {
  const notes = [cut ? 'cut off' : '', masked ? 'secrets masked' : ''].filter((note) => note !== '')
  const what = `${printable(type, 100)}${notes.length === 0 ? '' : `, ${notes.join(', ')}`}`
  return [
    ['type', what],
    ['value', printable(text)],
  ]
}

export function scopeText(scope: AskedScope): string {
  const soft = 'keepsStale' in scope && scope.keepsStale === true
  return soft ? `${placeText(scope)}, kept as stale` : placeText(scope)
}

function placeText(scope: AskedScope): string {
  switch (scope.kind) {
    case 'key':
      return `key ${printable(scope.key, MOST)}`
    case 'prefix':
      return `prefix ${printable(scope.prefix, MOST)}`
    case 'tag':
      return `tag ${printable(scope.tag, MOST)}`
    case 'namespace':
      return `namespace ${printable(scope.namespace, MOST)}`
    case 'all':
      return 'everything'
  }
}

function table(rows: readonly Row[], colours: Colours, indent = ''): string {
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, text]) => `${indent}${colours.dim(name.padEnd(width))}  ${text}\n`).join('')
}
