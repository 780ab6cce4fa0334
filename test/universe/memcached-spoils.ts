import { vi } from 'vitest'
import type { Follower } from '../../src/level.ts'
import { GuardedLevel } from '../../src/remote/guarded-level.ts'
import { Items, type Version } from '../../src/stores/memcached/items.ts'
import { MemcachedNode } from '../../src/stores/memcached/memcached-node.ts'
import { Tickets } from '../../src/stores/memcached/tickets.ts'
import { WideMirror } from '../../src/stores/memcached/wide-mirror.ts'
import type { Sealed, Store } from '../../src/stores/store.ts'
import { withoutOpening } from './spoiling.ts'
import type { Part } from './spoils.ts'

/** What keeps the promises over Memcached, part by part. */
export const MEMCACHED_PARTS: readonly Part[] = [
  {
    without: 'what is carried on from Memcached is judged by a copy of the state',
    from: 17,
    breaks: /P[124]|after/,
    take: () => ({ store: (store) => followed(store, (follower) => ({ ...follower, carriesOn: false })) }),
  },
  {
    without: 'a state that others carry up is not asked for anew',
    from: 5,
    breaks: /P[124]|after/,
    take: () => {
      vi.spyOn(WideMirror.prototype, 'renew').mockImplementation(async function (this: WideMirror) {
        await this.freshen(Number.NEGATIVE_INFINITY)
      })
      return undefined
    },
  },
  {
    without: 'an invalidation of a key leaves its item version as it is',
    from: 59,
    breaks: /P[124]|after/,
    take: () => unconditional(isTicket),
  },
  {
    without: 'a set is a plain write',
    from: undefined,
    breaks: /P[124]|after/,
    take: () =>
      unconditional((version, entry) => !isTicket(version) && (!('era' in version) || entry.version !== undefined)),
  },
  {
    without: 'versions of an earlier connection are taken for those of this one',
    from: 2600,
    breaks: /P[124]|after|rest/,
    take: () => {
      withoutOpening()
      vi.spyOn(MemcachedNode.prototype, 'generation', 'get').mockReturnValue(1)
      return undefined
    },
  },
  {
    without: 'a state that begins anew has the reign of the one before',
    from: 7,
    breaks: /P[124]|rest/,
    take: () => ({
      world: (world) => {
        const { random } = world
        vi.spyOn(world, 'random').mockImplementation(() =>
          new Error().stack?.includes('#newReign') === true ? 0 : random.call(world),
        )
      },
    }),
  },
  {
    without: 'what is given another end above Memcached is not looked up when it had to be',
    from: undefined,
    breaks: /P2/,
    take: () => {
      vi.spyOn(GuardedLevel.prototype, 'isLimited', 'get').mockReturnValue(false)
      return undefined
    },
  },
  {
    without: 'tickets do not know the wide invalidations they are older than',
    from: 1,
    breaks: /P[124]|after/,
    take: () => {
      const { redeem } = Items.prototype
      vi.spyOn(Items.prototype, 'redeem').mockImplementation(function (this: Items, place, born, tags) {
        const { open } = Tickets.prototype
        Tickets.prototype.open = function (this: Tickets, era) {
          const ticket = open.call(this, era)
          return ticket && { ...ticket, era: Number.POSITIVE_INFINITY }
        }
        const ticket = redeem.call(this, place, born, tags)
        Tickets.prototype.open = open
        return ticket
      })
      return undefined
    },
  },
]

/** What is put on condition of such a version is put whatever there is. */
function unconditional(isMeant: (version: Version, entry: Sealed) => boolean): undefined {
  let isPlain = false
  const { put } = Items.prototype
  const { send } = MemcachedNode.prototype
  vi.spyOn(Items.prototype, 'put').mockImplementation(function (this: Items, place, entry, version) {
    isPlain = isMeant(version, entry)
    const reply = put.call(this, place, entry, version)
    isPlain = false
    return reply
  })
  vi.spyOn(MemcachedNode.prototype, 'send').mockImplementation(function (this: MemcachedNode, line, ...rest) {
    send.call(this, isPlain ? line.replace(/ C\d+/, '') : line, ...rest)
  })
}

function isTicket(version: Version): boolean {
  return 'reign' in version
}

/** The store's follower is another one. */
function followed(store: Store, change: (follower: Follower) => Follower): Store {
  const { shares } = store.traits
  if (shares === undefined) return store
  const { follow } = shares
  shares.follow = (follower) => follow.call(shares, change(follower))
  return store
}
