import { DatabaseSync } from 'node:sqlite'

export function open({ folder, parses }) {
  const database = new DatabaseSync(`${folder}/bare.db`)
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
  database.exec('CREATE TABLE IF NOT EXISTS entries (key TEXT PRIMARY KEY, value BLOB) STRICT')
  const select = database.prepare('SELECT value FROM entries WHERE key = ?')
  const replace = database.prepare('INSERT OR REPLACE INTO entries (key, value) VALUES (?, ?)')
  const text = ({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength).toString()
  const read = parses ? (key) => JSON.parse(text(select.get(key).value)) : (key) => select.get(key).value
  return {
    get: async (key) => read(key),
    getMany: async (keys) => keys.map(read),
    set: async (key, value) => replace.run(key, Buffer.from(JSON.stringify(value))),
  }
}
