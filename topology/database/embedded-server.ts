// A database in a process of its own, where no PostgreSQL is installed: SQLite in memory, behind HTTP on
// the loopback. So many statements at a time as PostgreSQL would have connections; each takes its pace.

import { createServer, type IncomingMessage } from 'node:http'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { DATABASE, PARTS, SHOP } from '../plan.ts'
import { bodyOf, type Item } from './database.ts'

const CONNECTIONS = DATABASE.connectionsOfEach * PARTS.apps

const db = new DatabaseSync(':memory:')
db.exec('CREATE TABLE item (id INTEGER PRIMARY KEY, category INT, version INT, body TEXT)')
db.exec('CREATE INDEX item_category ON item (category)')
const insert = db.prepare('INSERT INTO item VALUES (?, ?, 1, ?)')
db.exec('BEGIN')
for (let id = 0; id < SHOP.items; id++) insert.run(id, id % SHOP.categories, bodyOf(id, 1))
db.exec('COMMIT')

const find = db.prepare('SELECT * FROM item WHERE id = ?')
const inCategory = db.prepare('SELECT * FROM item WHERE category = ?')
const update = db.prepare('UPDATE item SET version = ?, body = ? WHERE id = ?')
const versions = db.prepare('SELECT id, version FROM item')

let pace: number = DATABASE.pace
let busy = 0
const queue: (() => void)[] = []

async function connected<T>(work: () => Promise<T>): Promise<T> {
  if (busy >= CONNECTIONS) await new Promise<void>((resolve) => queue.push(resolve))
  else busy++
  try {
    return await work()
  } finally {
    const next = queue.shift()
    if (next === undefined) busy--
    else next()
  }
}

function rewritten(items: readonly Item[]): Item[] {
  return items.map((item) => {
    const version = item.version + 1
    const body = bodyOf(item.id, version)
    update.run(version, body, item.id)
    return { ...item, version, body }
  })
}

const itemAt = (id: number): Item[] =>
  [find.get(id) as unknown as Item | undefined].filter((item) => item !== undefined)

/** The row is as it was when the statement began, and a change is done at its end, as in PostgreSQL. */
const statements: Readonly<Record<string, (n: number) => Promise<unknown>>> = {
  'GET item': (id) =>
    connected(async () => {
      const found = itemAt(id)
      await pause(pace)
      return found
    }),
  'POST item': (id) =>
    connected(async () => {
      await pause(pace)
      return rewritten(itemAt(id))
    }),
  'POST category': (category) =>
    connected(async () => {
      await pause(pace)
      return rewritten(inCategory.all(category) as unknown as Item[])
    }),
  'GET versions': async () => versions.all().map(({ id, version }) => [id, version]),
  'POST pace': async (ms) => {
    pace = ms
  },
}

async function answer({ method, url }: IncomingMessage): Promise<unknown> {
  const [, name, n] = url!.split('/')
  const statement = statements[`${method} ${name}`]
  if (statement === undefined) throw new Error(`no such statement: ${method} ${url}`)
  return statement(Number(n))
}

// Whoever started this process is gone.
process.on('disconnect', () => process.exit(0))
createServer((request, response) => {
  answer(request).then(
    (told) => response.end(JSON.stringify(told ?? null)),
    (error: Error) => response.writeHead(500).end(error.message),
  )
}).listen(Number(process.env.PORT), '127.0.0.1')
