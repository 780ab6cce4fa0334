import pg from 'pg'
import { DATABASE, SHOP } from '../plan.ts'
import type { Database, Item } from './database.ts'

/** The shop's tables: made by whoever starts the database, also where compose.yaml does. */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS pace (ms double precision NOT NULL);
  CREATE TABLE IF NOT EXISTS item (
    id int PRIMARY KEY, category int NOT NULL, version int NOT NULL, body text NOT NULL
  );
  CREATE INDEX IF NOT EXISTS item_category ON item (category);
  INSERT INTO pace SELECT ${DATABASE.pace} WHERE NOT EXISTS (SELECT FROM pace);
  INSERT INTO item
    SELECT id, id % ${SHOP.categories}, 1, rpad(md5(id || ':1'), 400, '.')
    FROM generate_series(0, ${SHOP.items - 1}) AS id
    ON CONFLICT DO NOTHING;
`
const COLUMNS = 'id, category, version, body'
/** The row as it is when the statement begins, told a while later: what makes a fetch hard to keep. */
const FIND = `SELECT ${COLUMNS}, pg_sleep(ms / 1000) FROM item, pace WHERE id = $1`
const WAIT = 'SELECT pg_sleep(ms / 1000) FROM pace'
const CHANGE = `UPDATE item SET version = version + 1, body = rpad(md5(id || ':' || version + 1), 400, '.')`
const REWRITE = `${CHANGE} WHERE id = $1 RETURNING ${COLUMNS}`
// Locked in one order: two of them at once wait for each other, and never both.
const REWRITE_CATEGORY = `${CHANGE}
  WHERE id IN (SELECT id FROM item WHERE category = $1 ORDER BY id FOR UPDATE) RETURNING ${COLUMNS}`

interface Row extends Item {
  readonly pg_sleep?: unknown
}

/** The shop in PostgreSQL: `postgres://user:password@host:port/database`. */
export function postgresDatabase(url: string): Database {
  const pool = new pg.Pool({ connectionString: url, max: DATABASE.connectionsOfEach })
  // A connection that breaks while nobody uses it is replaced; whoever uses one is told.
  pool.on('error', () => undefined)
  return {
    find: async (id) => {
      const { rows } = await pool.query<Row>({ name: 'find', text: FIND, values: [id] })
      return rows[0] && itemOf(rows[0])
    },
    rewrite: async (id) => {
      await pool.query(WAIT)
      const { rows } = await pool.query<Item>(REWRITE, [id])
      return rows[0]
    },
    rewriteCategory: async (category) => {
      await pool.query(WAIT)
      return (await pool.query<Item>(REWRITE_CATEGORY, [category])).rows
    },
    versions: async () => {
      const { rows } = await pool.query<{ id: number; version: number }>('SELECT id, version FROM item')
      return new Map(rows.map(({ id, version }) => [id, version]))
    },
    setPace: async (ms) => {
      await pool.query('UPDATE pace SET ms = $1', [ms])
    },
    close: () => pool.end(),
  }
}

function itemOf({ id, category, version, body }: Row): Item {
  return { id, category, version, body }
}

/** Makes the tables, and fills them if they are empty. */
export async function fillPostgres(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(SCHEMA)
  } finally {
    await client.end()
  }
}
