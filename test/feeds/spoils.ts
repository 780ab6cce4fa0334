import { vi } from 'vitest'
import { Announcer } from '../../src/coherence/announcer.ts'
import { FedStore } from '../../src/coherence/fed-store.ts'
import { FeedLog } from '../../src/coherence/feed-log.ts'
import { FeedProof } from '../../src/coherence/feed-proof.ts'
import type { Feed } from '../../src/feeds/feed.ts'
import type { Follower } from '../../src/level.ts'
import type { World } from '../../src/world/world.ts'
import type { Spoil } from './fed-universe.ts'

/** One part of the protocol, and how to do without it. `vi.restoreAllMocks` puts it back. */
export interface Part {
  /** What goes on without it, to follow "break when". */
  readonly without: string
  /** What such universes break with. */
  readonly breaks: RegExp
  /** The seed to begin with, not far from one that shows it. */
  readonly from: number
  /** Whether it shows only where another shared level lies above the store. */
  readonly isBelow?: boolean
  readonly take: () => Spoil | undefined
}

export const PARTS: readonly Part[] = [
  {
    without: 'nobody notices a lost notice',
    from: 1,
    breaks: /P2|rest/,
    take: () => {
      const { hear } = FeedLog.prototype
      vi.spyOn(FeedLog.prototype, 'hear').mockImplementation(function (this: FeedLog, notice, now) {
        const heard = hear.call(this, notice, now)
        return heard === 'lost' ? 'new' : heard
      })
      return undefined
    },
  },
  {
    without: 'nobody notices who falls silent',
    from: 175,
    breaks: /P2|rest/,
    take: () => {
      vi.spyOn(FeedLog.prototype, 'missesSomebody').mockReturnValue(false)
      return undefined
    },
  },
  {
    without: 'a process makes its first change before the others know that it is there',
    from: 1750,
    breaks: /P2|rest/,
    take: () => {
      vi.spyOn(Announcer.prototype, 'introduce').mockReturnValue(undefined)
      return undefined
    },
  },
  {
    without: 'the feed counts as heard without a sign of it',
    from: 1,
    breaks: /P2/,
    take: () => {
      vi.spyOn(FedStore.prototype, 'provenUntil', 'get').mockReturnValue(Number.POSITIVE_INFINITY)
      return undefined
    },
  },
  {
    without: 'a store whose feed is not heard is not taken for one without a feed',
    from: 1,
    breaks: /P2/,
    take: () => {
      vi.spyOn(FeedProof.prototype, 'prove').mockResolvedValue(false)
      return undefined
    },
  },
  {
    without: 'what is read while the feed is not heard may stay for ever',
    from: 1,
    breaks: /P2|rest/,
    take: () => followed((follower) => ({ ...follower, hearingChanged: () => undefined })),
  },
  {
    without: 'what is held stays where nobody can tell what was missed',
    from: 1,
    breaks: /P2|rest/,
    take: () => followed((follower) => ({ ...follower, lost: () => undefined })),
  },
  {
    without: 'a sign of life proves the moment at which it is heard, not the one at which it was sent',
    from: 340,
    breaks: /P2/,
    take: () => ({ feed: hearingLate }),
  },
  {
    without: 'the store is not asked what was invalidated when that was heard of',
    from: 55,
    breaks: /P2|rest/,
    take: () => ({
      store: (store) => {
        const { shares } = store.traits
        return { ...store, traits: { ...store.traits, shares: shares && { ...shares, prove: async () => true } } }
      },
    }),
  },
  {
    without: 'the store is not told that what is read there goes up to another one',
    from: 1,
    isBelow: true,
    breaks: /P[12]|rest/,
    take: () => followed((follower) => ({ ...follower, carriesOn: false })),
  },
]

/** Every store's follower is another one. */
function followed(change: (follower: Follower) => Follower): undefined {
  const { follow } = FedStore.prototype
  vi.spyOn(FedStore.prototype, 'follow').mockImplementation(function (this: FedStore, follower) {
    follow.call(this, change(follower))
  })
}

/** What this process has sent itself seems to have been sent just now. */
function hearingLate(feed: Feed, world: World): Feed {
  const own = new Set<unknown>()
  return {
    ...feed,
    publish: (text) => {
      own.add(JSON.parse(text).o)
      return feed.publish(text)
    },
    subscribe: (listener) =>
      feed.subscribe({
        ...listener,
        message: (text) => {
          const notice = JSON.parse(text)
          listener.message(own.has(notice.o) ? JSON.stringify({ ...notice, t: world.mono() }) : text)
        },
      }),
  }
}
