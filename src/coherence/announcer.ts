import { EVERYTHING, type Scope } from '../entry/scope.ts'
import type { Feed } from '../feeds/feed.ts'
import { within } from '../remote/deadline.ts'
import type { Cancel, World } from '../world/world.ts'
import { type FeedNotice, markOf, noticeText } from './feed-notice.ts'
import { hex } from './random-name.ts'

/** What one notice holds at most: scopes, and characters of their names. */
const MOST_SCOPES = 1000
const MOST_LETTERS = 2 ** 16
/** Notices that wait to be sent: past these, that everything changed is sent instead. */
const MOST_PARCELS = 64
/** A change waits so much of its deadline for its notice. */
const PATIENCE = 1 / 4
/** The last words are tried again after so many milliseconds. */
const SHORTEST_PAUSE = 50

/** How an {@link Announcer} behaves, in milliseconds. */
export interface AnnouncerSettings {
  /** How long it may take to hand one notice over. */
  readonly timeout: number
  /** Between two signs of life. */
  readonly every: number
}

/** What goes into one notice, and who waits until it is handed over. */
interface Parcel {
  readonly scopes: Scope[]
  letters: number
  /** Whether it was: else it has failed, or takes too long. */
  readonly handed: Promise<boolean>
  readonly release: (isHanded: boolean) => void
}

/**
 * Tells a feed what this process has changed: one notice after the other, in order, and what failed again
 * until it is handed over. What is told while a notice is on its way goes into the next.
 */
export class Announcer {
  readonly origin: string
  readonly #feed: Feed
  readonly #world: World
  readonly #settings: AnnouncerSettings
  #parcels: Parcel[] = []
  /** The first parcel, made into a notice: it stays the same however often it is sent. */
  #notice: FeedNotice | undefined
  #mark = ''
  #owesSign = false
  #isBusy = false
  /** What was handed over first lets the others know that this process is there, and miss it when it is not any more. */
  #isKnown = false
  #introduction: Promise<void> | undefined
  #onKnown: (() => void) | undefined
  /** The feed has not taken the last notice: nobody waits for it. */
  #isFailing = false
  #pause: Cancel | undefined
  /** Called when everything is handed over. */
  #onDone: (() => void) | undefined
  #isOver = false

  constructor(feed: Feed, settings: AnnouncerSettings, world: World) {
    this.#feed = feed
    this.#world = world
    this.#settings = settings
    this.origin = hex(world, 16)
  }

  /**
   * What to wait for before the first change: others notice that a process has died before it told them of a
   * change only if they know of it. Resolves when a sign of life was handed over, or takes too long.
   */
  introduce(): Promise<void> | undefined {
    if (this.#isKnown || this.#isFailing || this.#isOver) return undefined
    this.#introduction ??= new Promise((resolve) => {
      const cancel = this.#world.after(this.#settings.timeout * PATIENCE, resolve, true)
      this.#onKnown = () => {
        cancel()
        resolve()
      }
      this.sign()
    })
    return this.#introduction
  }

  /** Resolves when this was handed over, has failed or takes too long; then it is sent as soon as it can be. @returns whether it was */
  tell(scopes: readonly Scope[]): Promise<boolean> {
    let handed = Promise.resolve(scopes.length === 0)
    if (this.#isOver) return handed
    for (const scope of scopes) handed = this.#pack(scope)
    const isFailing = this.#isFailing
    this.#go()
    return isFailing ? Promise.resolve(false) : handed
  }

  /** Gives a sign of life. */
  sign(): void {
    this.#owesSign = true
    this.#go()
  }

  /** Sends what is left, and a last word, within so many milliseconds. @returns whether all was handed over */
  async close(ms: number): Promise<boolean> {
    const done = new Promise<void>((resolve) => {
      this.#onDone = resolve
    })
    this.#owesSign = true
    // What waits to be tried again is tried now.
    if (this.#pause !== undefined) this.#unpause()
    this.#go()
    try {
      await within(this.#world, ms, done, 'telling a feed the last', () => undefined)
      return true
    } catch {
      return false
    } finally {
      this.#isOver = true
      this.#pause?.()
      this.#onKnown?.()
      for (const { release } of this.#parcels) release(false)
    }
  }

  #pack(scope: Scope): Promise<boolean> {
    let last = this.#parcels.at(-1)
    const isTaken = this.#parcels.length === 1 && this.#notice !== undefined
    if (last === undefined || isTaken || last.scopes.length >= MOST_SCOPES || last.letters >= MOST_LETTERS) {
      last = this.#parcel()
    }
    last.scopes.push(scope)
    last.letters += lettersOf(scope)
    if (this.#parcels.length > MOST_PARCELS) last = this.#tellAll()
    return last.handed
  }

  #parcel(): Parcel {
    let release: Parcel['release'] = () => undefined
    const handed = new Promise<boolean>((resolve) => {
      const cancel = this.#world.after(this.#settings.timeout * PATIENCE, () => resolve(false), true)
      release = (isHanded) => {
        cancel()
        resolve(isHanded)
      }
    })
    const parcel = { scopes: [], letters: 0, handed, release }
    this.#parcels.push(parcel)
    return parcel
  }

  /** One notice that covers all that wait, but for the one that may have arrived already. */
  #tellAll(): Parcel {
    const kept = this.#notice === undefined ? 0 : 1
    for (const { release } of this.#parcels.splice(kept)) release(false)
    const all = this.#parcel()
    all.scopes.push(EVERYTHING)
    // Nothing else need go into it.
    all.letters = 0
    return all
  }

  #go(): void {
    if (this.#isBusy || this.#isOver) return
    this.#isBusy = true
    this.#world.background(this.#send(), 'telling a feed')
  }

  async #send(): Promise<void> {
    const { timeout } = this.#settings
    for (let text = this.#next(); text !== undefined; text = this.#next()) {
      try {
        await within(this.#world, timeout, this.#feed.publish(text), 'telling a feed', () => undefined)
        this.#isFailing = false
        this.#isKnown = true
        this.#onKnown?.()
        this.#took()
      } catch {
        this.#fail()
        return
      }
    }
    this.#isBusy = false
    this.#onDone?.()
  }

  /** What is sent next: the first parcel, or only a sign of life. */
  #next(): string | undefined {
    if (this.#isOver) return undefined
    const { origin } = this
    const isLast = this.#onDone !== undefined && this.#parcels.length <= 1
    const every = isLast ? 0 : this.#settings.every
    const sent = this.#world.mono()
    const first = this.#parcels[0]
    if (first !== undefined) {
      const { scopes } = first
      this.#notice ??= { origin, after: this.#mark, salt: hex(this.#world, 12), sent, every, scopes }
      this.#owesSign = false
      return noticeText({ ...this.#notice, sent, every })
    }
    if (!this.#owesSign) return undefined
    this.#owesSign = false
    return noticeText({ origin, after: this.#mark, salt: '', sent, every, scopes: [] })
  }

  #took(): void {
    if (this.#notice === undefined) return
    this.#mark = markOf(this.#notice)
    this.#notice = undefined
    this.#parcels.shift()?.release(true)
  }

  /** Tries again later. A sign of life that failed is none. */
  #fail(): void {
    this.#isFailing = true
    this.#onKnown?.()
    for (const { release } of this.#parcels) release(false)
    const isClosing = this.#onDone !== undefined
    if (this.#parcels.length === 0) {
      this.#isBusy = false
      this.#onDone?.()
      return
    }
    const { timeout } = this.#settings
    const pause = isClosing ? Math.min(timeout, SHORTEST_PAUSE) : timeout
    this.#pause = this.#world.after(
      pause,
      () => {
        this.#unpause()
        this.#go()
      },
      isClosing,
    )
  }

  #unpause(): void {
    this.#pause?.()
    this.#pause = undefined
    this.#isBusy = false
  }
}

function lettersOf(scope: Scope): number {
  if (scope.kind === 'key') return scope.key.length
  if (scope.kind === 'prefix') return scope.prefix.length
  return scope.kind === 'tag' ? scope.tag.length : 0
}
