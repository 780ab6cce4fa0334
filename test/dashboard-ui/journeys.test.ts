import { describe, expect, it } from 'vitest'
import { journeysIn, Turns } from '../../dashboard-ui/src/live/journeys.ts'
import { noted } from '../../dashboard-ui/src/live/noted.ts'
import type { Happening, ScopeText } from '../../src/dashboard/index.ts'

type What = Happening extends infer H ? (H extends Happening ? Omit<H, 'at' | 'weight'> : never) : never

/** Without the marks around what was given. */
const plain = (text: string) => text.replaceAll(/[\u2068\u2069]/g, '')

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

  it('shows a stale answer: the way to the source that failed, or is slow, and none to one that is spared', () => {
    const failed: What = { type: 'fetchFailed', keys: ['k'], more: 0, duration: 1, error: 'no' }
    const hit: What = { type: 'hit', key: 'k', level: 1 }
    const stale = (reason: 'failed' | 'slow' | 'spared'): What => ({ type: 'stale', key: 'k', level: 1, reason })
    const way = ['old at 2, stale in 1', 'old at 0, stale in 1']
    expect(told(failed, hit, stale('failed'))).toEqual([
      ['asks at 0', 'asks at 99, source: asked', 'failed at 99, source: failure', ...way],
    ])
    expect(told(hit, stale('slow'))).toEqual([['asks at 0', 'asks at 99, source: asked', ...way]])
    expect(told(hit, stale('spared'))).toEqual([['asks at 0', ...way]])
  })

  it('shows a refresh as what comes from the source to nobody, beside the hit that began it', () => {
    const kept = (level: number): What => ({ type: 'kept', key: 'k', level })
    const fetched: What = { type: 'fetched', keys: ['k'], more: 0, duration: 1 }
    const hit: What = { type: 'hit', key: 'k', level: 0 }
    const answered = ['asks at 0, hit in 0', 'brings at 0']
    const up = ['brings at 99, source: row', 'brings at 2, kept in 1', 'brings at 1, kept in 0']
    const asked = 'asks at 99, source: asked'
    expect(told(hit, { type: 'refresh', key: 'k' }, fetched, kept(1), kept(0), hit)).toEqual([answered, [asked, ...up]])
    // What is kept comes in the next telling.
    expect(told(hit, { type: 'refresh', key: 'k' })).toEqual([answered, [asked]])
    expect(told(fetched, kept(1), kept(0), hit)).toEqual([answered, up])
    const failed: What = { type: 'fetchFailed', keys: ['k'], more: 0, duration: 1, error: 'no' }
    expect(told({ type: 'refresh', key: 'k' }, failed)).toEqual([[asked, 'failed at 99, source: failure']])
  })

  it('says in a sentence what it shows', () => {
    const stale: What = { type: 'stale', key: 'k', level: 1, reason: 'slow' }
    const expired: What = { type: 'removed', key: 'old', level: 0, reason: 'expired' }
    const events = [stale, expired, { type: 'hit', key: 'h', level: 1 }, { type: 'miss', key: 'm' }] as const
    const journeys = journeysIn(
      events.map((event) => ({ at: 0, weight: 1, ...event }) as Happening),
      ['near', 'redis'],
    )
    expect(journeys.map(({ story }) => plain(story))).toEqual([
      '“k” was answered with a stale copy of redis: the source is slow.',
      '“old” expired in near.',
      '“h” was found in redis.',
      '“m” was in no level.',
    ])
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

  it('shows what another process invalidated, from the level that heard of it up through those above', () => {
    const up = ['sweeps at 2', 'sweeps at 1, raised in 1, X gone from 1', 'sweeps at 0, raised in 0, X gone from 0']
    const way = (name: string) => up.map((moment) => moment.replace('X gone', `${name} invalidated by another process`))
    const heard = (...scopes: ScopeText[]): What => ({ type: 'heard', level: 2, scopes, more: 0 })
    expect(
      told(
        heard({ kind: 'key', key: 'user:4' }, { kind: 'tag', tag: 't' }),
        heard({ kind: 'prefix', prefix: 'user:' }, { kind: 'all' }),
      ),
    ).toEqual(['user:4', '#t', 'user:…', 'everything'].map(way))
    // Nothing lies above the first level.
    expect(told({ type: 'heard', level: 0, scopes: [{ kind: 'all' }], more: 0 })).toEqual([['sweeps at 0']])
    const scopes: ScopeText[] = [
      { kind: 'key', key: 'user:4' },
      { kind: 'tag', tag: 't', keepsStale: true },
    ]
    const [key, tag] = journeysIn([{ at: 0, weight: 1, type: 'heard', level: 2, scopes, more: 0 }], ['near', 'far'])
    expect([key!.story, tag!.story].map(plain)).toEqual([
      'The key “user:4” was set or invalidated by another process, as L3 tells: it left near and far.',
      'All that is tagged “t” was expired by another process, as L3 tells: what near and far held is stale.',
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

describe('what is worth knowing', () => {
  const at = (n: number, event: What) => ({ at: n, weight: 1, ...event }) as Happening
  const activity = (...events: Happening[]) => ({ at: 0, sampling: 1, left: 0, events })

  it('is a line for each kind of trouble, the latest first, with how often it was told', () => {
    const stale = (key: string): What => ({ type: 'stale', key, level: 0, reason: 'spared' })
    const shed: What = { type: 'shed', keys: ['a', 'b'], more: 3, reason: 'full', waited: 0 }
    const first = noted([], activity(at(1, stale('a')), at(2, shed), at(3, { type: 'miss', key: 'm' })), ['near'])
    const notes = noted(first, activity(at(4, stale('b')), at(5, { type: 'breaker', level: 0, state: 'open' })), [
      'near',
    ])
    expect(notes.map(({ text, times, at }) => [at, times, plain(text)])).toEqual([
      [5, 1, 'near is not asked for a while.'],
      [4, 2, '“b” was answered with a stale copy of near: the source is spared.'],
      [2, 1, 'The fetch of “a” and 4 more was not let through: the line was full.'],
    ])
  })

  it('is bounded', () => {
    const events = Array.from({ length: 100 }, (_, n) =>
      at(n, { type: 'levelFailed', level: n % 50, operation: 'read', error: 'x' }),
    )
    const notes = noted(
      [],
      activity(...events),
      Array.from({ length: 50 }, (_, n) => `L${n}`),
    )
    expect(notes).toHaveLength(8)
    expect(plain(notes[0]!.text)).toBe('L49 failed (read): x')
  })
})
