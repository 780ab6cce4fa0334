import { describe, expect, it } from 'vitest'
import { LedgerStore } from '../../src/coherence/ledger-store.ts'
import { BORN_AT, REIGN_AT } from '../../src/entry/frame.ts'
import type { Ledger, News } from '../../src/stores/ledger.ts'
import { SealedFact } from '../../src/stores/store.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { SimulatedLedgerServer } from '../../src/testing/simulated-ledger-server.ts'
import { idleFollower } from './idle-follower.ts'

const SETTINGS = { timeout: 1000, maxStaleness: 600_000 }
const FOLLOWER = idleFollower()

/** A process that knows of a floor over each key, hears others late, and asks of itself after minutes only. */
async function reader(isSpread: boolean) {
  const world = new FakeWorld(1)
  const server = new SimulatedLedgerServer(world, { shards: 1 })
  const ledger: Ledger = server.connect({ isSpread, arrivals: () => [500] })
  const asked = { times: 0 }
  /** What it is told instead of what the server says. */
  let news: News | undefined
  const sync = ledger.sync.bind(ledger)
  ledger.sync = async (...question) => {
    asked.times++
    return news ?? sync(...question)
  }
  const planted = new Map<string, Uint8Array>()
  const get = ledger.get.bind(ledger)
  ledger.get = async (keys) => {
    const frames = await get(keys)
    return frames.map((frame, n) => planted.get(keys[n]!) ?? frame)
  }
  const done = async <T>(work: Promise<T>): Promise<T> => {
    await world.settle()
    return work
  }
  const store = new LedgerStore(ledger, SETTINGS, world)
  store.follow(FOLLOWER)
  const other = new LedgerStore(server.connect(), SETTINGS, world)
  const keep = (key: string) =>
    done(
      other.replace([
        new SealedFact(
          key,
          true,
          2,
          Buffer.from('v'),
          Number.POSITIVE_INFINITY,
          Number.POSITIVE_INFINITY,
          [],
          undefined,
          undefined,
        ),
      ]),
    )
  await done(store.raise(['k', 'l', 'm'].map((key) => ({ kind: 'key', key }))))
  const pass = async (ms: number) => {
    world.advance(ms)
    await world.settle()
  }
  return {
    pass,
    keep,
    /** Puts a frame there that was born in a step nobody has made. */
    plant: (key: string, born: number, link = 'facade') => {
      const frame = Buffer.from(server.frame(key)!)
      frame.write(link, REIGN_AT + 5, 'hex')
      frame.writeDoubleLE(born, BORN_AT)
      planted.set(key, frame)
    },
    /** From now on the server tells what it told before. */
    holdBack: async () => {
      const { reign, era, link } = await done(sync(0, undefined))
      news = await done(sync(0, { reign, era, link }))
    },
    read: async (...keys: string[]) => {
      const { entries } = await done(store.read(keys))
      return entries.map((entry) => entry !== undefined)
    },
    /** How many questions have been asked since this was last called. */
    questions: () => {
      const { times } = asked
      asked.times = 0
      return times
    },
  }
}

describe.each([false, true])('a frame of no history that is known, in shards that are spread: %s', (isSpread) => {
  it('is asked for once a second, however often it is read and under whatever key', async () => {
    const { pass, keep, plant, read, questions } = await reader(isSpread)
    await keep('k')
    await keep('l')
    await pass(1000)
    for (const key of ['k', 'l']) plant(key, 1_000_000)
    questions()
    for (let n = 0; n < 5; n++) expect(await read('k', 'l')).toEqual([false, false])
    expect(await read('l')).toEqual([false])
    expect(questions()).toBe(1)
    await pass(1000)
    for (let n = 0; n < 5; n++) expect(await read('k')).toEqual([false])
    expect(questions()).toBe(1)
  })

  it('is asked for again where its birth is another one', async () => {
    const { keep, plant, pass, read, questions } = await reader(isSpread)
    await keep('k')
    await pass(1000)
    questions()
    for (let born = 1000; born < 1005; born++) {
      plant('k', born)
      expect(await read('k')).toEqual([false])
    }
    plant('k', 1000, 'decade')
    expect(await read('k')).toEqual([false])
    expect(questions()).toBe(6)
  })

  it('is found once it is heard of', async () => {
    const { holdBack, keep, pass, read, questions } = await reader(isSpread)
    await holdBack()
    await keep('k')
    questions()
    for (let n = 0; n < 3; n++) expect(await read('k')).toEqual([false])
    expect(questions()).toBe(1)
    // The notice arrives, well before the answer is too old.
    await pass(500)
    expect(await read('k')).toEqual([true])
    expect(questions()).toBe(0)
  })

  it('is asked for again after anything new was heard', async () => {
    const { keep, plant, pass, read, questions } = await reader(isSpread)
    await keep('k')
    await pass(600)
    plant('k', 1_000_000)
    questions()
    expect(await read('k')).toEqual([false])
    await keep('m')
    await pass(500)
    for (let n = 0; n < 3; n++) expect(await read('k')).toEqual([false])
    expect(questions()).toBe(2)
  })
})
