import { thisProcess } from '../../world/this-process.ts'
import { VERSION } from '../../world/version.ts'
import type { World } from '../../world/world.ts'
import { CALL_MARK, type Listening, LONGEST_ANSWER, type Meeting } from '../meeting.ts'
import type { Connection, OpenLine } from './connection.ts'
import { Channel } from './feed.ts'

/** The channels of a {@link RedisMeeting}. */
export interface MeetingChannels {
  /** That of the notices: every process hears it anyway. */
  readonly feed: string
  /** That of the answers: only who has called hears it, over a connection of its own. */
  readonly fleet: string
}

/**
 * Processes that share a Redis meet there. A call goes over the channel of the notices, so that nobody
 * needs another connection to hear it; the answers, which are many, over one that only the caller hears.
 */
export class RedisMeeting implements Meeting {
  readonly process: string = thisProcess()
  readonly version: string = VERSION
  readonly #connection: Connection
  readonly #open: OpenLine
  readonly #channels: MeetingChannels
  readonly #world: World
  #attending: ((text: string) => void) | undefined

  constructor(connection: Connection, open: OpenLine, channels: MeetingChannels, world: World) {
    this.#connection = connection
    this.#open = open
    this.#channels = channels
    this.#world = world
  }

  async call(text: string): Promise<void> {
    const { feed } = this.#channels
    await this.#connection.send(feed, ['PUBLISH', feed, CALL_MARK + text])
  }

  async answer(text: string): Promise<void> {
    const { fleet } = this.#channels
    await this.#connection.send(fleet, ['PUBLISH', fleet, text])
  }

  attend(listener: (text: string) => void): void {
    this.#attending = listener
  }

  listen(listener: (text: string) => void): Listening {
    const channel = new Channel(this.#open, this.#channels.fleet, this.#world)
    const message = (text: string): void => {
      if (text.length <= LONGEST_ANSWER) listener(text)
    }
    return {
      heard: channel.listen({ message, interrupted: () => undefined }),
      stop: () => channel.close(),
    }
  }

  /** What came over the channel of the notices. @returns whether it was a call */
  hear(text: string): boolean {
    if (!text.startsWith(CALL_MARK)) return false
    if (text.length <= LONGEST_ANSWER) this.#attending?.(text.slice(CALL_MARK.length))
    return true
  }
}
