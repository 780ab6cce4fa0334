import { describe, expect, it } from 'vitest'
import type { Hears, Line } from '../../src/stores/redis/connection.ts'
import { Channel } from '../../src/stores/redis/feed.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'

/** A line that its test opens, loses, and answers for. */
interface Opening {
  readonly hears: Hears
  readonly givenUp: AbortSignal
  readonly opened: PromiseWithResolvers<Line>
  readonly pings: PromiseWithResolvers<unknown>[]
  isClosed: boolean
}

function newChannel() {
  const world = new FakeWorld(1)
  const openings: Opening[] = []
  const told = { messages: [] as string[], interruptions: 0 }
  const open = (_: string, hears: Hears, signal?: AbortSignal): Promise<Line> => {
    const givenUp = signal!
    const opening: Opening = { hears, givenUp, opened: Promise.withResolvers<Line>(), pings: [], isClosed: false }
    openings.push(opening)
    return opening.opened.promise
  }
  const channel = new Channel(open, 'news', world)
  const listening = channel.listen({
    message: (text) => void told.messages.push(text),
    interrupted: () => void told.interruptions++,
  })
  const succeed = async (opening: Opening): Promise<void> => {
    opening.opened.resolve({
      ping: () => {
        const ping = Promise.withResolvers<unknown>()
        opening.pings.push(ping)
        return ping.promise
      },
      close: () => {
        opening.isClosed = true
      },
    })
    await world.settle()
  }
  /** Lets time pass, and what follows from each moment happen before the next. */
  const pass = async (ms: number): Promise<void> => {
    await world.settle()
    for (let passed = 0; passed < ms; passed += 50) {
      world.advance(50)
      await world.settle()
    }
  }
  return { channel, openings, told, listening, succeed, pass }
}

describe('a channel of Redis', () => {
  it('is opened again where its line is lost while a sign of life is asked for', async () => {
    const { openings, told, succeed, pass } = newChannel()
    await succeed(openings[0]!)
    await pass(2100)
    expect(openings[0]!.pings).toHaveLength(1)
    openings[0]!.hears.lost()
    openings[0]!.pings[0]!.reject(new Error('the socket was closed'))
    await pass(3000)
    expect(openings).toHaveLength(2)
    await succeed(openings[1]!)
    expect(told.interruptions).toBe(1)
    openings[1]!.hears.message('hello')
    expect(told.messages).toEqual(['hello'])
  })

  it('is opened again where the server accepts a connection and says nothing', async () => {
    const { openings, told, listening, succeed, pass } = newChannel()
    await pass(5000)
    await listening
    await pass(2000)
    expect(openings).toHaveLength(2)
    await succeed(openings[1]!)
    expect(told.interruptions).toBe(1)
    // The first one after all.
    await succeed(openings[0]!)
    expect(openings.map(({ isClosed }) => isClosed)).toEqual([true, false])
  })

  it('gives an attempt up that takes too long, and the one under way when it is closed', async () => {
    const { channel, openings, listening, pass } = newChannel()
    await pass(5000)
    await listening
    await pass(2000)
    const given = () => openings.map(({ givenUp }) => givenUp.aborted)
    expect(given()).toEqual([true, false])
    channel.close()
    expect(given()).toEqual([true, true])
    openings[1]!.opened.reject(new Error('given up'))
    await pass(5000)
    expect(openings).toHaveLength(2)
  })

  it('replaces a line that gives no sign of life, once', async () => {
    const { openings, succeed, pass } = newChannel()
    await succeed(openings[0]!)
    await pass(2000 + 3000)
    expect(openings[0]!.isClosed).toBe(true)
    openings[0]!.pings[0]!.reject(new Error('closed'))
    await pass(2000)
    expect(openings).toHaveLength(2)
  })
})
