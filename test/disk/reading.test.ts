import { DatabaseSync } from 'node:sqlite'
import { afterAll, expect, it } from 'vitest'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { folder, LedgerFile } from './ledger-file.ts'

const { at, remove } = folder()
afterAll(remove)

let files = 0

/** A ledger, and somebody else's connection to its file, of which it hears nothing. */
function make(): { world: FakeWorld; file: LedgerFile; other: DatabaseSync } {
  const world = new FakeWorld()
  const path = at(`${files++}.db`)
  return { world, file: new LedgerFile(world, { path }), other: new DatabaseSync(path) }
}

it('reads that follow each other see one state of the file, and the next turn another', async () => {
  const { world, file, other } = make()
  await file.set('a', 1)
  await world.settle()
  expect(await file.values('a')).toEqual([1])
  expect(await file.values('a')).toEqual([1])
  other.exec('DELETE FROM data')
  for (let n = 0; n < 100; n++) expect(await file.values('a')).toEqual([1])
  await world.settle()
  expect(await file.values('a')).toEqual([undefined])
  other.close()
  await file.ledger.close()
})

it('a long chain of reads does not hold on to one state', async () => {
  const { world, file, other } = make()
  await file.set('a', 1)
  expect(await file.values('a', 'b')).toEqual([1, undefined])
  other.exec('DELETE FROM data')
  world.advance(1)
  expect(await file.values('a', 'b')).toEqual([undefined, undefined])
  other.close()
  await file.ledger.close()
})

it('nothing is held when nobody reads any more', async () => {
  const { world, file, other } = make()
  await file.set('a', 1)
  for (let n = 0; n < 10; n++) await file.values('a', 'b')
  await world.settle()
  // Whoever holds a state of the file keeps its log from being brought in.
  expect(other.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()).toMatchObject({ busy: 0 })
  expect(await file.values('a')).toEqual([1])
  other.close()
  await file.ledger.close()
})

it('a write of this process is read by those who read when it has resolved', async () => {
  const { file, other } = make()
  for (let n = 0; n < 100; n++) {
    const reading = Promise.all(Array.from({ length: n % 5 }, () => file.values('a')))
    await file.set('a', n)
    expect(await file.values('a')).toEqual([n])
    await reading
  }
  other.close()
  await file.ledger.close()
})
