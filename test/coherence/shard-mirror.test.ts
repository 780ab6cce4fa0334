import { describe, expect, it } from 'vitest'
import { ShardMirror } from '../../src/coherence/shard-mirror.ts'
import { birthplace } from '../../src/entry/birthplace.ts'

const REIGN = '0123456789abcdef'
const [HERE, ELSEWHERE] = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb']
const NO_FLOORS = { all: 0, horizon: 0, prefixes: [], tags: [] }

/** A mirror of a shard that stands at era 60. */
function mirrorAt60(): ShardMirror {
  const mirror = new ShardMirror()
  const point = { reign: REIGN, era: 60, link: HERE, prev: HERE, time: 0 }
  mirror.learn({ ...point, kind: 'whole', floors: NO_FLOORS }, undefined, 0)
  return mirror
}

describe('where a frame was born', () => {
  const frame = { reign: birthplace(REIGN, ELSEWHERE), born: 65, tags: [] }

  it('does not matter where nothing is known that it must not be older than', () => {
    expect(mirrorAt60().placeOf('k', frame)).toBe('here')
  })

  it('is asked for where its key has a floor', () => {
    const mirror = mirrorAt60()
    const scopes = [{ kind: 'key', key: 'k' }] as const
    mirror.hear({ reign: REIGN, era: 61, link: 'cccccccccccc', prev: HERE, origin: '', scopes })
    expect(mirror.placeOf('k', frame)).toBe('ahead')
    expect(mirror.placeOf('l', frame)).toBe('here')
    expect(mirror.placeOf('k', { ...frame, born: 61 })).toBe('elsewhere')
  })

  it('is asked for where its step was heard of, and not all before it: that may be of another history', () => {
    const mirror = mirrorAt60()
    const scopes = [{ kind: 'key', key: 'k' }] as const
    const beyond = { reign: birthplace(REIGN, 'dddddddddddd'), born: 62, tags: [] }
    mirror.hear({ reign: REIGN, era: 62, link: 'dddddddddddd', prev: 'cccccccccccc', origin: '', scopes })
    expect(mirror.placeOf('k', beyond)).toBe('ahead')
    expect(mirror.placeOf('l', beyond)).toBe('here')
    mirror.hear({ reign: REIGN, era: 61, link: 'cccccccccccc', prev: HERE, origin: '', scopes: [] })
    expect(mirror.placeOf('k', beyond)).toBe('here')
  })

  it('is asked for where a newer version of its key was seen', () => {
    const mirror = mirrorAt60()
    mirror.outranked({ reign: REIGN, era: 60, link: HERE }, 'k', 2)
    expect(mirror.placeOf('k', frame)).toBe('ahead')
    expect(mirror.placeOf('l', frame)).toBe('here')
  })
})

describe('steps ahead of a hole', () => {
  const step = (era: number) => {
    const link = (n: number) => (n === 60 ? HERE : n.toString(16).padStart(12, '0'))
    const scopes = [{ kind: 'key', key: `k${era}` }] as const
    return { reign: REIGN, era, link: link(era), prev: link(era - 1), origin: '', scopes }
  }
  const steps = Array.from({ length: 5000 }, (_, n) => step(61 + n))
  const last = steps.at(-1)!

  it('make no other history of it, however many they are', () => {
    const mirror = mirrorAt60()
    for (const each of steps.slice(1)) expect(mirror.hear(each)).toBe('new')
    expect(mirror.hasHole).toBe(true)
    expect(mirror.missing).toBe(5000)
    expect(mirror.admits('k3000', 100, [], undefined)).toBe(false)
    expect(mirror.learn({ ...last, kind: 'since', steps, time: 0 }, mirror.point, mirror.highest).kind).toBe('steps')
    expect(mirror.point?.era).toBe(last.era)
    expect(mirror.hasHole).toBe(false)
  })

  it('that nobody tells again stay missing', () => {
    const mirror = mirrorAt60()
    for (const each of steps.slice(1)) mirror.hear(each)
    expect(mirror.hear(steps[0]!)).toBe('new')
    expect(mirror.point!.era).toBeGreaterThan(1000)
    expect(mirror.hasHole).toBe(true)
  })
})
