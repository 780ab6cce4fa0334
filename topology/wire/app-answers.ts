import type { CacheStats } from '../../src/index.ts'

/** The header in which an app server says which process answered: `app-1/3f9c21d0`, another one after each restart. */
export const APP_HEADER = 'x-app'

/** What an app server answers to a write. */
export interface Written {
  /** What the database has now. */
  readonly items: readonly { readonly id: number; readonly version: number }[]
  /** Whether every level has been told. */
  readonly ok: boolean
  /** The levels that have not been told yet, by name. */
  readonly pending: readonly string[]
}

/** How an app server is. */
export interface AppStats {
  /** As in {@link APP_HEADER}. */
  readonly process: string
  readonly cache: CacheStats
  /** Statements this process has sent, and the milliseconds they took in all. */
  readonly database: { readonly statements: number; readonly ms: number; readonly failures: number }
}
