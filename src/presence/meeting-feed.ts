import type { Feed, FeedListener } from '../feeds/feed.ts'
import { ANSWER_MARK, CALL_MARK, type Listening, LONGEST_ANSWER, type Meeting } from '../stores/meeting.ts'
import { thisProcess } from '../world/this-process.ts'
import { VERSION } from '../world/version.ts'

/**
 * A feed over which processes also meet: what begins as calls and answers do is taken out of what its
 * subscriber hears. Everybody hears every answer: who calls must not want too many.
 */
export class MeetingFeed implements Feed, Meeting {
  readonly process: string = thisProcess()
  readonly version: string = VERSION
  readonly #feed: Feed
  readonly #listeners = new Set<(text: string) => void>()
  #attending: ((text: string) => void) | undefined
  #subscribed: Promise<void> | undefined

  constructor(feed: Feed) {
    this.#feed = feed
  }

  publish(text: string): Promise<void> {
    return this.#feed.publish(text)
  }

  subscribe(listener: FeedListener): Promise<void> {
    this.#subscribed = this.#feed.subscribe({
      message: (text) => {
        if (!this.#hear(text)) listener.message(text)
      },
      interrupted: () => listener.interrupted(),
    })
    return this.#subscribed
  }

  close(): Promise<void> {
    this.#listeners.clear()
    return this.#feed.close()
  }

  call(text: string): Promise<void> {
    return this.#feed.publish(CALL_MARK + text)
  }

  answer(text: string): Promise<void> {
    return this.#feed.publish(ANSWER_MARK + text)
  }

  attend(listener: (text: string) => void): void {
    this.#attending = listener
  }

  listen(listener: (text: string) => void): Listening {
    this.#listeners.add(listener)
    const done = (): void => undefined
    return {
      heard: (this.#subscribed ?? Promise.resolve()).then(done, done),
      stop: () => void this.#listeners.delete(listener),
    }
  }

  #hear(text: string): boolean {
    if (text.startsWith(CALL_MARK)) {
      if (text.length <= LONGEST_ANSWER) this.#attending?.(text.slice(CALL_MARK.length))
      return true
    }
    if (!text.startsWith(ANSWER_MARK)) return false
    if (text.length <= LONGEST_ANSWER) {
      const answer = text.slice(ANSWER_MARK.length)
      for (const listener of [...this.#listeners]) listener(answer)
    }
    return true
  }
}
