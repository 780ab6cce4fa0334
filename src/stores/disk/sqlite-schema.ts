import type { DatabaseSync } from 'node:sqlite'
import { TerraceError } from '../../errors.ts'

/** `Terr`: tells a file of ours from the databases of others. */
export const APPLICATION = 0x54657272
/** Raised with every change of the tables; a file of an older version is set aside and started anew. */
export const SCHEMA = 1

/**
 * Ordinary rowid tables for what is large: without rowids, a database of 1 KB values is three times
 * as big and slow. Recency and size stand before the frame, so that they are read without it.
 * Numbers are `REAL`, which come back as numbers whatever a damaged file has there.
 */
const TABLES = `
CREATE TABLE data (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  dead_at REAL NOT NULL,
  used REAL NOT NULL,
  frame BLOB NOT NULL
);
CREATE INDEX data_used ON data (used);
CREATE INDEX data_dead_at ON data (dead_at) WHERE dead_at < 9e999;
CREATE TABLE floors (kind INTEGER NOT NULL, name TEXT NOT NULL, era REAL NOT NULL, PRIMARY KEY (kind, name)) WITHOUT ROWID;
CREATE INDEX floors_era ON floors (kind, era);
CREATE TABLE log (era INTEGER PRIMARY KEY, link TEXT NOT NULL, prev TEXT NOT NULL, origin TEXT NOT NULL, size REAL NOT NULL, scopes TEXT NOT NULL);
CREATE TABLE leases (key TEXT PRIMARY KEY, holder TEXT NOT NULL, until REAL NOT NULL, awaited INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX leases_until ON leases (until);
CREATE TABLE shard (
  id INTEGER PRIMARY KEY,
  reign TEXT,
  era REAL NOT NULL,
  link TEXT NOT NULL,
  floor REAL NOT NULL,
  key_horizon REAL NOT NULL,
  wide_horizon REAL NOT NULL,
  entries REAL NOT NULL,
  keys REAL NOT NULL,
  prefixes REAL NOT NULL,
  tags REAL NOT NULL,
  logged REAL NOT NULL
);
INSERT INTO shard VALUES (1, NULL, 0, '', 0, 0, 0, 0, 0, 0, 0, 0);
PRAGMA application_id = ${APPLICATION};
PRAGMA user_version = ${SCHEMA};
`

/** How long a statement waits, blocking the process, for another one's transaction; further tries yield. */
const BUSY_MS = 20

/** What is found in a file: tables of this version, made now or before; or those of an older one, now of no use. */
export type Found = 'ready' | 'older'

/**
 * Sets a new connection up, and makes the tables where there are none.
 *
 * @throws TerraceError `ERR_OPTION_INVALID` for the database of somebody else, or of a newer version: both are left alone
 */
export function prepareDatabase(db: DatabaseSync, path: string, maxPages: number): Found {
  db.exec(`PRAGMA busy_timeout = ${BUSY_MS}`)
  if (isEmpty(db)) {
    // Has to be said before the first page is written.
    db.exec('PRAGMA auto_vacuum = INCREMENTAL')
  } else if (!isOurs(db, path)) return 'older'
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -8192')
  db.exec(`PRAGMA journal_size_limit = ${16 * 2 ** 20}; PRAGMA max_page_count = ${maxPages}`)
  if (isEmpty(db)) makeTables(db)
  return isOurs(db, path) ? 'ready' : 'older'
}

function makeTables(db: DatabaseSync): void {
  db.exec('BEGIN IMMEDIATE')
  try {
    // Unless another process has made them meanwhile.
    if (isEmpty(db)) db.exec(TABLES)
    db.exec('COMMIT')
  } catch (cause) {
    db.exec('ROLLBACK')
    throw cause
  }
}

/** Whether the tables are of this version; `false`: of an older one. */
function isOurs(db: DatabaseSync, path: string): boolean {
  if (numberOf(db, 'SELECT application_id AS value FROM pragma_application_id') !== APPLICATION) {
    throw new TerraceError('ERR_OPTION_INVALID', `disk: path: '${path}' is a database of something else`)
  }
  const version = numberOf(db, 'SELECT user_version AS value FROM pragma_user_version')
  // Set aside by the older of two versions that share a file, it would be set aside in turn by the newer.
  if (version > SCHEMA) {
    throw new TerraceError('ERR_OPTION_INVALID', `disk: path: '${path}' was made by a newer version of this library`)
  }
  return version === SCHEMA
}

function isEmpty(db: DatabaseSync): boolean {
  return numberOf(db, 'SELECT count(*) AS value FROM sqlite_schema') === 0
}

function numberOf(db: DatabaseSync, sql: string): number {
  return Number(db.prepare(sql).get()?.value)
}
