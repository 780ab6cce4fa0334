import { vi } from 'vitest'
import { Waymarks } from '../../src/cache/waymarks.ts'
import { Currency } from '../../src/coherence/currency.ts'
import { LedgerHearing } from '../../src/coherence/ledger-hearing.ts'
import { Watch } from '../../src/coherence/overtaking.ts'
import { Questions } from '../../src/coherence/questions.ts'
import { ShardLink } from '../../src/coherence/shard-link.ts'
import { ShardMirror } from '../../src/coherence/shard-mirror.ts'
import { StoreClock } from '../../src/coherence/store-clock.ts'
import { UNCHECKED } from '../../src/entry/era.ts'
import { Flights } from '../../src/flight/flights.ts'
import { TagLog } from '../../src/flight/tag-log.ts'
import { GuardedLevel } from '../../src/remote/guarded-level.ts'
import type { Framed } from '../../src/stores/ledger.ts'
import type { Spoil } from './fleet-universe.ts'
import { followed, notSayingAgain, withoutOpening, withTerms } from './spoiling.ts'

/** One part of the protocol, and how to do without it. `vi.restoreAllMocks` puts it back. */
export interface Part {
  /** What goes on without it, to follow "break when". */
  readonly without: string
  /** What such universes break with. */
  readonly breaks: RegExp
  /** The seed to begin with, not far from one that shows it; `undefined` where it shows in fewer than one in 2,000. */
  readonly from: number | undefined
  /** Whether it shows sooner where everything goes wrong. */
  readonly isHarsh?: boolean
  readonly take: () => Spoil | undefined
}

const FOREVER = Number.POSITIVE_INFINITY

export const PARTS: readonly Part[] = [
  {
    without: 'there is no pulse',
    from: 1,
    breaks: /rest/,
    take: () => ({
      world: (world, { maxStaleness }) => {
        world.deafTo = Math.max(20, maxStaleness / 5)
      },
    }),
  },
  {
    without: 'nobody asks what was missed when the feed was interrupted',
    from: 700,
    breaks: /P2/,
    take: () => {
      vi.spyOn(LedgerHearing.prototype, 'interrupted').mockImplementation(() => undefined)
      return undefined
    },
  },
  {
    without: 'nobody asks what happened before the feed was first heard',
    from: 500,
    breaks: /P2/,
    take: () => {
      withoutOpening()
      return undefined
    },
  },
  {
    without: 'no question is asked anew where one is under way',
    from: 1_930_150_022,
    breaks: /P2/,
    take: () => {
      withoutOpening()
      vi.spyOn(Questions.prototype, 'askAnew').mockImplementation(function (this: Questions) {
        return this.ask()
      })
      return undefined
    },
  },
  {
    without: 'the mirror judges no frame',
    from: 1,
    breaks: /P[124]/,
    take: () => {
      vi.spyOn(ShardMirror.prototype, 'admits').mockReturnValue(true)
      return undefined
    },
  },
  {
    without: 'the mirror does not judge by tags',
    from: 1,
    breaks: /P[124]/,
    take: () => {
      const { admits } = ShardMirror.prototype
      vi.spyOn(ShardMirror.prototype, 'admits').mockImplementation(function (this: ShardMirror, key, born, _, version) {
        return admits.call(this, key, born, [], version)
      })
      return undefined
    },
  },
  {
    without: 'the floors of keys that were heard are forgotten',
    from: 1485,
    breaks: /P1/,
    take: () => {
      const { admits } = ShardMirror.prototype
      vi.spyOn(ShardMirror.prototype, 'admits').mockImplementation(function (
        this: ShardMirror,
        key,
        born,
        tags,
        version,
      ) {
        // Prefixes still cover it; its own floor has another name.
        return admits.call(this, `${key}\0`, born, tags, version)
      })
      return undefined
    },
  },
  {
    without: 'what outranked a write is not remembered',
    from: undefined,
    breaks: /P1/,
    take: () => {
      vi.spyOn(ShardLink.prototype, 'outranked').mockImplementation(() => undefined)
      return undefined
    },
  },
  {
    without: 'what is held above a store that lost its history stays',
    from: 870,
    breaks: /P[124]/,
    take: () => followed((follower) => ({ ...follower, lost: () => undefined })),
  },
  {
    without: 'what was held before a store was first reached stays',
    from: 480,
    breaks: /P[124]/,
    take: () => followed((follower) => ({ ...follower, met: () => undefined })),
  },
  {
    without: 'own invalidations are not said again after a fail-over',
    from: 1790,
    breaks: /P[124]/,
    take: () => ({ ledger: notSayingAgain }),
  },
  {
    without: 'stores above are not told what one below was told again',
    from: undefined,
    breaks: /P[124]/,
    take: () => followed((follower) => ({ ...follower, owed: () => idle })),
  },
  {
    without: 'what was brought up from a store that lost its history stays in the stores above',
    from: 1_850_358_826,
    breaks: /P[124]/,
    take: () => {
      vi.spyOn(GuardedLevel.prototype, 'disowns').mockImplementation(() => undefined)
      return undefined
    },
  },
  {
    without: 'a store above is believed on what one below has missed',
    from: 2315,
    breaks: /P[124]/,
    take: () => {
      vi.spyOn(GuardedLevel.prototype, 'standsBetween').mockImplementation(() => undefined)
      return undefined
    },
  },
  {
    without: 'what is carried on to another store is judged by what is known, not by what was invalidated',
    from: 125,
    breaks: /P[124]/,
    take: () => followed((follower) => ({ ...follower, carriesOn: false })),
  },
  {
    without: 'private levels below the first are believed without proof',
    from: 150,
    isHarsh: true,
    breaks: /P2/,
    take: () => {
      withoutOpening()
      vi.spyOn(GuardedLevel.prototype, 'doubtedBy').mockImplementation(() => undefined)
      return undefined
    },
  },
  {
    without: 'private levels below the first are not told what overtook a write',
    from: undefined,
    breaks: /P[24]/,
    take: () => {
      vi.spyOn(Watch.prototype, 'covers').mockReturnValue(false)
      return undefined
    },
  },
  {
    without: 'nobody notices that a shard is behind what was heard of it',
    from: undefined,
    breaks: /rest/,
    take: () => {
      vi.spyOn(ShardMirror.prototype, 'highest', 'get').mockReturnValue(0)
      return undefined
    },
  },
  {
    without: 'the store takes steps after their end',
    from: 4460,
    breaks: /P[124]/,
    take: () => ({ ledger: (ledger) => withTerms(ledger, (terms) => ({ ...terms, notAfter: FOREVER })) }),
  },
  {
    without: 'level 1 is believed without proof',
    from: 335,
    breaks: /P2/,
    take: () => {
      vi.spyOn(Currency.prototype, 'isProven', 'get').mockReturnValue(true)
      return undefined
    },
  },
  {
    without: 'tokens are not looked at',
    from: 95,
    breaks: /after/,
    take: () => {
      vi.spyOn(Waymarks.prototype, 'footing').mockReturnValue('firm')
      return undefined
    },
  },
  {
    without: 'a token is taken for reached where the store does not answer',
    from: 275,
    breaks: /after/,
    take: () => {
      const { findFooting } = Waymarks.prototype
      vi.spyOn(Waymarks.prototype, 'findFooting').mockImplementation(async function (this: Waymarks, ...args) {
        await findFooting.apply(this, args)
        return 'firm'
      })
      return undefined
    },
  },
  {
    without: 'a write takes no tickets for the levels above',
    from: 1050,
    breaks: /P[124]/,
    take: () => {
      vi.spyOn(GuardedLevel.prototype, 'eraAtOnce').mockReturnValue(UNCHECKED)
      return undefined
    },
  },
  {
    without: 'notices ground no flights',
    from: 270,
    breaks: /P2/,
    take: () => {
      return followed((follower) => ({
        ...follower,
        invalidated: (scopes) => {
          const { ground, groundPrefix } = Flights.prototype
          const { note } = TagLog.prototype
          Object.assign(Flights.prototype, { ground: idle, groundPrefix: idle })
          TagLog.prototype.note = idle
          follower.invalidated(scopes)
          Object.assign(Flights.prototype, { ground, groundPrefix })
          TagLog.prototype.note = note
        },
      }))
    },
  },
  {
    without: 'leases are granted to everybody',
    from: 1,
    breaks: /P5/,
    take: () => ({
      ledger: (ledger) => ({
        ...ledger,
        lease: async (shard, keys, holder) => {
          const told = await ledger.lease(shard, keys, holder)
          return { ...told, leases: told.leases.map((lease) => (lease === 'filled' ? lease : 'granted')) }
        },
      }),
    }),
  },
  {
    without: 'deadlines of a store are not read',
    from: 1205,
    breaks: /P8/,
    take: () => {
      const { monoAt } = StoreClock.prototype
      vi.spyOn(StoreClock.prototype, 'monoAt').mockReturnValue(FOREVER)
      vi.spyOn(StoreClock.prototype, 'monoAfter').mockImplementation(function (this: StoreClock, time) {
        return monoAt.call(this, time) + this.error
      })
      return undefined
    },
  },
  {
    without: 'what is written to a store gets a new time to live',
    from: 305,
    breaks: /P8/,
    take: () => {
      const renewed = (frames: readonly Framed[]) => frames.map((framed) => ({ ...framed, ttl: framed.ttl + 1500 }))
      return {
        ledger: (ledger) => ({
          ...ledger,
          fill: (shard, frames, terms) => ledger.fill(shard, renewed(frames), terms),
          replace: (shard, frames, terms) => ledger.replace(shard, renewed(frames), terms),
        }),
      }
    },
  },
]

const idle = (): void => {}
