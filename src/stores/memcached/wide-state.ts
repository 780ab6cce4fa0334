import { DAWN, type Era } from '../../entry/era.ts'
import { type Floor, MOST_FLOORS } from '../../entry/finding.ts'
import { EVERYTHING, keepsStale, type Scope } from '../../entry/scope.ts'
import { hardNameIn, softName } from '../soft-name.ts'

const MOST_PREFIXES = 100
const MOST_TAGS = 1000
/** Bytes the names may take together: the item stays well below the 1 MB a server takes. */
const MOST_BYTES = 200_000
const REIGN = /^[0-9a-f]{16}$/

/**
 * The wide invalidations of one node: what the *state item* holds, which all processes share. Immutable.
 *
 * Every change advances the era. No forgotten floor is above the horizon, which counts as a floor of
 * everything. A state begins with a reign of its own: entries of another reign are of a state that was
 * lost, together with its floors.
 */
export interface WideState {
  /** 16 hexadecimal digits. */
  readonly reign: string
  readonly era: Era
  readonly all: Era
  readonly horizon: Era
  /** The oldest floor first. */
  readonly prefixes: ReadonlyMap<string, Era>
  readonly tags: ReadonlyMap<string, Era>
}

export function newState(reign: string): WideState {
  return { reign, era: DAWN, all: DAWN, horizon: DAWN, prefixes: new Map(), tags: new Map() }
}

/** The state after an invalidation of these scopes; keys count for nothing here. */
export function raised(state: WideState, scopes: readonly Scope[]): WideState {
  const era = state.era + 1
  if (scopes.some((scope) => scope.kind === 'all' && !keepsStale(scope)))
    return { ...newState(state.reign), era, all: era }
  const prefixes = new Map(state.prefixes)
  const tags = new Map(state.tags)
  for (const scope of scopes) {
    if (scope.kind === 'tag') setLast(tags, keepsStale(scope) ? softName(scope.tag) : scope.tag, era)
    else if (keepsStale(scope)) setLast(prefixes, softName(scope.kind === 'prefix' ? scope.prefix : ''), era)
    else if (scope.kind === 'prefix') setLast(prefixes, scope.prefix, era)
  }
  return bounded({ ...state, era, prefixes, tags })
}

/** Whether a floor stands against an entry of this key and these tags that was born at `born` in this reign. */
export function isBarred(state: WideState, key: string, tags: readonly string[], born: Era): boolean {
  if (born >= state.era) return false
  if (born < state.all || born < state.horizon) return true
  for (const [prefix, era] of state.prefixes) if (born < era && key.startsWith(prefix)) return true
  return tags.some((tag) => born < (state.tags.get(tag) ?? DAWN))
}

/**
 * Whether something ended the freshness of such an entry: floors of freshness are among the others, under names of
 * their own, and count like them for what has been forgotten.
 */
export function isExpired(state: WideState, key: string, tags: readonly string[], born: Era): boolean {
  if (born >= state.era) return false
  for (const [name, era] of state.prefixes) {
    const prefix = born < era ? hardNameIn(name) : undefined
    if (prefix !== undefined && key.startsWith(prefix)) return true
  }
  return tags.some((tag) => born < (state.tags.get(softName(tag)) ?? DAWN))
}

/** The floors that cover an entry of this key and these tags; not all where there are very many. */
export function floorsIn(state: WideState, key: string, tags: readonly string[]): Floor[] {
  const floors: Floor[] = []
  const add = (scope: Scope, era: Era): void => {
    if (era > DAWN && floors.length < MOST_FLOORS) floors.push({ scope, era })
  }
  add(EVERYTHING, Math.max(state.all, state.horizon))
  for (const [name, era] of state.prefixes) {
    const prefix = hardNameIn(name)
    if (key.startsWith(name)) add({ kind: 'prefix', prefix: name }, era)
    if (prefix !== undefined && key.startsWith(prefix)) add({ kind: 'prefix', prefix, keepsStale: true }, era)
  }
  for (const tag of tags) {
    add({ kind: 'tag', tag }, state.tags.get(tag) ?? DAWN)
    add({ kind: 'tag', tag, keepsStale: true }, state.tags.get(softName(tag)) ?? DAWN)
  }
  return floors
}

export function packState({ reign, era, all, horizon, prefixes, tags }: WideState): Uint8Array {
  return Buffer.from(JSON.stringify({ format: 1, reign, era, all, horizon, prefixes: [...prefixes], tags: [...tags] }))
}

/** Reads a state that anybody may have written; `undefined` if it is none. Never throws. */
export function openState(bytes: Uint8Array): WideState | undefined {
  if (bytes.length > 8 * MOST_BYTES) return undefined
  let read: unknown
  try {
    read = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString())
  } catch {
    return undefined
  }
  if (typeof read !== 'object' || read === null) return undefined
  const { format, reign, era, all, horizon, prefixes, tags } = read as Record<string, unknown>
  if (format !== 1 || typeof reign !== 'string' || !REIGN.test(reign)) return undefined
  if (!isEra(era) || !isEra(all) || !isEra(horizon) || all > era || horizon > era) return undefined
  const prefixFloors = readFloors(prefixes, era, MOST_PREFIXES)
  const tagFloors = readFloors(tags, era, MOST_TAGS)
  if (prefixFloors === undefined || tagFloors === undefined) return undefined
  return { reign, era, all, horizon, prefixes: prefixFloors, tags: tagFloors }
}

function readFloors(read: unknown, highest: Era, most: number): Map<string, Era> | undefined {
  if (!Array.isArray(read) || read.length > most) return undefined
  const floors = new Map<string, Era>()
  for (const pair of read) {
    if (!Array.isArray(pair) || typeof pair[0] !== 'string' || !isEra(pair[1]) || pair[1] > highest) return undefined
    floors.set(pair[0], pair[1])
  }
  return floors
}

function isEra(value: unknown): value is Era {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function setLast(floors: Map<string, Era>, name: string, era: Era): void {
  floors.delete(name)
  floors.set(name, era)
}

/** Forgets the oldest floors down to three quarters where there are too many: not one at each step. */
function bounded(state: WideState): WideState {
  const prefixes = new Map(state.prefixes)
  const tags = new Map(state.tags)
  let { horizon } = state
  const forget = (floors: Map<string, Era>, most: number) => {
    if (floors.size <= most) return
    for (const [name, era] of floors) {
      if (floors.size <= most * 0.75) break
      floors.delete(name)
      horizon = Math.max(horizon, era)
    }
  }
  forget(prefixes, MOST_PREFIXES)
  forget(tags, MOST_TAGS)
  while (bytesOf(prefixes) + bytesOf(tags) > MOST_BYTES) {
    const larger = bytesOf(prefixes) > bytesOf(tags) ? prefixes : tags
    forget(larger, Math.floor(larger.size * 0.75))
  }
  return { ...state, horizon, prefixes, tags }
}

function bytesOf(floors: ReadonlyMap<string, Era>): number {
  let bytes = 0
  for (const name of floors.keys()) bytes += Buffer.byteLength(name) + 24
  return bytes
}
