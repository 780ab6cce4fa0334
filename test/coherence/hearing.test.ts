import { describe, expect, it } from 'vitest'
import { LedgerStore } from '../../src/coherence/ledger-store.ts'
import { keyScope } from '../../src/entry/scope.ts'
import type { Invalidation, Ledger, Listener } from '../../src/stores/ledger.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import type { CallFate } from '../../src/testing/simulated-ledger.ts'
import { SimulatedLedgerServer } from '../../src/testing/simulated-ledger-server.ts'
import { idleFollower } from './idle-follower.ts'

/**
 * Somebody who writes to a ledger of one shard, and somebody who hears of it.
 *
 * @param opening how the reader's feed opens
 */
function scene(opening: CallFate = {}) {
  const world = new FakeWorld()
  const server = new SimulatedLedgerServer(world, { shards: 1 })
  const open = (ledger: Ledger, told: string[] = []) => {
    const store = new LedgerStore(ledger, { timeout: 250, maxStaleness: 60_000 }, world)
    const invalidated = (scopes: readonly { kind: string; key?: string }[]) =>
      told.push(...scopes.map(({ kind, key }) => key ?? kind))
    store.follow(idleFollower({ invalidated, lost: () => told.push('LOST') }))
    return store
  }
  const during = async <T>(work: Promise<T>): Promise<T> => {
    let isOver = false
    const over = () => {
      isOver = true
    }
    work.then(over, over)
    for (await world.settle(); !isOver; await world.settle()) world.advance(1)
    return work
  }
  let fate: CallFate = {}
  const ledger = server.connect({ fate: (call) => (call === 'sync' ? fate : call === 'listen' ? opening : {}) })
  const told: string[] = []
  const { listen } = ledger
  let listener: Listener | undefined
  /** What comes by the feed is kept back while this is there. */
  let held: Invalidation[] | undefined
  Object.assign(ledger, {
    listen: (own: Listener) => {
      listener = own
      const invalidated = (shard: number, step: Invalidation) =>
        held === undefined ? own.invalidated(shard, step) : void held.push(step)
      return listen!({ ...own, invalidated, settled: () => undefined, interrupted: () => own.interrupted() })
    },
  })
  const writer = open(server.connect())
  const reader = open(ledger, told)
  return {
    world,
    ledger,
    writer,
    reader,
    told,
    during,
    /** From now on the reader's questions fare so. */
    become: (next: CallFate) => {
      fate = next
    },
    hold: () => {
      held = []
      return held
    },
    hear: (step: Invalidation) => listener!.invalidated(0, step),
    /** Both have been asked once. */
    warm: () => during(Promise.all([writer.read(['a']), reader.read(['a'])])),
    write: (key: string) => during(writer.raise([keyScope(key)])),
    close: () => during(Promise.all([writer.close(), reader.close()])),
  }
}

describe('a feed that is heard again', () => {
  it('asks what was missed, though a question is under way that was answered before', async () => {
    const { world, ledger, reader, told, during, become, warm, write, close } = scene()
    await warm()
    ledger.interrupt(20)
    become({ effect: 0, answer: 40 })
    const asked = reader.positions.reach({ shards: 1, marks: new Map(), isOpen: true }, 'a')
    await world.settle()
    await write('a')
    become({})
    await during(asked)
    await world.settle()
    expect(told).toEqual(['a'])
    await close()
  })
})

describe('a feed that is heard for the first time', () => {
  it('asks what happened since the store was first asked', async () => {
    const { world, reader, writer, told, warm, write, close } = scene({ effect: 30 })
    await warm()
    await write('a')
    expect(told).toEqual([])
    const position = writer.positions.position(undefined)
    for (let ms = 0; ms < 40; ms++) {
      await world.settle()
      world.advance(1)
    }
    await world.settle()
    expect(told).toEqual(['a'])
    expect(reader.positions.isReached(position, 'a')).toBe(true)
    await close()
  })
})

describe('a step that is heard after one of another history, which does not follow it', () => {
  it('is told at once, for it counts as heard', async () => {
    const { reader, writer, told, warm, write, hold, hear, close } = scene()
    await warm()
    const held = hold()
    await write('a')
    const [step] = held
    const position = writer.positions.position(undefined)
    hear({ ...step!, era: step!.era + 1, link: 'bbbbbbbbbbbb', prev: 'aaaaaaaaaaaa', scopes: [keyScope('other')] })
    expect(reader.positions.isReached(position, 'a')).toBe(false)
    hear(step!)
    expect(reader.positions.isReached(position, 'a')).toBe(true)
    expect(told).toEqual(['other', 'a'])
    await close()
  })
})
