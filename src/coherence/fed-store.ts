import type { Era } from '../entry/era.ts'
import { ReadingOf } from '../entry/reading-of.ts'
import { keyScope, type Scope } from '../entry/scope.ts'
import { TerraceError } from '../errors.ts'
import type { Feed } from '../feeds/feed.ts'
import { type Follower, type Hearing, type Keeping, type Shares, Unsettled } from '../level.ts'
import { within } from '../remote/deadline.ts'
import type { Sealed, SealedAmends, Store, StoreReading, StoreTraits } from '../stores/store.ts'
import type { Cancel, World } from '../world/world.ts'
import { Announcer } from './announcer.ts'
import { FeedLog } from './feed-log.ts'
import { noticeIn } from './feed-notice.ts'
import { FeedProof } from './feed-proof.ts'

/** How often a sign of life goes out, within `maxStaleness`. */
const PULSES = 5
/**
 * A part of `maxStaleness`: how long others may be silent. Together with the time for which a sign of life of its own
 * proves to a process that it hears the feed (`feed-proof.ts`) it makes one: what was told just before the feed fell
 * silent is served no longer.
 */
const PATIENCE = 0.6
/** The last notices may take so many milliseconds, where a call may take less. */
const LAST_WORDS = 1000

/** How a {@link FedStore} behaves. Both in milliseconds. */
export interface FedSettings {
  readonly timeout: number
  readonly maxStaleness: number
}

/**
 * A store that tells nothing of what other processes do to it, with a feed beside it that does.
 *
 * What this process changes it announces before the change resolves; what others announce, the levels
 * above forget. Notices and signs of life name the notice before them, so that a lost one is noticed;
 * hearing one's own proves that the feed is heard; and a process that falls silent without a last word
 * may have told something that was lost: then all is forgotten. So that it is missed, it gives a sign of
 * life before its first change. Who could not hear that sign, because the feed failed or he came later, does
 * not notice if it dies between a change and its notice: that is what a store that keeps a ledger does better.
 *
 * Where the feed is not heard, the store stands as it would without one: see {@link FeedProof}.
 *
 * The feed is not protected: see {@link FeedLog} for what somebody can do who publishes on it, too.
 */
export class FedStore implements Store, Shares {
  readonly traits: StoreTraits
  readonly #store: Store
  readonly #feed: Feed
  readonly #world: World
  readonly #timeout: number
  readonly #maxStaleness: number
  readonly #announcer: Announcer
  readonly #log = new FeedLog()
  #follower: Follower | undefined
  readonly #proof: FeedProof
  /** Anything was read or written: what was before the feed was heard may be out of date. */
  #isUsed = false
  #cancel: Cancel | undefined
  #closed = false
  readonly #changes = new Set<Promise<unknown>>()
  /** How many wide invalidations were heard of, and how many of them the store certainly knows. */
  #wideHeard = 0
  #wideKnown = 0
  #renewing: Promise<void> | undefined

  constructor(store: Store, feed: Feed, { timeout, maxStaleness }: FedSettings, world: World) {
    this.#store = store
    this.#feed = feed
    this.#world = world
    this.#timeout = timeout
    this.#maxStaleness = maxStaleness
    this.#announcer = new Announcer(feed, { timeout, every: maxStaleness / PULSES }, world)
    const sign = () => this.#announcer.sign()
    this.#proof = new FeedProof({ store, world, timeout, maxStaleness, sign, turned: () => this.#turned() })
    const { amends } = store.traits
    this.traits = { ...store.traits, shares: this, amends: amends && this.#announcing(amends) }
  }

  /** `feed`, or `nothing` while that is not heard. */
  get hearing(): Hearing {
    return this.#proof.hearing
  }

  get maxStaleness(): number {
    return this.#proof.maxStaleness
  }

  get provenUntil(): number {
    return this.#proof.provenUntil
  }

  get checksBirths(): boolean {
    return this.#store.traits.shares?.checksBirths === true
  }

  eraOf(key: string): Era | undefined {
    return this.#store.traits.shares?.eraOf(key)
  }

  prove(key: string): Promise<boolean> {
    return this.#proof.prove(key)
  }

  /** The store itself: what a feed brings is no answer to a question. */
  async inquire(key: string): Promise<boolean> {
    const { shares } = this.#store.traits
    return shares === undefined || (await (shares.inquire?.(key) ?? shares.prove(key)))
  }

  follow(follower: Follower): void {
    this.#follower = follower
    this.#store.traits.shares?.follow(follower)
    const listener = {
      message: (text: string) => this.#hear(text),
      interrupted: () => {
        if (this.#closed) return
        this.#lose()
        this.#announcer.sign()
      },
    }
    this.#world.background(
      this.#feed.subscribe(listener).then(
        () => this.#announcer.sign(),
        () => undefined,
      ),
      'subscribing to a feed',
    )
    this.#pulse()
  }

  async read(keys: readonly string[]): Promise<StoreReading> {
    this.#isUsed = true
    if (this.#wideKnown === this.#wideHeard) return this.#store.read(keys)
    const known = await this.#renewed(keys)
    if (known.length === keys.length) return this.#store.read(keys)
    if (known.length === 0) throw new TerraceError('ERR_LEVEL_UNAVAILABLE', 'what was invalidated is not known')
    const { eras, entries } = await this.#store.read(known)
    const places = new Map(known.map((key, n) => [key, n]))
    const at = <T>(told: readonly T[], key: string): T | undefined => told[places.get(key) ?? -1]
    return new ReadingOf(
      keys.map((key) => at(eras, key) ?? Number.NaN),
      keys.map((key) => at(entries, key)),
    )
  }

  write(entries: readonly Sealed[]): Promise<readonly Keeping[]> {
    return this.#store.write(entries)
  }

  replace(entries: readonly Sealed[]): Promise<readonly Keeping[]> {
    return this.#announced(
      entries.map(({ key }) => keyScope(key)),
      () => this.#store.replace(entries),
    )
  }

  raise(scopes: readonly Scope[]): Promise<Era> {
    return this.#announced(scopes, () => this.#store.raise(scopes))
  }

  /** Sends what is not sent yet, and a last word, within a second or the deadline, whichever is longer. */
  async close(): Promise<void> {
    this.#closed = true
    this.#cancel?.()
    this.#proof.close()
    const most = Math.max(this.#timeout, LAST_WORDS)
    const began = this.#world.mono()
    await within(this.#world, most, Promise.allSettled(this.#changes), 'closing', () => undefined).catch(
      () => undefined,
    )
    const isTold = await this.#announcer.close(Math.max(0, most - (this.#world.mono() - began)))
    await Promise.all([this.#feed.close(), this.#store.close()])
    if (!isTold) throw new TerraceError('ERR_LEVEL_TIMEOUT', 'the feed has not taken the last notices')
  }

  #announcing(amends: SealedAmends): SealedAmends {
    return {
      increment: (key, ...rest) => this.#announced([keyScope(key)], () => amends.increment(key, ...rest)),
      expire: (key, deadline) => this.#announced([keyScope(key)], () => amends.expire(key, deadline)),
    }
  }

  #announced<T>(scopes: readonly Scope[], work: () => Promise<T>): Promise<T> {
    this.#isUsed = true
    const change = this.#change(scopes, work)
    this.#changes.add(change)
    const over = (): void => {
      this.#changes.delete(change)
    }
    change.then(over, over)
    return change
  }

  /** Announces also what failed: it may have taken effect, or will. */
  async #change<T>(scopes: readonly Scope[], work: () => Promise<T>): Promise<T> {
    const introduction = this.#announcer.introduce()
    if (introduction !== undefined) await introduction
    try {
      return await work()
    } catch (error) {
      if (error instanceof Unsettled) {
        const tell = (): Promise<void> => this.#tell(scopes)
        this.#world.background(error.over.then(tell, tell), 'telling a feed what came late')
      }
      throw error
    } finally {
      await this.#tell(scopes)
    }
  }

  async #tell(scopes: readonly Scope[]): Promise<void> {
    if (await this.#announcer.tell(scopes)) return
    this.#tellFollower((follower) => follower.unannounced(scopes))
  }

  #hear(text: string): void {
    const notice = noticeIn(text)
    if (notice === undefined || this.#closed) return
    const now = this.#world.mono()
    if (notice.origin === this.#announcer.origin) {
      if (notice.sent <= now) this.#heardItself(notice.sent, now)
      return
    }
    const { scopes } = notice
    const heard = this.#log.hear(notice, now)
    if (heard === 'lost') this.#lose()
    else if (heard === 'new') {
      if (scopes.some(({ kind }) => kind !== 'key')) this.#wideHeard++
      this.#tellFollower((follower) => follower.invalidated(scopes))
    }
  }

  /** The feed carried what this process sent at the moment `sent`. */
  #heardItself(sent: number, now: number): void {
    const { at } = this.#proof
    if (sent <= at) return
    const patience = this.#maxStaleness * PATIENCE
    // What it sent first may have gone out long before the feed was heard.
    const wasDeaf = at === Number.NEGATIVE_INFINITY ? this.#isUsed : sent - at > patience
    if (this.#log.missesSomebody(now, patience) || wasDeaf) this.#lose()
    this.#proof.heard(sent)
  }

  /** What is held above has to be known as what may stay only for a while, or need not be any more. */
  #turned(): void {
    this.#tellFollower((follower) => follower.hearingChanged())
    // What is held already was to stay for longer, and may have been invalidated since the feed was heard last.
    if (this.#proof.isAlone) this.#lose()
  }

  #lose(): void {
    this.#wideHeard++
    this.#tellFollower((follower) => follower.lost())
  }

  /** What a listener throws would end the process that brings the feed. */
  #tellFollower(tell: (follower: Follower) => void): void {
    try {
      if (this.#follower !== undefined) tell(this.#follower)
    } catch (error) {
      this.#world.background(Promise.reject(error), 'forgetting what another process invalidated')
    }
  }

  /**
   * What the store knows of wide invalidations may be some time old: not after one was heard of. Until all
   * of the store has been asked, the parts that these keys belong to are asked with each read: one
   * that does not answer holds only its own keys up.
   *
   * @returns the keys of which everything is known
   */
  async #renewed(keys: readonly string[]): Promise<readonly string[]> {
    const { shares } = this.#store.traits
    if (shares === undefined) {
      this.#wideKnown = this.#wideHeard
      return keys
    }
    const heard = this.#wideHeard
    const answers = await Promise.all(keys.map((key) => shares.prove(key)))
    this.#renewing ??= shares.prove('').then((isDone) => {
      this.#renewing = undefined
      if (isDone) this.#wideKnown = Math.max(this.#wideKnown, heard)
    })
    return keys.filter((_, n) => answers[n])
  }

  #pulse(): void {
    const world = this.#world
    this.#cancel = world.after(this.#maxStaleness / PULSES, () => {
      this.#announcer.sign()
      // Also where nobody reads: who looks at the statistics wants to know.
      if (world.mono() >= this.provenUntil) world.background(this.#proof.prove(''), 'asking whether a feed is heard')
      this.#pulse()
    })
  }
}
