import { createHash } from 'node:crypto'

/** What the shop sells, as the database has it. */
export interface Item {
  readonly id: number
  readonly category: number
  /** Counts the changes of the item: what tells an old copy from a new one. */
  readonly version: number
  /** Follows from id and version: {@link bodyOf}. */
  readonly body: string
}

/** The source of truth. */
export interface Database {
  find(id: number): Promise<Item | undefined>
  /** Changes an item: its version grows by one. `undefined` if there is none. */
  rewrite(id: number): Promise<Item | undefined>
  /** Changes all items of a category, in one transaction. */
  rewriteCategory(category: number): Promise<readonly Item[]>
  /** The version of every item. Takes no longer than a busy database does: it is no part of the shop. */
  versions(): Promise<ReadonlyMap<number, number>>
  /** From now on each statement of the shop takes so many milliseconds. */
  setPace(ms: number): Promise<void>
  close(): Promise<void>
}

/** What an item of this version says: nobody can have it from elsewhere. 400 characters. */
export function bodyOf(id: number, version: number): string {
  return createHash('md5').update(`${id}:${version}`).digest('hex').padEnd(400, '.')
}
