import type { Era } from '../../entry/era.ts'
import { MOST_FLOORS } from '../../entry/finding.ts'
import { keyOfStored, storedKey } from '../../entry/key-text.ts'
import { EVERYTHING, keyScope, type Scope } from '../../entry/scope.ts'
import { floorName, type ShardNames } from '../../stores/redis/names.ts'
import { scopesIn, textOf } from '../../stores/redis/replies.ts'
import { softName } from '../../stores/soft-name.ts'
import { reasonOf } from '../reason.ts'
import type { RedisServer } from '../redis-server.ts'
import { prefixScopes, type Stored, type StoredFloor } from './stored.ts'

/** The largest frame that is fetched, in bytes. */
const LARGEST = 64 * 2 ** 20
/** Steps of the log that are searched for who wrote the key, from the last. */
const STEPS = 1000
/** Stands before the reign among the floors of each kind: a set without it is no set of this history. */
const MARK = '\u0010!'

/** Reads what lies under a key, and what the key's shard remembers. Only commands that read. */
export async function redisEntry(server: RedisServer, key: string): Promise<Stored> {
  const { names } = server
  const shard = names.shardOf(key)
  const own = names.shards[shard]!
  const name = names.frame(shard, key)
  const ask = (...command: string[]): Promise<unknown> => server.send(own.state, command)
  const [time, ttl, state, frame] = await Promise.all([
    ask('TIME'),
    ask('PTTL', name),
    ask('HMGET', own.state, 'r', 'e', 'l', 'a', 'w').catch(() => []),
    frameOf(ask, name),
  ])
  const [seconds, micros] = (time as unknown[]).map((part) => Number(textOf(part)))
  const left = Number(textOf(ttl))
  const shardState = stateIn(state)
  const isWhole = shardState !== undefined && (await hasMarks(ask, own, shardState.reign))
  const history = isWhole ? shardState : undefined
  const steps = history === undefined ? [] : await lastSteps(ask, own.log)
  const made = (era: Era): LoggedStep | undefined => steps.find((step) => step.era === era)
  const by = (era: Era): string | undefined => made(era)?.by
  return {
    name,
    place: names.shards.length === 1 ? undefined : `shard ${shard} of ${names.shards.length}`,
    ...frame,
    storeTtl: left === -1 ? Number.POSITIVE_INFINITY : left < 0 ? undefined : left,
    now: seconds! * 1000 + micros! / 1000,
    history,
    linkAt: (era) => made(era)?.link ?? (era === history?.era ? history.link : undefined),
    writer: steps.find(({ scopes }) => scopes.some((scope) => scope.kind === 'key' && scope.key === key))?.by,
    floorsOver: async (tags) => {
      if (history === undefined) return []
      const floors = await floorsIn(ask, own, key, tags, Math.max(history.all, history.horizon))
      return floors.map((floor) => ({ ...floor, by: by(floor.era) }))
    },
  }
}

type Ask = (...command: string[]) => Promise<unknown>

async function frameOf(ask: Ask, name: string): Promise<Pick<Stored, 'bytes' | 'foreign'>> {
  try {
    const size = Number(textOf(await ask('STRLEN', name)))
    if (size > LARGEST) return { bytes: undefined, foreign: `${size} bytes, more than are looked at here` }
    const reply = await ask('GET', name)
    return { bytes: reply instanceof Uint8Array ? reply : undefined, foreign: undefined }
  } catch (error) {
    const text = reasonOf(error)
    if (!text.startsWith('WRONGTYPE')) throw error
    return { bytes: undefined, foreign: `a ${textOf(await ask('TYPE', name))} of Redis, which Terrace does not write` }
  }
}

interface ShardState {
  readonly reign: string
  readonly era: Era
  readonly link: string
  readonly all: Era
  readonly horizon: Era
}

function stateIn(reply: unknown): ShardState | undefined {
  const [reign, era, link, all, horizon] = (Array.isArray(reply) ? reply : []).map(textOf)
  if (!/^[0-9a-f]{16}$/.test(reign ?? '') || !link) return undefined
  const numbers = [era, all, horizon].map((text) => (text === '' ? Number.NaN : Number(text)))
  if (!numbers.every(Number.isFinite)) return undefined
  return { reign: reign!, era: numbers[0]!, link, all: numbers[1]!, horizon: numbers[2]! }
}

async function hasMarks(ask: Ask, { keyFloors, tagFloors, prefixFloors }: ShardNames, reign: string): Promise<boolean> {
  const asked = [keyFloors, tagFloors, prefixFloors].map((name) =>
    ask('ZSCORE', name, MARK + reign).then(
      (score) => score !== null,
      () => false,
    ),
  )
  return (await Promise.all(asked)).every(Boolean)
}

async function floorsIn(
  ask: Ask,
  own: ShardNames,
  key: string,
  tags: readonly string[],
  all: Era,
): Promise<StoredFloor[]> {
  const [ofKey, prefixes, ...ofTags] = await Promise.all([
    ask('ZSCORE', own.keyFloors, floorName(key)),
    ask('ZRANGE', own.prefixFloors, '0', '-2', 'WITHSCORES'),
    ...[...tags, ...tags.map(softName)].map((tag) => ask('ZSCORE', own.tagFloors, storedKey(tag))),
  ])
  const floors: StoredFloor[] = []
  const add = (scope: Scope, score: unknown, barsEntry = true): void => {
    const era = Number(textOf(score))
    if (era > 0 && floors.length < MOST_FLOORS) floors.push({ scope, era, barsEntry })
  }
  add(EVERYTHING, all)
  const rows = (Array.isArray(prefixes) ? prefixes : []).flat()
  for (let n = 0; n + 1 < rows.length; n += 2) {
    const name = keyOfStored(textOf(rows[n]))
    if (name !== undefined) for (const scope of prefixScopes(name, key)) add(scope, rows[n + 1])
  }
  // What is set or prolonged raises it as well.
  add(keyScope(key), ofKey ?? '', false)
  for (const [n, tag] of tags.entries()) {
    add({ kind: 'tag', tag }, ofTags[n] ?? '')
    add({ kind: 'tag', tag, keepsStale: true }, ofTags[tags.length + n] ?? '')
  }
  return floors
}

interface LoggedStep {
  readonly era: Era
  readonly link: string
  readonly by: string
  readonly scopes: readonly Scope[]
}

/** The last steps that were logged, the latest first. Damaged rows are left out. */
async function lastSteps(ask: Ask, log: string): Promise<LoggedStep[]> {
  const rows = await ask('XREVRANGE', log, '+', '-', 'COUNT', String(STEPS)).catch(() => [])
  return (Array.isArray(rows) ? rows : []).flatMap((row: unknown): LoggedStep[] => {
    const [id, fields] = Array.isArray(row) ? row : []
    const texts = (Array.isArray(fields) ? fields : []).map(textOf)
    const field = (name: string): string => texts[texts.findIndex((text, n) => n % 2 === 0 && text === name) + 1] ?? ''
    const origin = field('o')
    if (!/^[0-9a-f]{1,32}$/.test(origin)) return []
    const era = Number.parseInt(textOf(id), 10)
    return [{ era, link: field('l'), by: `process ${origin}`, scopes: scopesOf(field('c')) }]
  })
}

function scopesOf(text: string): readonly Scope[] {
  try {
    const parsed: unknown = JSON.parse(text)
    return scopesIn(Array.isArray(parsed) ? parsed.filter((each) => each !== 'x') : parsed) ?? []
  } catch {
    return []
  }
}
