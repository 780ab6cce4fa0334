import { DatabaseSync } from 'node:sqlite'
import { afterAll, expect, it } from 'vitest'
import type { Kept } from '../../src/stores/ledger.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { systemWorld } from '../../src/world/system-world.ts'
import { FOREVER, framed, KEYS } from '../ledger/steps.ts'
import { folder, LedgerFile } from './ledger-file.ts'

const { at, remove } = folder()
afterAll(remove)

let files = 0
let seeds = 0

function make(path = at(`${files++}.db`)): { path: string; world: FakeWorld; file: LedgerFile } {
  const world = new FakeWorld(++seeds)
  return { path, world, file: new LedgerFile(world, { path }) }
}

/** Another process that holds the lock until it lets go. */
function hold(path: string): () => void {
  const db = new DatabaseSync(path)
  db.exec('BEGIN IMMEDIATE')
  return () => {
    db.exec('ROLLBACK')
    db.close()
  }
}

it('keeps every string as a key, and lists them', async () => {
  const { file } = make()
  await Promise.all(KEYS.map((key, n) => file.set(key, n)))
  expect(await file.values(...KEYS)).toEqual([...KEYS.keys()])
  expect((await file.keys()).toSorted()).toEqual([...KEYS].toSorted())
  expect((await file.keys('a')).toSorted()).toEqual(['a', 'a\u0000', 'ab'])
  expect(await file.keys('\ud800')).toEqual(['\ud800'])
  await file.ledger.close()
})

it('lists and sweeps more keys than one batch holds', async () => {
  const { file, world } = make()
  await Promise.all(Array.from({ length: 900 }, (_, n) => file.set(`k${n}`, n, { tags: n % 3 === 0 ? ['t'] : [] })))
  expect(new Set(await file.keys('k')).size).toBe(900)
  await file.raise({ kind: 'tag', tag: 't' })
  let done = false
  const swept = file.ledger.sweep(0, 'k').then(() => {
    done = true
  })
  while (!done) {
    world.advance(1)
    await world.settle()
  }
  await swept
  expect((await file.keys('k')).length).toBe(600)
  await file.ledger.close()
})

it('gathers what is asked for in one tick into one transaction', async () => {
  const { file, path } = make()
  await file.set('before', 1)
  const db = new DatabaseSync(path)
  const version = () => db.prepare('PRAGMA data_version').get()?.data_version as number
  const before = version()
  const kept = await Promise.all(Array.from({ length: 100 }, (_, n) => file.set(`k${n}`, n)))
  expect(new Set(kept.map(({ era }) => era)).size).toBe(100)
  expect(version()).toBe(before + 1)
  db.close()
  await file.ledger.close()
})

it('one step that comes too late leaves the others of its tick alone', async () => {
  const { file, world } = make()
  const draft = { key: 'late', value: 1, ttl: FOREVER, tags: [], version: undefined }
  const late = file.ledger.replace(0, [framed(draft, FOREVER, '')], file.terms({ notAfter: world.wall() - 1 }))
  const others = [file.set('a', 1), file.set('b', 2)]
  await expect(late).rejects.toMatchObject({ code: 'ERR_LEVEL_TIMEOUT' })
  expect((await Promise.all(others)).map(({ keepings }) => keepings)).toEqual([['kept'], ['kept']])
  expect(await file.values('late', 'a', 'b')).toEqual([undefined, 1, 2])
  await file.ledger.close()
})

it('waits while another process has the lock, without blocking, and reads meanwhile', async () => {
  const { file, world, path } = make()
  await file.set('a', 1)
  const letGo = hold(path)
  let kept: Kept | undefined
  const writing = file.set('a', 2).then((answer) => {
    kept = answer
  })
  await world.settle()
  expect(await file.values('a')).toEqual([1])
  world.advance(1.5)
  await world.settle()
  expect(kept).toBe(undefined)
  letGo()
  world.advance(100)
  await writing
  expect(await file.values('a')).toEqual([2])
  await file.ledger.close()
})

it('fails without effect when the lock is not let go', async () => {
  const { file, world, path } = make()
  await file.set('a', 1)
  const letGo = hold(path)
  let failed: unknown
  const writing = file.set('a', 2).catch((cause: unknown) => {
    failed = cause
  })
  while (failed === undefined) {
    await world.settle()
    world.advance(50)
  }
  await writing
  expect(failed).toMatchObject({ errcode: 5 })
  letGo()
  expect(await file.values('a')).toEqual([1])
  await file.set('a', 3)
  expect(await file.values('a')).toEqual([3])
  await file.ledger.close()
})

it('a step that waited past its end has no effect', async () => {
  const { file, world, path } = make()
  await file.set('a', 1)
  const letGo = hold(path)
  const draft = { key: 'a', value: 2, ttl: FOREVER, tags: [], version: undefined }
  const writing = file.ledger.replace(0, [framed(draft, FOREVER, '')], file.terms({ notAfter: world.wall() + 1 }))
  const refused = expect(writing).rejects.toMatchObject({ code: 'ERR_LEVEL_TIMEOUT' })
  await world.settle()
  letGo()
  world.advance(100)
  await refused
  expect(await file.values('a')).toEqual([1])
  await file.ledger.close()
})

it('a sync needs no lock where nobody wrote, and tells what others did where they did', async () => {
  const one = make()
  const other = make(one.path)
  await one.file.set('a', 1)
  const point = await one.file.ledger.sync(0, undefined)
  const letGo = hold(one.path)
  expect(await one.file.ledger.sync(0, point)).toMatchObject({ kind: 'since', steps: [], era: 1 })
  letGo()
  const step = await other.file.raise({ kind: 'tag', tag: 't' })
  expect(await one.file.ledger.sync(0, point)).toMatchObject({ kind: 'since', steps: [{ era: 2, link: step.link }] })
  // Its own steps are told as well to who asks about a point before them.
  await one.file.set('b', 1)
  expect(await one.file.ledger.sync(0, point)).toMatchObject({ kind: 'since', steps: [{ era: 2 }, { era: 3 }] })
  await Promise.all([one, other].map(({ file }) => file.ledger.close()))
})

it('reads what another has been told it has written, whatever was read before', async () => {
  for (const world of [new FakeWorld(), systemWorld]) {
    const path = at(`${files++}.db`)
    const [one, other] = [1, 2].map(() => new LedgerFile(world, { path }))
    for (let n = 0; n < 200; n++) {
      // Whichever of the two begins, and however their ticks fall together.
      const before = other!.values('a')
      const writing = one!.set('a', n)
      if (n % 2 === 0) await before
      const between = n % 3 === 0 ? other!.values('a') : undefined
      await writing
      expect(await other!.values('a')).toEqual([n])
      await Promise.all([before, between])
    }
    await Promise.all([one, other].map((file) => file!.ledger.close()))
  }
})

it('finishes when it is closed, and takes nothing afterwards', async () => {
  const { file, path } = make()
  const writing = file.set('a', 1)
  await file.ledger.close()
  await writing
  await expect(file.set('a', 2)).rejects.toMatchObject({ code: 'ERR_CLOSED' })
  await expect(file.values('a')).rejects.toMatchObject({ code: 'ERR_CLOSED' })
  await file.ledger.close()
  const again = make(path).file
  expect(await again.values('a')).toEqual([1])
  await again.ledger.close()
})

it('tells about itself', async () => {
  const { file } = make()
  await file.set('a', 1)
  expect(await file.ledger.info()).toMatchObject({
    server: expect.stringMatching(/^sqlite 3\./),
    keys: 1,
    maxMemory: 2 ** 30,
  })
  await file.ledger.close()
})
