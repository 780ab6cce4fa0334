import { DAWN, type Era } from '../entry/era.ts'
import { type Floor, MOST_FLOORS } from '../entry/finding.ts'
import { EVERYTHING, keyScope, type Scope } from '../entry/scope.ts'
import type { FloorMap } from './floor-map.ts'

/** The floors somebody remembers, by kind. */
export interface RememberedFloors {
  readonly all: Era
  readonly keys?: FloorMap | undefined
  readonly prefixes: FloorMap
  readonly tags: FloorMap
}

/** Those that cover a key and what carries these tags, the widest first; at most `MOST_FLOORS`. */
export function floorsOver(key: string, tags: readonly string[], remembered: RememberedFloors): Floor[] {
  const floors: Floor[] = []
  const add = (scope: Scope, era: Era): void => {
    if (era > DAWN && floors.length < MOST_FLOORS) floors.push({ scope, era })
  }
  add(EVERYTHING, remembered.all)
  // Of a prefix raised twice both floors may be remembered: the later counts.
  const prefixes = new Map<string, Era>()
  for (const [prefix, era] of remembered.prefixes) {
    if (key.startsWith(prefix)) prefixes.set(prefix, Math.max(era, prefixes.get(prefix) ?? DAWN))
  }
  for (const [prefix, era] of prefixes) add({ kind: 'prefix', prefix }, era)
  if (remembered.keys !== undefined) add(keyScope(key), remembered.keys.get(key))
  for (const tag of tags) add({ kind: 'tag', tag }, remembered.tags.get(tag))
  return floors
}
