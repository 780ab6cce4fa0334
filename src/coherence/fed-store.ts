import type { Era } from '../entry/era.ts'
import { EVERYTHING, keyScope, type Scope } from '../entry/scope.ts'
import { TerraceError } from '../errors.ts'
import type { Feed } from '../feeds/feed.ts'
import type { Follower, Keeping, Shares } from '../level.ts'
import type { Sealed, SealedAmends, Store, StoreReading, StoreTraits } from '../stores/store.ts'
import type { Cancel, World } from '../world/world.ts'
import { FeedLog } from './feed-log.ts'
import { hex } from './shard-link.ts'

/** How often a sign of life goes out, within `maxStaleness`. */
const PULSES = 5
/** Notices that could not be sent: past these, that everything changed is sent instead. */
const MOST_UNSENT = 1000

/** How a {@link FedStore} behaves. Both in milliseconds. */
export interface FedSettings {
  readonly timeout: number
  readonly maxStaleness: number
}

/**
 * A store that tells nothing of what other processes do to it, with a feed beside it that does.
 *
 * What this process changes it announces, numbered; what others announce, the levels above forget. Signs
 * of life carry the last number, so that a lost notice is noticed; hearing one's own proves that the feed
 * is heard. A process that dies between its change and the notice of it leaves the others unaware: that
 * is what a store that keeps a ledger of its own does better.
 */
export class FedStore implements Store, Shares {
  readonly traits: StoreTraits
  readonly hearing = 'feed'
  readonly maxStaleness: number
  readonly #store: Store
  readonly #feed: Feed
  readonly #world: World
  readonly #timeout: number
  readonly #origin: string
  readonly #log = new FeedLog()
  #follower: Follower | undefined
  #number = 0
  #unsent: Scope[] = []
  #provenAt = Number.NEGATIVE_INFINITY
  /** Those who wait to hear a sign of life of this process. */
  readonly #proving = new Set<() => void>()
  #silentUntil = 0
  #cancel: Cancel | undefined
  #closed = false
  /** How many wide invalidations were heard of, and how many of them the store certainly knows. */
  #wideHeard = 0
  #wideKnown = 0
  #renewing: Promise<void> | undefined

  constructor(store: Store, feed: Feed, { timeout, maxStaleness }: FedSettings, world: World) {
    this.#store = store
    this.#feed = feed
    this.#world = world
    this.#timeout = timeout
    this.maxStaleness = maxStaleness
    this.#origin = hex(world, 16)
    const { amends } = store.traits
    this.traits = { ...store.traits, shares: this, amends: amends && this.#announcing(amends) }
  }

  get provenUntil(): number {
    return this.#provenAt + this.maxStaleness
  }

  eraOf(key: string): Era | undefined {
    return this.#store.traits.shares?.eraOf(key)
  }

  /** Hears a sign of life of its own, or gives up after the deadline; then for as long again at once. */
  async prove(): Promise<boolean> {
    const now = this.#world.mono()
    if (now < this.provenUntil) return true
    if (now < this.#silentUntil) return false
    const heard = await new Promise<boolean>((resolve) => {
      const prove = (): void => {
        cancel()
        this.#proving.delete(prove)
        resolve(true)
      }
      const cancel = this.#world.after(this.#timeout, () => {
        this.#proving.delete(prove)
        resolve(false)
      })
      this.#proving.add(prove)
      this.#tell([])
    })
    if (!heard) this.#silentUntil = this.#world.mono() + this.#timeout
    return heard
  }

  follow(follower: Follower): void {
    this.#follower = follower
    this.#store.traits.shares?.follow(follower)
    const listener = {
      message: (text: string) => this.#hear(text),
      interrupted: () => this.#tell([]),
    }
    this.#world.background(
      this.#feed.subscribe(listener).then(
        () => this.#tell([]),
        () => undefined,
      ),
      'subscribing to a feed',
    )
    this.#pulse()
  }

  async read(keys: readonly string[]): Promise<StoreReading> {
    if (this.#wideKnown < this.#wideHeard) {
      this.#renewing ??= this.#renewed().finally(() => {
        this.#renewing = undefined
      })
      await this.#renewing
    }
    return this.#store.read(keys)
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

  async close(): Promise<void> {
    this.#closed = true
    this.#cancel?.()
    for (const prove of [...this.#proving]) prove()
    await Promise.all([this.#feed.close(), this.#store.close()])
  }

  #announcing(amends: SealedAmends): SealedAmends {
    return {
      increment: (key, ...rest) => this.#announced([keyScope(key)], () => amends.increment(key, ...rest)),
      expire: (key, deadline) => this.#announced([keyScope(key)], () => amends.expire(key, deadline)),
    }
  }

  /** Announces also what failed: it may have taken effect. */
  async #announced<T>(scopes: readonly Scope[], work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } finally {
      this.#tell(scopes)
    }
  }

  #tell(scopes: readonly Scope[]): void {
    if (this.#closed) return
    const all = this.#unsent.length + scopes.length > MOST_UNSENT ? [EVERYTHING] : [...this.#unsent, ...scopes]
    this.#unsent = []
    if (all.length > 0) this.#number++
    const text = FeedLog.text({ origin: this.#origin, number: this.#number, sent: this.#world.mono(), scopes: all })
    this.#world.background(
      this.#feed.publish(text).catch(() => {
        for (const scope of all) this.#unsent.push(scope)
      }),
      'telling a feed',
    )
  }

  #hear(text: string): void {
    const notice = FeedLog.notice(text)
    if (notice === undefined || this.#closed) return
    if (notice.origin === this.#origin) {
      this.#provenAt = Math.max(this.#provenAt, notice.sent)
      if (this.#world.mono() < this.provenUntil) for (const prove of [...this.#proving]) prove()
      return
    }
    const heard = this.#log.hear(notice)
    const isWide = heard === 'lost' || notice.scopes.some(({ kind }) => kind !== 'key')
    if (heard !== 'known' && isWide) this.#wideHeard++
    if (heard === 'lost') this.#follower?.lost()
    else if (heard === 'new' && notice.scopes.length > 0) this.#follower?.invalidated(notice.scopes)
  }

  /** What the store knows of wide invalidations may be some time old: not after one was heard of. */
  async #renewed(): Promise<void> {
    const heard = this.#wideHeard
    const isDone = (await this.#store.traits.shares?.prove('')) ?? true
    if (!isDone) throw new TerraceError('ERR_LEVEL_UNAVAILABLE', 'what was invalidated is not known')
    this.#wideKnown = Math.max(this.#wideKnown, heard)
  }

  #pulse(): void {
    this.#cancel = this.#world.after(this.maxStaleness / PULSES, () => {
      this.#tell([])
      this.#pulse()
    })
  }
}
