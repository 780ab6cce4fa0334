import { execFileSync } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { folder, LedgerFile } from './ledger-file.ts'

const { at, remove } = folder()
afterAll(remove)

let seeds = 0

function open(path: string): LedgerFile {
  return new LedgerFile(new FakeWorld(++seeds), { path })
}

/** Overwrites a part of a file that is closed with what no database has there. */
function scribble(path: string, begin: number, length: number): void {
  const file = openSync(path, 'r+')
  writeSync(file, Buffer.alloc(length, 0xa5), 0, length, begin)
  closeSync(file)
}

it('is made with its folders, for nobody else to read, and is whole when it is closed', async () => {
  const path = at('deep', 'er', 'cache.db')
  const file = open(path)
  await file.set('a', 1)
  for (const each of [path, `${path}-wal`, `${path}-shm`]) expect(statSync(each).mode & 0o777).toBe(0o600)
  expect(statSync(at('deep', 'er')).mode & 0o777).toBe(0o700)
  await file.ledger.close()
  expect(existsSync(`${path}-wal`)).toBe(false)
  const again = open(path)
  expect(await again.values('a')).toEqual([1])
  await again.ledger.close()
})

it('keeps era, floors and reign when it is closed and opened', async () => {
  const path = at('reopened.db')
  const first = open(path)
  const before = await first.raise({ kind: 'tag', tag: 't' })
  await first.ledger.close()
  const second = open(path)
  expect(await second.now()).toMatchObject({
    reign: before.reign,
    era: 1,
    link: before.link,
    floors: { tags: [['t', 1]] },
  })
  await second.ledger.close()
})

it('that is no database is set aside, at most three times, and begun anew', async () => {
  const path = at('rubbish.db')
  for (let n = 1; n <= 5; n++) {
    writeFileSync(path, `rubbish ${n}\0`.repeat(n % 2 === 0 ? 1000 : 5))
    const file = open(path)
    await file.set('a', n)
    expect(await file.values('a')).toEqual([n])
    expect(file.setAside).toMatchObject([
      { path, cause: { message: expect.stringMatching(/file is (no|not a) database$/) } },
    ])
    await file.ledger.close()
  }
  const kept = [1, 2, 3].map((n) => readFileSync(`${path}.damaged-${n}`, 'latin1').slice(0, 9))
  expect(kept.toSorted()).toEqual(['rubbish 3', 'rubbish 4', 'rubbish 5'])
  expect(existsSync(`${path}.damaged-4`)).toBe(false)
})

it('that is a text was meant for something else, and is left alone', () => {
  const path = at('settings.json')
  for (const text of ['{ "name": "shop", "port": 8080 }', 'a', '# notes\n\n', 'a line of a long text\n'.repeat(1000)]) {
    writeFileSync(path, text)
    const refused = { code: 'ERR_OPTION_INVALID', message: `disk: path: '${path}' is a text, and no database` }
    expect(() => open(path)).toThrow(expect.objectContaining(refused))
    expect(readFileSync(path, 'utf8')).toBe(text)
    expect(existsSync(`${path}.damaged-1`)).toBe(false)
  }
})

it('whose pages are damaged is set aside when one is met, and other processes follow', async () => {
  const path = at('damaged.db')
  const first = open(path)
  await Promise.all(Array.from({ length: 500 }, (_, n) => first.set(`k${n}`, 'x'.repeat(1000))))
  await first.ledger.close()
  scribble(path, 4096 * 12, 4096 * 100)

  const [one, other] = [open(path), open(path)]
  const reign = (await other.now()).reign
  for (let n = 0; n < 500; n++) await one.set(`k${n}`, n)
  expect(one.setAside).toMatchObject([{ movedTo: `${path}.damaged-1`, cause: { errcode: 11 } }])
  expect(await one.values('k499')).toEqual([499])
  const { reign: later } = await other.now()
  expect(later).not.toBe(reign)
  expect(later).toBe((await one.now()).reign)
  expect(await other.values('k499')).toEqual([499])
  expect(other.setAside).toEqual([])
  await Promise.all([one, other].map(({ ledger }) => ledger.close()))
  const db = new DatabaseSync(path)
  expect(db.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
  db.close()
})

it('that somebody removes is made anew at the next sync', async () => {
  const path = at('removed.db')
  const file = open(path)
  await file.set('a', 1)
  const { reign } = await file.now()
  for (const each of [path, `${path}-wal`, `${path}-shm`]) rmSync(each)
  expect((await file.now()).reign).not.toBe(reign)
  expect(await file.values('a')).toEqual([undefined])
  await file.set('a', 2)
  expect(existsSync(path)).toBe(true)
  await file.ledger.close()
})

it('of an older version is set aside; of a newer one, or of somebody else, it is left alone', async () => {
  const path = at('older.db')
  await open(path).ledger.close()
  const change = (sql: string) => {
    const db = new DatabaseSync(path)
    db.exec(sql)
    db.close()
  }
  change('PRAGMA user_version = 0')
  const file = open(path)
  expect(file.setAside).toMatchObject([{ cause: { message: 'the file was made by an older version' } }])
  await file.ledger.close()
  for (const sql of ['PRAGMA user_version = 2', 'PRAGMA user_version = 1; PRAGMA application_id = 7']) {
    change(sql)
    const before = readFileSync(path)
    expect(() => open(path)).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID' }))
    expect(readFileSync(path).equals(before)).toBe(true)
  }
})

it('out of reach is a level that fails, and comes back when it is in reach', async () => {
  writeFileSync(at('in the way'), '')
  const world = new FakeWorld()
  const file = new LedgerFile(world, { path: at('in the way', 'cache.db') })
  await expect(file.set('a', 1)).rejects.toThrow()
  await expect(file.values('a')).rejects.toThrow()
  rmSync(at('in the way'))
  await expect(file.values('a')).rejects.toThrow()
  world.advance(1000)
  expect(await file.values('a')).toEqual([undefined])
  await file.ledger.close()
})

it('with a state that makes no sense begins a new reign', async () => {
  const path = at('senseless.db')
  const file = open(path)
  await file.set('a', 1)
  const db = new DatabaseSync(path)
  db.exec(
    "UPDATE shard SET reign = 'x', era = 'y', entries = -1e300; INSERT INTO log VALUES (99, 'l', 'p', 'o', 2, '[{\"kind\":5}')",
  )
  db.close()
  expect(await file.now()).toMatchObject({ kind: 'whole', era: 0 })
  await file.set('a', 2)
  expect(await file.values('a')).toEqual([2])
  await file.ledger.close()
})

it('that lacks a table, or has a number that nobody wrote, is set aside', async () => {
  for (const [n, sql] of ['DROP TABLE leases', "INSERT INTO log VALUES (1 << 60, 'l', 'p', 'o', 2, '[]')"].entries()) {
    const path = at(`strange-${n}.db`)
    const file = open(path)
    const start = await file.now()
    await file.raise()
    await file.ledger.close()
    const db = new DatabaseSync(path)
    db.exec(sql)
    db.close()
    const again = open(path)
    await again.ledger.sync(0, start)
    expect(again.setAside).toHaveLength(1)
    await again.set('a', 1)
    expect(await again.values('a')).toEqual([1])
    await again.ledger.close()
  }
})

it('with a hole in its log tells everything', async () => {
  const path = at('hole.db')
  const file = open(path)
  const [first] = [await file.raise(), await file.raise(), await file.raise(), await file.raise()]
  expect(await file.ledger.sync(0, first)).toMatchObject({ kind: 'since' })
  const db = new DatabaseSync(path)
  db.exec('DELETE FROM log WHERE era = 3')
  db.close()
  expect(await file.ledger.sync(0, first)).toMatchObject({ kind: 'whole' })
  await file.ledger.close()
})

it('where this runtime has no SQLite, is refused with a clear error and hurts nothing else', () => {
  const script = fileURLToPath(new URL('children/without-sqlite.ts', import.meta.url))
  const printed = execFileSync(process.execPath, ['--no-experimental-sqlite', script, at('none.db')], {
    encoding: 'utf8',
  })
  expect(JSON.parse(printed)).toEqual({ code: 'ERR_UNSUPPORTED', made: false })
})

it.runIf(process.platform === 'linux')(
  'where no folder can be made is a level that fails, and not a process that stands still',
  () => {
    const script = fileURLToPath(new URL('children/nowhere.ts', import.meta.url))
    const told = execFileSync(process.execPath, [script], { encoding: 'utf8', timeout: 60_000, killSignal: 'SIGKILL' })
    expect(JSON.parse(told)).toMatchObject({ ok: false })
  },
)
