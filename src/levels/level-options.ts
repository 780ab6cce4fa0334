import type { Codec } from '../codecs/codec.ts'
import { auto } from '../codecs/index.ts'
import { isCodec } from '../codecs/is-codec.ts'
import { FedStore } from '../coherence/fed-store.ts'
import { type Duration, finiteDuration, milliseconds } from '../duration.ts'
import { TerraceError } from '../errors.ts'
import type { Feed, FeedFactory } from '../feeds/feed.ts'
import type { LevelContext } from '../level.ts'
import { type Check, callable, expected, text } from '../options.ts'
import { MeetingFeed } from '../presence/meeting-feed.ts'
import type { StoreLevelSettings } from '../remote/store-level.ts'
import type { Meeting } from '../stores/meeting.ts'
import type { Store } from '../stores/store.ts'
import type { World } from '../world/world.ts'

/** What every level outside the process takes. */
export interface StoreLevelOptions {
  /** Shown in statistics, events and results: 1 to 100 characters. Default: L1, L2 … by position. */
  readonly name?: string | undefined
  /** The longest an entry stays here. Default: `Infinity`. */
  readonly ttl?: Duration | undefined
  /** How long one call may take before it counts as failed, connecting included: above 0, and not `Infinity`. Default: 250 ms. */
  readonly timeout?: Duration | undefined
  /** Makes bytes of values: from `terrace/codecs`. Default: `auto()`. */
  readonly codec?: Codec | undefined
  /** How long this process may go without proof that it hears what others invalidate: above 0, and not `Infinity`. Default: 5 seconds. */
  readonly maxStaleness?: Duration | undefined
}

/** What a level over a store that tells nothing takes besides. */
export interface FeedOptions {
  /**
   * How this process hears at once what others invalidate: `redisFeed(url)` of `terrace/redis`. Default: it does
   * not, and what is held above this level lives at most `maxStaleness`.
   */
  readonly feed?: FeedFactory | undefined
}

/** {@link StoreLevelOptions}, checked. */
export interface StoreLevelPlan extends Omit<StoreLevelSettings, 'name'> {
  readonly name: string | undefined
  readonly maxStaleness: number
}

const TIMEOUT = 250
const MAX_STALENESS = 5000

/** The check of {@link FeedOptions}. */
export const feedSchema: { readonly feed: Check<FeedFactory> } = { feed: callable<FeedFactory>() }

/** What the maker of a feed made. */
const isFeed: Check<Feed> = (value, where) => {
  const { publish, subscribe, close } = (typeof value === 'object' && value !== null ? value : {}) as Partial<Feed>
  if ([publish, subscribe, close].every((method) => typeof method === 'function')) return value as Feed
  return expected('what makes a feed, such as redisFeed(url)', value, where)
}

/** A store, and where the processes that share it meet, if it has a feed. */
export interface Fed {
  readonly store: Store
  readonly meets: Meeting | undefined
}

/** The store, with a feed beside it if one is given. */
export function fed(
  store: Store,
  feed: FeedFactory | undefined,
  topic: string,
  plan: StoreLevelPlan,
  world: World,
): Fed {
  if (feed === undefined) return { store, meets: undefined }
  const meets = new MeetingFeed(isFeed(made(feed, { world, topic }), 'feed'))
  return { store: new FedStore(store, meets, plan, world), meets }
}

/** Calls a maker of feeds. `redisFeed` that was given without being called takes the context for its options. */
function made(feed: FeedFactory, context: Parameters<FeedFactory>[0]): unknown {
  try {
    return feed(context)
  } catch (cause) {
    if (!(cause instanceof TerraceError) || cause.code !== 'ERR_OPTION_UNKNOWN' || feed.name !== 'redisFeed')
      throw cause
    throw new TerraceError('ERR_OPTION_INVALID', 'feed: expected redisFeed(…), got redisFeed: call it', { cause })
  }
}

/** The checks of {@link StoreLevelOptions}. */
export const levelSchema: {
  readonly name: Check<string>
  readonly ttl: Check<number>
  readonly timeout: Check<number>
  readonly codec: Check<Codec>
  readonly maxStaleness: Check<number>
} = { name: text(100), ttl: milliseconds, timeout: finiteDuration, codec: isCodec, maxStaleness: finiteDuration }

/** What was given of {@link levelSchema}, with the defaults. */
export function levelPlan(given: {
  readonly name?: string | undefined
  readonly ttl?: number | undefined
  readonly timeout?: number | undefined
  readonly codec?: Codec | undefined
  readonly maxStaleness?: number | undefined
}): StoreLevelPlan {
  return {
    name: given.name,
    ttl: given.ttl ?? Number.POSITIVE_INFINITY,
    timeout: given.timeout ?? TIMEOUT,
    codec: given.codec ?? auto(),
    maxStaleness: given.maxStaleness ?? MAX_STALENESS,
  }
}

/** The settings of the level in its place. */
export function settingsIn({ name, ...rest }: StoreLevelPlan, context: LevelContext): StoreLevelSettings {
  return { ...rest, name: name ?? context.name }
}

/** Tells, as events of the level, which values its store does not take. */
export function refusals(level: string, context: LevelContext): (key: string, reason: TerraceError) => void {
  return (key, reason) => context.report?.({ type: 'refused', key, level, reason })
}
