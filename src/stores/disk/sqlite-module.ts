import type { DatabaseSync } from 'node:sqlite'
import { TerraceError } from '../../errors.ts'

/** Opens a database. @throws TerraceError `ERR_UNSUPPORTED` where this runtime has no `node:sqlite` */
export function openDatabase(path: string): DatabaseSync {
  const module = sqliteModule()
  const Database = module.Database ?? module.DatabaseSync
  return new Database(path)
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
const CORRUPT = 11
const FULL = 13
const NOT_A_DATABASE = 26

export function troubleOf(cause: unknown): SqliteTrouble {
  const code =
    cause instanceof Error && 'errcode' in cause && typeof cause.errcode === 'number' ? cause.errcode & 0xff : 0
  if (code === BUSY || code === LOCKED) return 'busy'
  if (code === FULL) return 'full'
  return code === CORRUPT || code === NOT_A_DATABASE ? 'damaged' : 'other'
}
