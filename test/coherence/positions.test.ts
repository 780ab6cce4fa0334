import { describe, expect, it } from 'vitest'
import { LedgerStore } from '../../src/coherence/ledger-store.ts'
import { markOf, type Position } from '../../src/entry/position.ts'
import { keyScope } from '../../src/entry/scope.ts'
import type { Positions } from '../../src/level.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import type { CallFate, LedgerCall, SimulatedConnection } from '../../src/testing/simulated-ledger.ts'
import { SimulatedLedgerServer } from '../../src/testing/simulated-ledger-server.ts'
import { idleFollower } from './idle-follower.ts'

/** Two processes over one ledger. Nothing of the feed reaches the reader. */
function pair(shards = 4) {
  const world = new FakeWorld()
  const server = new SimulatedLedgerServer(world, { shards })
  const asked: LedgerCall[] = []
  let fate: CallFate = {}
  const deaf: SimulatedConnection = {
    arrivals: () => [],
    fate: (call) => {
      asked.push(call)
      return fate
    },
  }
  const open = (connection?: SimulatedConnection) => {
    const store = new LedgerStore(server.connect(connection), { timeout: 250, maxStaleness: 5000 }, world)
    const told: string[] = []
    store.follow(
      idleFollower({
        invalidated: (scopes) => told.push(...scopes.map((scope) => (scope.kind === 'key' ? scope.key : scope.kind))),
        lost: () => told.push('LOST'),
      }),
    )
    return { store, told, positions: store.positions }
  }
  const writer = open()
  const reader = open(deaf)
  const during = async <T>(work: Promise<T>): Promise<T> => {
    let isOver = false
    work.then(
      () => (isOver = true),
      () => (isOver = true),
    )
    while (!isOver) {
      await world.settle()
      if (!isOver) world.advance(1)
    }
    return work
  }
  return {
    world,
    server,
    writer,
    reader,
    during,
    /** Everybody has been asked once, and is proven. */
    warm: () => during(Promise.all([writer, reader].map(({ store }) => store.read(['a', 'b', 'c', 'd', 'e', 'f'])))),
    write: (...keys: string[]) => during(writer.store.raise(keys.map(keyScope))),
    become: (next: CallFate) => {
      fate = next
    },
    questions: () => asked.filter((call) => call === 'sync').length,
    close: () => during(Promise.all([writer.store.close(), reader.store.close()])),
  }
}

function all(positions: Positions): Position {
  return positions.position(undefined)
}

describe('a position in a ledger', () => {
  it('is nowhere before the first write, and reached by everybody', async () => {
    const { writer, reader, warm, close } = pair()
    expect(all(writer.positions)).toEqual({ shards: 4, marks: new Map(), isOpen: false })
    expect(reader.positions.isReached(all(writer.positions), 'a')).toBe(true)
    await warm()
    expect(all(writer.positions).marks.size).toBe(0)
    await close()
  })

  it('is not reached by who has not heard of the write, and costs one question', async () => {
    const { server, writer, reader, warm, write, during, questions, close } = pair()
    await warm()
    await write('a')
    const position = all(writer.positions)
    expect([...position.marks.keys()]).toEqual([server.shardOf('a')])
    expect(reader.told).toEqual([])
    expect(reader.positions.isReached(position, 'a')).toBe(false)
    const before = questions()
    expect(await during(reader.positions.reach(position, 'a'))).toBe(true)
    expect(questions()).toBe(before + 1)
    expect(reader.told).toEqual(['a'])
    expect(reader.positions.isReached(position, 'a')).toBe(true)
    await close()
  })

  it('matters for the key of a shard that was written to only', async () => {
    const { server, writer, reader, warm, write, close } = pair()
    await warm()
    await write('a')
    const other = ['b', 'c', 'd', 'e', 'f'].find((key) => server.shardOf(key) !== server.shardOf('a'))!
    expect(reader.positions.isReached(all(writer.positions), other)).toBe(true)
    await close()
  })

  it('of some scopes names their shards', async () => {
    const { server, writer, warm, write, during, close } = pair()
    await warm()
    await during(writer.store.raise([{ kind: 'tag', tag: 't' }]))
    await write('a')
    const { positions } = writer
    expect(all(positions).marks.size).toBe(4)
    expect(positions.position([{ kind: 'tag', tag: 't' }]).marks.size).toBe(4)
    expect([...positions.position([keyScope('a')]).marks.keys()]).toEqual([server.shardOf('a')])
    await close()
  })

  it('is moved on by all that a process changes, and not by what it reads, keeps or hears', async () => {
    const { server, writer, reader, warm, during, close } = pair(1)
    const { store } = writer
    const frame = {
      found: true,
      codec: 0,
      payload: new Uint8Array(),
      deadline: Number.POSITIVE_INFINITY,
      tags: [],
      upkeep: undefined,
    }
    const sealed = (version: number | undefined, born: number) => ({ ...frame, key: 'a', born, version })
    const eraNow = () => server.core(0).sync(server.time, undefined).era
    const markNow = () => all(writer.positions).marks.get(0)?.era
    await warm()
    const { eras } = await during(store.read(['a']))
    await during(store.write([sealed(undefined, eras[0]!)]))
    expect(markNow()).toBeUndefined()
    for (const change of [
      () => store.replace([sealed(undefined, Number.POSITIVE_INFINITY)]),
      () => store.raise([keyScope('a')]),
      () => store.raise([{ kind: 'all' }]),
      () => store.increment('n', 1, undefined, Number.POSITIVE_INFINITY),
      () => store.expire('n', 100_000),
    ]) {
      const before = eraNow()
      await during<unknown>(change())
      expect(eraNow()).toBe(before + 1)
      expect(markNow()).toBe(eraNow())
    }
    const own = markNow()!
    await during(reader.store.replace([sealed(9, Number.POSITIVE_INFINITY)]))
    expect(markNow()).toBe(own)
    // What stands in its way was written by another: who comes after this write must not miss that.
    expect(await during(store.replace([sealed(8, Number.POSITIVE_INFINITY)]))).toEqual(['superseded'])
    expect(markNow()).toBe(own + 1)
    await close()
  })

  it('that is long ago is told by a later step, whose name others still know', async () => {
    const { writer, reader, warm, write, during, close } = pair(1)
    await warm()
    await write('a')
    const early = all(writer.positions).marks.get(0)!
    for (let n = 0; n < 2500; n++) await write(`${n}`)
    const late = all(writer.positions)
    await during(reader.positions.reach(late, 'a'))
    expect(reader.positions.isReached({ ...late, marks: new Map([[0, early]]) }, 'a')).toBe(false)
    // Nothing of its own since.
    for (let n = 0; n < 2500; n++) await during(reader.store.raise([keyScope(`${n}`)]))
    const own = all(writer.positions).marks.get(0)!
    expect(own.era).toBeGreaterThan(late.marks.get(0)!.era)
    expect(reader.positions.isReached(all(writer.positions), 'a')).toBe(true)
    await close()
  })

  it('includes what stood in the way of a write, heard of or not', async () => {
    const { writer, reader, warm, during, close } = pair(1)
    const born = Number.POSITIVE_INFINITY
    const frame = {
      key: 'a',
      found: true,
      codec: 0,
      payload: new Uint8Array(),
      deadline: born,
      tags: [],
      born,
      upkeep: undefined,
    }
    await warm()
    // The reader is the one who hears nothing: now he writes.
    await during(writer.store.replace([{ ...frame, version: 9 }]))
    expect(await during(reader.store.replace([{ ...frame, version: 8 }]))).toEqual(['superseded'])
    expect(all(reader.positions)).toEqual(all(writer.positions))
    await close()
  })

  it('is asked for with a question that is sent afterwards, not one under way', async () => {
    const { writer, reader, warm, write, world, become, during, close } = pair(1)
    await warm()
    await write('a')
    const first = all(writer.positions)
    // Executed at once, answered late: the second write comes between.
    become({ effect: 0, answer: 50 })
    const old = reader.positions.reach(first, 'a')
    await world.settle()
    await write('b')
    const second = all(writer.positions)
    expect(await during(reader.positions.reach(second, 'b'))).toBe(true)
    expect(await old).toBe(true)
    expect(reader.positions.isReached(second, 'b')).toBe(true)
    await close()
  })

  it('is reached without another question if the one under way brings it', async () => {
    const { writer, reader, warm, write, world, become, during, questions, close } = pair(1)
    await warm()
    await write('a')
    const position = all(writer.positions)
    become({ effect: 20, answer: 50 })
    const before = questions()
    const asking = Array.from({ length: 20 }, () => reader.positions.reach(position, 'a'))
    await world.settle()
    expect(await during(Promise.all(asking))).toEqual(asking.map(() => true))
    expect(questions()).toBe(before + 1)
    await close()
  })

  it('is not reached where the store does not answer, and then nobody waits for it', async () => {
    const { writer, reader, warm, write, world, become, during, questions, close } = pair(1)
    await warm()
    await write('a')
    const position = all(writer.positions)
    become({ effect: Number.POSITIVE_INFINITY, answer: Number.POSITIVE_INFINITY })
    const sent = world.mono()
    expect(await during(reader.positions.reach(position, 'a'))).toBe(false)
    expect(world.mono() - sent).toBeLessThanOrEqual(251)
    const before = { time: world.mono(), questions: questions() }
    for (let n = 0; n < 5; n++) expect(await during(reader.positions.reach(position, 'a'))).toBe(false)
    expect(world.mono()).toBe(before.time)
    expect(questions()).toBe(before.questions)
    become({})
    await close()
  })

  it('in a history that was lost costs a question each time, and is not taken for one that is reached', async () => {
    const { server, writer, reader, warm, write, during, questions, close } = pair(1)
    await warm()
    const snapshot = server.snapshot()
    await write('a')
    const lost = all(writer.positions)
    expect(await during(reader.positions.reach(lost, 'a'))).toBe(true)
    server.failOver(snapshot)
    // Others go on counting where the replica stood.
    const terms = { notAfter: Number.POSITIVE_INFINITY, origin: 'e'.repeat(16), reign: '' }
    for (const link of ['1', '2', '3'])
      server.core(0).raise(server.time, [keyScope('other')], { ...terms, link: link.padStart(12, '0') })
    await during(reader.positions.reach({ ...lost, isOpen: true }, 'a'))
    expect(reader.told).toContain('LOST')
    expect(reader.positions.isReached(lost, 'a')).toBe(false)
    const before = questions()
    expect(await during(reader.positions.reach(lost, 'a'))).toBe(true)
    expect(questions()).toBe(before + 1)
    // The writer finds out, says it again, and tells a position of the history there is.
    await during(writer.positions.reach(lost, 'a'))
    const again = all(writer.positions)
    expect(again.isOpen).toBe(false)
    expect(reader.positions.isReached(again, 'a')).toBe(false)
    expect(await during(reader.positions.reach(again, 'a'))).toBe(true)
    expect(reader.positions.isReached(again, 'a')).toBe(true)
    await close()
  })

  it('of a reign that is over is replaced by where its writer stands in the next', async () => {
    const { server, writer, reader, warm, write, world, during, close } = pair(1)
    await warm()
    await write('a')
    const old = all(writer.positions)
    // What was written more than a minute ago is not said again.
    for (let passed = 0; passed < 70_000; passed += 100) {
      world.advance(100)
      await world.settle()
    }
    await during(writer.positions.reach({ ...old, isOpen: true }, 'a'))
    server.flush()
    await during(writer.positions.reach({ ...old, isOpen: true }, 'a'))
    const now = all(writer.positions)
    expect(now.marks.get(0)!.reign).not.toBe(old.marks.get(0)!.reign)
    expect(await during(reader.positions.reach(now, 'a'))).toBe(true)
    expect(reader.positions.isReached(now, 'a')).toBe(true)
    expect(reader.positions.isReached(old, 'a')).toBe(false)
    await close()
  })

  it('of another cache altogether is not reached, and asking is answered', async () => {
    const { reader, warm, during, close } = pair(2)
    await warm()
    const mark = markOf('0123456789abcdef', 3, '0123456789ab')
    const foreign = [
      { shards: 2, marks: new Map([0, 1].map((shard) => [shard, mark])), isOpen: false },
      { shards: 64, marks: new Map(), isOpen: false },
      { shards: 2, marks: new Map(), isOpen: true },
    ]
    for (const position of foreign) {
      expect(reader.positions.isReached(position, 'a')).toBe(false)
      expect(await during(reader.positions.reach(position, 'a'))).toBe(true)
    }
    await close()
  })
})
