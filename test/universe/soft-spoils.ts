import { vi } from 'vitest'
import { SoftFloors } from '../../src/coherence/soft-floors.ts'
import { Flights } from '../../src/flight/flights.ts'
import { TagLog } from '../../src/flight/tag-log.ts'
import { hardNameIn } from '../../src/stores/soft-name.ts'
import type { Part } from './spoils.ts'

/** What keeps what was expired from being served as fresh, part by part. */
export const SOFT_PARTS: readonly Part[] = [
  {
    without: 'floors of freshness are not looked at',
    from: 1,
    breaks: /P[124]/,
    take: () => {
      vi.spyOn(SoftFloors.prototype, 'over').mockReturnValue(undefined)
      return undefined
    },
  },
  {
    without: 'who begins to follow a store is not told of floors of freshness',
    from: 3120,
    breaks: /P[124]|after/,
    take: () => ({
      ledger: (ledger) => ({
        ...ledger,
        sync: async (shard, since) => {
          const news = await ledger.sync(shard, since)
          if (news.kind !== 'whole') return news
          const { prefixes, tags, ...rest } = news.floors
          const hard = ([name]: readonly [string, number]) => hardNameIn(name) === undefined
          return { ...news, floors: { ...rest, prefixes: prefixes.filter(hard), tags: tags.filter(hard) } }
        },
      }),
    }),
  },
  {
    without: 'flights under way are joined after what they bring was expired',
    from: 1,
    breaks: /P[124]/,
    take: () => {
      const { ground } = Flights.prototype
      vi.spyOn(Flights.prototype, 'ground').mockImplementation(function (this: Flights<unknown>, key, keepsSpare) {
        if (keepsSpare !== true) ground.call(this, key)
      })
      const { note } = TagLog.prototype
      vi.spyOn(TagLog.prototype, 'note').mockImplementation(function (this: TagLog, tag, keepsStale) {
        if (keepsStale !== true) note.call(this, tag)
      })
      return undefined
    },
  },
]
