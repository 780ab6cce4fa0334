import type { Era } from '../../entry/era.ts'
import type { Floor } from '../../entry/finding.ts'
import type { Scope } from '../../entry/scope.ts'
import { hardNameIn } from '../../stores/soft-name.ts'

/** What was read in a store under one key, as it lies there. Nothing of it is trusted. */
export interface Stored {
  /** Where it lies: the store's own name of it, and on which node or shard, if there are several. */
  readonly name: string
  readonly place: string | undefined
  readonly bytes: Uint8Array | undefined
  /** Why there are no bytes, although something is there. */
  readonly foreign: string | undefined
  /** Milliseconds until the store removes it; `Infinity` for never, `undefined` where it does not tell. */
  readonly storeTtl: number | undefined
  /** What entries end by: the store's own clock, or that of this machine where it has none. Milliseconds since 1970. */
  readonly now: number
  /** The history in which invalidations are counted there; `undefined`: it is lost, or was never begun. */
  readonly history: { readonly reign: string; readonly era: Era } | undefined
  /**
   * The name of the step that made an era of this history, where that is remembered. `undefined`: the histories of
   * this store do not part.
   */
  readonly linkAt: ((era: Era) => string | undefined) | undefined
  /** Those that cover the key, or what carries these tags. */
  floorsOver(tags: readonly string[]): Promise<readonly StoredFloor[]>
  /** The process that last set, invalidated or prolonged the key, where the store remembers it. */
  readonly writer: string | undefined
}

export interface StoredFloor extends Floor {
  /** `false`: it keeps older values from being put there, and says nothing about the one that is. */
  readonly barsEntry: boolean
}

/** What the floor of a prefix called so in a ledger covers, as far as it covers the key. */
export function prefixScopes(name: string, key: string): readonly Scope[] {
  const prefix = hardNameIn(name)
  const scopes: Scope[] = key.startsWith(name) ? [{ kind: 'prefix', prefix: name }] : []
  if (prefix !== undefined && key.startsWith(prefix)) scopes.push({ kind: 'prefix', prefix, keepsStale: true })
  return scopes
}
