import type { DatabaseSync } from 'node:sqlite'
import { TerraceError } from '../../errors.ts'

/** Opens a database. @throws TerraceError `ERR_UNSUPPORTED` where this runtime has no `node:sqlite` */
export function openDatabase(path: string, readOnly = false): DatabaseSync {
  const module = sqliteModule()
  const Database = module.Database ?? module.DatabaseSync
  return new Database(path, { readOnly })
}

/** @throws TerraceError `ERR_UNSUPPORTED` where this runtime has no `node:sqlite` */
export function requireSqlite(): void {
  sqliteModule()
}

interface SqliteModule {
  readonly DatabaseSync: typeof DatabaseSync
  /** Its name in later versions of Node. */
  readonly Database?: typeof DatabaseSync
}

/** Looked for when it is needed: where it is missing, the rest of the library still loads. */
function sqliteModule(): SqliteModule {
  const module = process.getBuiltinModule?.('node:sqlite') as SqliteModule | undefined
  if (module !== undefined) return module
  const text = 'disk: this runtime has no node:sqlite; it takes Node.js 22.15 or newer'
  throw new TerraceError('ERR_UNSUPPORTED', text)
}

/** What SQLite's own result codes say about a failed call. */
export type SqliteTrouble = 'busy' | 'full' | 'damaged' | 'other'

const BUSY = 5
const LOCKED = 6
const FULL = 13
/**
 * Damaged; no database; and, from statements that never change and suit the tables they are for: a
 * table that is not there, a row that is there twice, a value of another type.
 */
const DAMAGED = [11, 26, 1, 19, 20]

export function troubleOf(cause: unknown): SqliteTrouble {
  if (!(cause instanceof Error)) return 'other'
  // A number in the file that no statement of ours has written.
  if ('code' in cause && cause.code === 'ERR_OUT_OF_RANGE') return 'damaged'
  const code = 'errcode' in cause && typeof cause.errcode === 'number' ? cause.errcode & 0xff : 0
  if (code === BUSY || code === LOCKED) return 'busy'
  if (code === FULL) return 'full'
  return DAMAGED.includes(code) ? 'damaged' : 'other'
}
