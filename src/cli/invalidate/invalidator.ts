import type { AskedScope, Told } from '../../dashboard/protocol.ts'

/** How many keys of a level a scope covers. */
export interface Count {
  readonly name: string
  /** `null`: the level cannot tell. */
  readonly keys: Told
  /** `false`: there may be more. */
  readonly complete: boolean
}

/** What a level did. */
export interface Deed {
  readonly name: string
  readonly outcome: 'done' | 'superseded' | 'refused' | 'pending'
}

/** A cache that something is invalidated in: over a store, or in a process that has a dashboard. */
export interface Invalidator {
  /** How it is that others follow. */
  readonly spreads: string
  covers(scope: AskedScope): Promise<readonly Count[]>
  invalidate(scopes: readonly AskedScope[]): Promise<readonly Deed[]>
  close(): Promise<void>
}
