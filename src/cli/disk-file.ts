import { statSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { openDatabase } from '../stores/disk/sqlite-module.ts'
import { APPLICATION, SCHEMA } from '../stores/disk/sqlite-schema.ts'
import { CommandError } from './command-error.ts'
import { reasonOf } from './reason.ts'

/** What is asked of a file, which is opened for reading alone. */
export class DiskFile {
  readonly path: string
  readonly db: DatabaseSync
  readonly applicationId: number
  readonly schemaVersion: number

  /** @throws CommandError where there is none, or it is no database */
  constructor(path: string) {
    this.path = path
    const found = statSync(path, { throwIfNoEntry: false })
    if (found === undefined) throw CommandError.failure(`there is no file ${path}`)
    if (found.isDirectory()) throw CommandError.failure(`${path} is a folder: name the file in it`)
    let db: DatabaseSync | undefined
    try {
      db = openDatabase(path, true)
      db.exec('PRAGMA busy_timeout = 1000')
      this.applicationId = numberOf(db, 'PRAGMA application_id', 'application_id')
      this.schemaVersion = numberOf(db, 'PRAGMA user_version', 'user_version')
    } catch (cause) {
      db?.close()
      throw CommandError.failure(`cannot read ${path}: ${reasonOf(cause)}`)
    }
    this.db = db
  }

  /** Whether its tables are those of this version. */
  get isOurs(): boolean {
    return this.applicationId === APPLICATION && this.schemaVersion === SCHEMA
  }

  /** @throws CommandError */
  requireOurs(): void {
    if (this.isOurs) return
    const what = this.applicationId === APPLICATION ? 'was made by another version of Terrace' : 'is no file of Terrace'
    throw CommandError.failure(`${this.path} ${what}`)
  }

  close(): void {
    this.db.close()
  }
}

/** Makes sure that a cache keeps its values there. @throws CommandError */
export function requireDiskCache(path: string): void {
  const file = new DiskFile(path)
  try {
    file.requireOurs()
  } finally {
    file.close()
  }
}

function numberOf(db: DatabaseSync, sql: string, column: string): number {
  return Number(db.prepare(sql).get()?.[column])
}
