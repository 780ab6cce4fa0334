import { vi } from 'vitest'
import { OwnSteps } from '../../src/coherence/own-steps.ts'
import { ShardMirror } from '../../src/coherence/shard-mirror.ts'
import { LedgerCore } from '../../src/stores/ledger-core.ts'
import { heardAt, noteLinks, withoutOpening } from './spoiling.ts'
import type { Part } from './spoils.ts'

/** What says which history of a store something belongs to. */
export const HISTORY_PARTS: readonly Part[] = [
  {
    without: 'births are taken when the write is sent, not before the value was looked for',
    from: 100,
    breaks: /P[124]/,
    take: () => {
      vi.spyOn(ShardMirror.prototype, 'originOf').mockImplementation(function (this: ShardMirror) {
        return { born: this.point!.era, link: this.point!.link }
      })
      return undefined
    },
  },
  {
    without: 'fills ignore floors',
    from: 1,
    breaks: /P[124]/,
    take: () => {
      const { fill } = LedgerCore.prototype
      vi.spyOn(LedgerCore.prototype, 'fill').mockImplementation(function (this: LedgerCore, time, frames, terms) {
        const { reign, era, link } = this.sync(time, undefined)
        const born = frames.map((framed) => ({ ...framed, born: era, link }))
        return fill.call(this, time, born, { ...terms, reign })
      })
      return undefined
    },
  },
  {
    without: 'a birth does not name its history',
    from: undefined,
    breaks: /P[124]/,
    take: () => {
      const linkAt = noteLinks()
      const { fill } = LedgerCore.prototype
      vi.spyOn(LedgerCore.prototype, 'fill').mockImplementation(function (this: LedgerCore, time, frames, terms) {
        const known = frames.map((framed) => ({ ...framed, link: linkAt(this, framed.born) ?? framed.link }))
        return fill.call(this, time, known, terms)
      })
      return undefined
    },
  },
  {
    without: 'a frame does not name its history',
    from: 1_680_021_940,
    breaks: /P[12]/,
    take: () => {
      withoutOpening()
      vi.spyOn(ShardMirror.prototype, 'placeOf').mockReturnValue('here')
      return undefined
    },
  },
  {
    without: 'a mirror that begins anew is not told what this process did in the history that it follows now',
    from: 1680021198,
    breaks: /P1/,
    take: () => {
      withoutOpening()
      vi.spyOn(OwnSteps.prototype, 'rejoin').mockImplementation(() => undefined)
      return undefined
    },
  },
  {
    without: 'the levels above are not told of a step that is followed by one of another history',
    from: 1_930_152_378,
    breaks: /after: /,
    take: () => {
      withoutOpening()
      const { hear } = ShardMirror.prototype
      vi.spyOn(ShardMirror.prototype, 'hear').mockImplementation(function (this: ShardMirror, step) {
        const heard = hear.call(this, step)
        return heard === 'forked' ? 'parted' : heard
      })
      return undefined
    },
  },
  {
    without: 'links are not compared with what was heard',
    from: 805,
    breaks: /P[124]/,
    take: () => {
      const linkAt = noteLinks()
      const { sync } = LedgerCore.prototype
      vi.spyOn(LedgerCore.prototype, 'sync').mockImplementation(function (this: LedgerCore, time, since) {
        return sync.call(this, time, since && { ...since, link: linkAt(this, since.era) ?? since.link })
      })
      const { hear, stands } = ShardMirror.prototype
      vi.spyOn(ShardMirror.prototype, 'stands').mockImplementation(function (this: ShardMirror, point) {
        return stands.call(this, { ...point, link: heardAt(this, point.reign, point.era) ?? point.link })
      })
      vi.spyOn(ShardMirror.prototype, 'hear').mockImplementation(function (this: ShardMirror, step) {
        const link = heardAt(this, step.reign, step.era) ?? step.link
        return hear.call(this, { ...step, link, prev: heardAt(this, step.reign, step.era - 1) ?? step.prev })
      })
      return undefined
    },
  },
  {
    without: 'holes in the eras are not noticed',
    from: 1125,
    breaks: /P[124]/,
    take: () => {
      vi.spyOn(ShardMirror.prototype, 'hasHole', 'get').mockReturnValue(false)
      return undefined
    },
  },
]
