import type { Database } from './database.ts'
import { embeddedDatabase } from './embedded.ts'
import { postgresDatabase } from './postgres.ts'

/** The database behind an address: `postgres://…`, or the embedded one at `http://…`. */
export function openDatabase(url: string): Database {
  return url.startsWith('http:') ? embeddedDatabase(url) : postgresDatabase(url)
}
