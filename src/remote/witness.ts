import type { Entry } from '../entry/entry.ts'
import type { Scope } from '../entry/scope.ts'

/** Who is told what is read and kept in a level that cannot tell it itself. Synchronous; must not throw. */
export interface Witness {
  /** The level has answered: the entry, or that it has none. */
  read(key: string, entry: Entry | undefined): void
  /** The level has kept an entry; `written`: by a call that writes. */
  kept(entry: Entry, written: boolean): void
  /** These were invalidated. */
  raised(scopes: readonly Scope[]): void
}
