import { describe, expect, it } from 'vitest'
import { journeysIn, Turns } from '../../dashboard-ui/src/live/journeys.ts'
import type { Happening } from '../../src/dashboard/index.ts'

type What = Happening extends infer H ? (H extends Happening ? Omit<H, 'at' | 'weight'> : never) : never

/** Each moment in short: where the traveller is, in what mood, and what is marked. */
function told(...events: readonly What[]): string[][] {
  const journeys = journeysIn(events.map((event) => ({ at: 0, weight: 1, ...event }) as Happening))
  return journeys.map(({ moments }) =>
    moments.map(({ traveller, level, mark, leavers, source }) => {
      const way = traveller === undefined ? [] : [`${traveller.mood} at ${traveller.gap}`]
      const here = mark === undefined ? [] : [`${mark} in ${level}`]
      const gone = leavers.map(({ key, why }) => `${key} ${why} from ${level}`)
      return [...way, ...here, ...gone, ...(source === undefined ? [] : [`source: ${source}`])].join(', ')
    }),
  )
}

describe('what happened, as journeys that can be watched', () => {
  it('shows a value that comes up from its source, kept level by level', () => {
    expect(
      told(
        { type: 'fetch', keys: ['k'], more: 0 },
        { type: 'fetched', keys: ['k'], more: 0, duration: 1 },
        { type: 'kept', key: 'k', level: 1 },
        { type: 'kept', key: 'k', level: 0 },
        { type: 'miss', key: 'k' },
      ),
    ).toEqual([
      [
        'asks at 0',
        'asks at 99, source: asked',
        'brings at 99, source: row',
        'brings at 2, kept in 1',
        'brings at 1, kept in 0',
        'brings at 0',
      ],
    ])
  })

  it('shows a read that goes down to where the value is, and its promotion', () => {
    expect(
      told(
        { type: 'promotion', key: 'k', from: 2, level: 1 },
        { type: 'promotion', key: 'k', from: 2, level: 0 },
        { type: 'hit', key: 'k', level: 2 },
      ),
    ).toEqual([
      [
        'asks at 0, miss in 0',
        'asks at 1, miss in 1',
        'asks at 2, hit in 2',
        'brings at 2, kept in 1',
        'brings at 1, kept in 0',
        'brings at 0',
      ],
    ])
  })

  it('shows what a slow level keeps after its caller was answered, now or in the next telling', () => {
    const late: What = { type: 'kept', key: 'k', level: 1 }
    expect(told({ type: 'miss', key: 'k' }, late)).toEqual([['asks at 0', 'empty at 0', 'brings at 2, kept in 1']])
    expect(told(late)).toEqual([['brings at 2, kept in 1']])
  })

  it('shows a source that fails, who had to leave, and what was invalidated', () => {
    expect(
      told(
        { type: 'fetchFailed', keys: ['k'], more: 0, duration: 1, error: 'no' },
        { type: 'miss', key: 'k' },
        { type: 'removed', key: 'old', level: 0, reason: 'evicted' },
        { type: 'invalidated', scopes: [{ kind: 'tag', tag: 't' }], more: 0 },
        { type: 'set', keys: ['s'], more: 0 },
      ),
    ).toEqual([
      ['asks at 0', 'asks at 99, source: asked', 'failed at 99, source: failure', 'failed at 0'],
      ['old evicted from 0'],
      ['sweeps at 99', 'sweeps at 0'],
      ['brings at 0'],
    ])
  })

  it('gives every kind its turn, however often others happen', () => {
    const hit = (key: string, level: number) => ({ at: 0, weight: 1, type: 'hit', key, level }) as const
    const often = [...Array.from({ length: 50 }, (_, n) => hit(`k${n}`, 0)), hit('a', 1), hit('b', 2)]
    const turns = new Turns()
    const seen = Array.from({ length: 6 }, () => {
      const [first] = turns.choose(journeysIn(often), 2)
      turns.shown(first!)
      return first!.kind
    })
    expect(seen).toEqual(['hit in 2', 'hit in 1', 'hit in 0', 'hit in 2', 'hit in 1', 'hit in 0'])
  })

  it('shows the last journey of a key that made several', () => {
    const hit = { type: 'hit', key: 'k', level: 0 } as const
    expect(told({ type: 'kept', key: 'k', level: 0 }, { type: 'miss', key: 'k' }, hit)).toEqual([
      ['asks at 0, hit in 0', 'brings at 0'],
    ])
  })
})
