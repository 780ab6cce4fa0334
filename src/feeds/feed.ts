import type { World } from '../world/world.ts'

/** Who hears a {@link Feed}. */
export interface FeedListener {
  message(text: string): void
  /** The feed was interrupted, and is heard again: something may have been missed. */
  interrupted(): void
}

/**
 * Carries short texts from each process to all others, itself included. It may lose them, repeat them
 * and change their order; who uses it numbers them. It connects again by itself, for ever.
 */
export interface Feed {
  /** Rejects if the text was not handed over. */
  publish(text: string): Promise<void>
  /** Called once. Resolves when the feed is heard, or the first attempt to has failed. */
  subscribe(listener: FeedListener): Promise<void>
  close(): Promise<void>
}

/** What a level tells the feed that is made for it. */
export interface FeedContext {
  readonly world: World
  /**
   * What the level is, and the prefix of its names: `memcached:terrace`. The same in all processes that share
   * it. Caches of different topics need not hear each other, and do better not to.
   */
  readonly topic: string
}

/** Makes a feed for one level: what `redisFeed(…)` and `localFeed()` return. */
export type FeedFactory = (context: FeedContext) => Feed
