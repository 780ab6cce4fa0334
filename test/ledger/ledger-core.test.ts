import { describe, expect, it } from 'vitest'
import { birthplace } from '../../src/entry/birthplace.ts'
import { BODY_AT, BORN_AT, openFrame } from '../../src/entry/frame.ts'
import { EVERYTHING, keyScope, type Scope } from '../../src/entry/scope.ts'
import { ME, Shard, YOU } from './shard.ts'
import { FOREVER, framed, NO_LINK, SMALL } from './steps.ts'

const tag = (name: string): Scope => ({ kind: 'tag', tag: name })
const prefix = (name: string): Scope => ({ kind: 'prefix', prefix: name })
const draft = { key: 'key', value: 'value', ttl: FOREVER, tags: [], version: undefined }

describe('every step', () => {
  it('has no effect after its end', () => {
    const shard = new Shard()
    const { time } = shard
    const terms = { ...shard.terms(), notAfter: time - 1 }
    const sent = framed(draft, FOREVER, '')
    const before = shard.now
    for (const late of [
      () => shard.core.fill(time, [framed(draft, 0, NO_LINK)], terms),
      () => shard.core.replace(time, [sent], terms),
      () => shard.core.raise(time, [EVERYTHING], terms),
      () => shard.core.increment(time, sent, 1, undefined, terms),
      () => shard.core.expire(time, 'key', 1, terms),
    ]) {
      expect(late).toThrow(expect.objectContaining({ code: 'ERR_LEVEL_TIMEOUT' }))
    }
    expect(shard.now).toEqual(before)
    expect(shard.value()).toBe(undefined)
    expect(shard.told).toEqual([])
  })

  it('begins a new reign where the state is lost, in which nothing old stands', () => {
    const shard = new Shard()
    shard.set()
    const before = shard.now
    shard.tables.forgetState()
    expect(shard.now).toMatchObject({ era: 0, link: NO_LINK })
    expect(shard.now.reign).not.toBe(before.reign)
    shard.raise(keyScope('other'))
    expect(shard.core.lease(shard.time, ['key'], ME).leases).toEqual(['granted'])
    expect(shard.fill(before)).toBe('superseded')
    expect(shard.fill(shard.now, { value: 'new' })).toBe('kept')
  })

  it('begins a new reign where a birth or a point of this reign is above its era', () => {
    for (const ask of [
      (shard: Shard, ahead: { reign: string; era: number; link: string }) => shard.core.sync(shard.time, ahead),
      (shard: Shard, ahead: { reign: string; era: number; link: string }) => shard.fill(ahead),
      (shard: Shard, ahead: { reign: string; era: number; link: string }) => shard.set({}, ahead),
    ]) {
      const shard = new Shard()
      shard.raise(keyScope('other'))
      const { reign, era, link } = shard.now
      ask(shard, { reign, era: era + 1, link })
      expect(shard.now.reign).not.toBe(reign)
    }
  })
})

describe('fill', () => {
  it('keeps what was looked for at the present era, and says when and where', () => {
    const shard = new Shard()
    const { reign, link, era } = shard.raise(keyScope('other'))
    expect(shard.fill(shard.now, { ttl: 500 })).toBe('kept')
    const place = birthplace(reign, link)
    expect(openFrame(shard.tables.frame('key')!)).toMatchObject({
      reign: place,
      born: era,
      stamped: 1000,
      deadAt: 1500,
    })
    expect(shard.era).toBe(era)
    expect(shard.told).toHaveLength(1)
  })

  for (const scope of [keyScope('key'), prefix('k'), tag('t'), EVERYTHING]) {
    it(`is superseded by a later invalidation of its ${scope.kind}, and not of another`, () => {
      const shard = new Shard()
      const before = shard.now
      shard.raise(keyScope('other'), prefix('x'), tag('other'))
      expect(shard.fill(before, { tags: ['t'] })).toBe('kept')
      const between = shard.now
      shard.raise(scope)
      expect(shard.fill(between, { tags: ['t'] })).toBe('superseded')
      expect(shard.fill(shard.now, { tags: ['t'], value: 'new' })).toBe('kept')
    })
  }

  it('is superseded in a history that has another link at its era', () => {
    const shard = new Shard()
    shard.raise(keyScope('other'))
    const { reign, era } = shard.now
    expect(shard.fill({ reign, era, link: 'f'.repeat(12) })).toBe('superseded')
    shard.raise(keyScope('other'))
    expect(shard.fill({ reign, era, link: 'f'.repeat(12) })).toBe('superseded')
    expect(shard.fill({ reign, era: 0, link: 'f'.repeat(12) })).toBe('superseded')
    expect(shard.fill({ reign, era: 0, link: NO_LINK })).toBe('kept')
  })

  it('is superseded where the log does not reach back to its era', () => {
    const shard = new Shard({ keys: 100, prefixes: 100, tags: 100, steps: 3, names: 1024 })
    const points = Array.from({ length: 4 }, () => shard.raise(keyScope('other')))
    expect(points.map((point) => shard.fill(point, { key: `of ${point.era}` }))).toEqual([
      'superseded',
      'kept',
      'kept',
      'kept',
    ])
  })

  it('is superseded by a frame born later, but not by one that has ended or is covered', () => {
    const shard = new Shard()
    const early = shard.now
    const later = shard.raise(keyScope('other'))
    expect(shard.fill(later, { value: 'later', ttl: 10, tags: ['t'] })).toBe('kept')
    expect(shard.fill(early)).toBe('superseded')
    shard.time += 10
    expect(shard.fill(early)).toBe('kept')
    expect(shard.fill(later, { value: 'later', tags: ['t'] })).toBe('kept')
    shard.raise(tag('t'))
    expect(shard.fill(early)).toBe('kept')
  })

  it('is superseded by a newer version, but not by one that has ended or is covered', () => {
    const shard = new Shard()
    shard.fill(shard.now, { version: 2, ttl: 10 })
    expect(shard.fill(shard.now, { version: 1 })).toBe('superseded')
    expect(shard.fill(shard.now, { version: 2, ttl: 10 })).toBe('kept')
    shard.time += 10
    expect(shard.fill(shard.now, { version: 1, tags: ['t'] })).toBe('kept')
    shard.raise(tag('t'))
    expect(shard.fill(shard.now, { version: 0 })).toBe('kept')
    expect(shard.fill(shard.now)).toBe('kept')
  })

  it('refuses what has no time to live, unless it is superseded', () => {
    const shard = new Shard()
    const before = shard.now
    expect(shard.fill(before, { ttl: 0 })).toBe('refused')
    shard.raise(keyScope('key'))
    expect(shard.fill(before, { ttl: 0 })).toBe('superseded')
    expect(shard.value()).toBe(undefined)
  })
})

describe('replace', () => {
  it('makes one era for all that win, which is their birth, one step of the log and one notice', () => {
    const shard = new Shard()
    const start = shard.now
    const frames = ['a', 'b'].map((key) => framed({ ...draft, key }, FOREVER, ''))
    const kept = shard.core.replace(shard.time, frames, shard.terms())
    expect(kept).toMatchObject({ era: start.era + 1, prev: start.link, keepings: ['kept', 'kept'] })
    expect(openFrame(shard.tables.frame('b')!)?.born).toBe(kept.era)
    expect(shard.told).toEqual([[keyScope('a'), keyScope('b')]])
    expect(shard.core.sync(shard.time, start)).toMatchObject({ kind: 'since', steps: [{ era: 1, origin: ME }] })
    expect(shard.fill(start, { key: 'a' })).toBe('superseded')
  })

  it('leaves a newer version, and then makes no era', () => {
    const shard = new Shard()
    shard.set({ value: 'two', version: 2 })
    const { era } = shard
    expect(shard.set({ value: 'one', version: 1 })).toBe('superseded')
    expect([shard.value(), shard.era]).toEqual(['two', era])
    shard.raise(EVERYTHING)
    expect(shard.set({ value: 'one', version: 1 })).toBe('kept')
  })

  it('overtaken, removes what lies there and keeps neither', () => {
    const shard = new Shard()
    const before = shard.now
    shard.set({ value: 'theirs' })
    const between = shard.now
    expect(shard.set({ value: 'mine' }, before)).toBe('superseded')
    expect(shard.value()).toBe(undefined)
    expect(shard.era).toBe(between.era + 1)
    expect(shard.fill(between)).toBe('superseded')
    expect(shard.set({ value: 'mine' }, shard.now)).toBe('kept')
  })

  it('is overtaken by a floor that covers it, by another reign and by another history, not by a fill', () => {
    for (const scope of [prefix('k'), tag('t'), EVERYTHING]) {
      const shard = new Shard()
      const before = shard.now
      shard.raise(scope)
      expect(shard.set({ tags: ['t'] }, before)).toBe('superseded')
    }
    const shard = new Shard()
    const early = shard.now
    shard.raise(keyScope('other'))
    shard.fill(shard.now, { value: 'filled' })
    expect(shard.set({ value: 'mine' }, early)).toBe('kept')
    expect(shard.set({}, { ...shard.now, link: 'f'.repeat(12) })).toBe('superseded')
    expect(shard.set({}, { ...shard.now, reign: 'f'.repeat(16) })).toBe('superseded')
  })

  it('with no time to live removes what lies there', () => {
    const shard = new Shard()
    shard.set()
    expect(shard.set({ ttl: 0 })).toBe('refused')
    expect([shard.value(), shard.era]).toEqual([undefined, 2])
  })
})

describe('sync', () => {
  it('tells the steps since a point, and all of them since the beginning of the reign', () => {
    const shard = new Shard()
    const start = shard.now
    const first = shard.raise(keyScope('a'))
    const second = shard.raise(tag('t'))
    expect(shard.core.sync(shard.time, first)).toMatchObject({
      kind: 'since',
      steps: [{ link: second.link, prev: first.link }],
    })
    expect(shard.core.sync(shard.time, start)).toMatchObject({ steps: [{ era: 1 }, { era: 2, scopes: [tag('t')] }] })
    expect(shard.core.sync(shard.time, second)).toMatchObject({ kind: 'since', steps: [] })
  })

  it('tells everything where the log is cut, the link another or the reign another', () => {
    const shard = new Shard({ ...SMALL, prefixes: 10, tags: 10 })
    const start = shard.now
    const [first] = [shard.raise(tag('t')), shard.raise(prefix('p'))]
    expect(shard.core.sync(shard.time, { ...first, link: 'f'.repeat(12) })).toMatchObject({
      kind: 'whole',
      floors: { all: 0, horizon: 0, prefixes: [['p', 2]], tags: [['t', 1]] },
    })
    expect(shard.core.sync(shard.time, { ...first, reign: 'f'.repeat(16) }).kind).toBe('whole')
    for (let n = 0; n < SMALL.steps - 2; n++) shard.raise(keyScope('k'))
    expect(shard.core.sync(shard.time, start).kind).toBe('since')
    shard.raise(keyScope('k'))
    expect(shard.core.sync(shard.time, start).kind).toBe('whole')
    expect(shard.core.sync(shard.time, first).kind).toBe('since')
  })
})

describe('what a shard forgets', () => {
  it('of keys becomes a horizon that no fill gets below, and serves on what lies there', () => {
    const shard = new Shard({ ...SMALL, steps: 100 })
    const start = shard.now
    expect(shard.fill(start, { key: 'lies' })).toBe('kept')
    const points = Array.from({ length: SMALL.keys + 1 }, (_, n) => shard.raise(keyScope(`k${n}`)))
    expect(shard.fill(start)).toBe('superseded')
    expect(shard.fill(points[0]!)).toBe('kept')
    expect(shard.core.lease(shard.time, ['lies'], ME).leases).toEqual(['filled'])
  })

  it('of tags and prefixes becomes a floor of everything', () => {
    for (const [scope, bound] of [
      [tag, SMALL.tags],
      [prefix, SMALL.prefixes],
    ] as const) {
      const shard = new Shard({ ...SMALL, steps: 100 })
      shard.fill(shard.now)
      for (let n = 0; n < bound; n++) shard.raise(scope(`x${n}`))
      expect(shard.core.lease(shard.time, ['key'], ME).leases).toEqual(['filled'])
      shard.raise(scope('one too many'))
      expect(shard.core.lease(shard.time, ['key'], ME).leases).toEqual(['granted'])
      expect(shard.now).toMatchObject({ floors: { horizon: 1 } })
    }
  })

  it('is all of equal era at once; and prefixes and tags, when everything is raised', () => {
    const shard = new Shard(SMALL)
    shard.raise(tag('t0'), tag('t1'), tag('t2'), tag('t3'))
    expect(shard.now).toMatchObject({ floors: { horizon: 1, tags: [] } })
    shard.raise(tag('t4'), prefix('p'), EVERYTHING)
    expect(shard.now).toMatchObject({ floors: { all: 2, horizon: 1, tags: [], prefixes: [] } })
  })
})

describe('leases', () => {
  it('are granted to one, renewed by that one, and told to others with the time that is left', () => {
    const shard = new Shard()
    const lease = (holder: string) => shard.core.lease(shard.time, ['key'], holder).leases[0]
    expect(lease(ME)).toBe('granted')
    shard.time += 60
    expect([lease(YOU), lease(ME), lease(YOU)]).toEqual([40, 'granted', 100])
    shard.time += 100
    expect(lease(YOU)).toBe('granted')
  })

  it('end when the key is kept, set or counted, and who was refused is told', () => {
    const ends = [
      (shard: Shard) => shard.fill(shard.now),
      (shard: Shard) => shard.set(),
      (shard: Shard) => shard.core.increment(shard.time, framed(draft, FOREVER, ''), 1, undefined, shard.terms()),
      (shard: Shard) => shard.core.release(shard.time, ['key'], ME),
      (shard: Shard) => shard.core.release(shard.time, ['key'], undefined),
    ]
    for (const end of ends) {
      const shard = new Shard()
      shard.core.lease(shard.time, ['key'], ME)
      shard.core.lease(shard.time, ['key'], YOU)
      end(shard)
      expect(shard.told.at(-1)).toEqual(['key'])
      shard.raise(keyScope('key'))
      expect(shard.core.lease(shard.time, ['key'], YOU).leases).toEqual(['granted'])
    }
  })

  it('that are renewed are still awaited; that have ended by themselves are not', () => {
    const shard = new Shard()
    const lease = (holder: string) => shard.core.lease(shard.time, ['key'], holder)
    lease(ME)
    lease(YOU)
    lease(ME)
    shard.core.release(shard.time, ['key'], ME)
    expect(shard.told).toEqual([['key']])
    lease(ME)
    lease(YOU)
    shard.time += 100
    lease(YOU)
    shard.core.release(shard.time, ['key'], YOU)
    expect(shard.told).toHaveLength(1)
  })

  it('are granted where what lies there is of an era to come, or damaged', () => {
    for (const at of [BORN_AT, BODY_AT]) {
      const shard = new Shard()
      shard.set()
      const bytes = Buffer.from(shard.tables.frame('key')!)
      if (at === BORN_AT) bytes.writeDoubleLE(shard.era + 1, at)
      else bytes[at]! ^= 1
      shard.tables.put('key', bytes, FOREVER)
      expect(shard.core.lease(shard.time, ['key'], ME).leases).toEqual(['granted'])
    }
  })

  it('end silently where nobody waited, not by who does not hold them, nor by what is not kept', () => {
    const shard = new Shard()
    const before = shard.now
    shard.raise(keyScope('key'))
    shard.core.lease(shard.time, ['key'], ME)
    shard.core.release(shard.time, ['key'], YOU)
    expect(shard.fill(before)).toBe('superseded')
    expect(shard.core.lease(shard.time, ['key'], YOU).leases).toEqual([100])
    shard.time += 100
    shard.core.release(shard.time, ['key'], ME)
    shard.core.lease(shard.time, ['key'], ME)
    shard.core.release(shard.time, ['key'], ME)
    expect(shard.told).toHaveLength(1)
  })
})

describe('increment', () => {
  const count = (shard: Shard, by: number, ttl?: number, fresh = 500) =>
    shard.core.increment(shard.time, framed({ ...draft, value: by, ttl: fresh }, FOREVER, ''), by, ttl, shard.terms())

  it('begins with the frame given, where nothing stands or an absence', () => {
    for (const before of [() => undefined, (shard: Shard) => shard.set({ value: undefined })]) {
      const shard = new Shard()
      before(shard)
      const { era } = shard
      expect(openFrame(count(shard, 3).frame!)).toMatchObject({ born: era + 1, deadAt: 1500 })
      expect(shard.value()).toBe(3)
    }
  })

  it('adds, and keeps tags, version and end unless a ttl is given', () => {
    const shard = new Shard()
    shard.set({ value: 1, ttl: 700, tags: ['t'], version: 9 })
    shard.time += 10
    const before = shard.now
    expect(openFrame(count(shard, 2).frame!)).toMatchObject({ tags: ['t'], version: 9, stamped: 1010, deadAt: 1700 })
    expect(shard.value()).toBe(3)
    expect(openFrame(count(shard, 2, 30).frame!)?.deadAt).toBe(1040)
    expect(shard.fill(before)).toBe('superseded')
    expect(shard.told).toHaveLength(3)
  })

  it('changes nothing where another value stands, or the sum is not finite', () => {
    for (const value of ['text', 1e308]) {
      const shard = new Shard()
      shard.set({ value })
      const before = shard.now
      expect(count(shard, 1e308)).toMatchObject({ frame: undefined, era: before.era, link: before.link })
      expect(shard.value()).toBe(value)
    }
  })
})

describe('expire', () => {
  it('gives a value another end, not another birth, and raises the floor of its key', () => {
    const shard = new Shard()
    shard.set({ tags: ['t'] })
    shard.time += 10
    const before = shard.now
    expect(shard.core.expire(shard.time, 'key', 30, shard.terms())).toMatchObject({ found: true, era: before.era + 1 })
    expect(openFrame(shard.tables.frame('key')!)).toMatchObject({
      tags: ['t'],
      born: before.era,
      stamped: 1000,
      deadAt: 1040,
    })
    expect(shard.fill(before, { value: 'late' })).toBe('superseded')
    expect(shard.core.expire(shard.time, 'key', 0, shard.terms()).found).toBe(true)
    expect(shard.value()).toBe(undefined)
  })

  it('changes nothing where no value stands', () => {
    const shard = new Shard()
    shard.set({ value: undefined })
    const { era } = shard
    expect(shard.core.expire(shard.time, 'key', 30, shard.terms()).found).toBe(false)
    expect(shard.core.expire(shard.time, 'none', 30, shard.terms()).found).toBe(false)
    expect(shard.era).toBe(era)
  })
})

describe('what tells of its upkeep', () => {
  /** Due after 60 ms, fresh for 100, and stale for another 50. */
  const upkept = { ttl: 150, upkeep: { fresh: 100, due: 60, etag: '"v"' } }

  it('fills a key only while it is fresh, and stands until it is dead', () => {
    const shard = new Shard()
    shard.set({ ...upkept, version: 2 })
    shard.time += 99
    expect(shard.core.lease(shard.time, ['key'], ME).leases).toEqual(['filled'])
    shard.time += 1
    expect(shard.core.lease(shard.time, ['key'], ME).leases).toEqual(['granted'])
    expect(shard.core.lease(shard.time, ['key'], YOU).leases).toEqual([100])
    expect(shard.core.sweep(shard.time, ['key'])).toBe(0)
    expect(shard.fill(shard.now, { version: 1 })).toBe('superseded')
    shard.time += 50
    expect(shard.fill(shard.now, { version: 1 })).toBe('kept')
  })

  it('is counted on while it is fresh, and no more when it is stale', () => {
    const shard = new Shard()
    const one = framed({ ...draft, value: 1 }, FOREVER, '')
    shard.set({ ...upkept, value: 41, tags: ['t'], version: 3 })
    const before = shard.upkeep()
    shard.time += 99
    shard.core.increment(shard.time, one, 1, undefined, shard.terms())
    expect(shard.value()).toBe(42)
    expect(shard.upkeep()).toEqual(before)
    expect(openFrame(shard.tables.frame('key')!)).toMatchObject({ tags: ['t'], version: 3, deadAt: 1150 })
    shard.time += 1
    shard.core.increment(shard.time, one, 1, undefined, shard.terms())
    expect(shard.value()).toBe(1)
    expect(openFrame(shard.tables.frame('key')!)).toMatchObject({ tags: [], version: undefined, deadAt: FOREVER })
    expect(shard.upkeep()).toBe(undefined)
  })

  for (const [how, prolong] of Object.entries({
    expired: (shard: Shard, ttl: number) => shard.core.expire(shard.time, 'key', ttl, shard.terms()),
    counted: (shard: Shard, ttl: number) =>
      shard.core.increment(shard.time, framed({ ...draft, value: 1 }, FOREVER, ''), 1, ttl, shard.terms()),
  })) {
    it(`keeps its grace, and is due as early, where it is ${how} anew`, () => {
      const shard = new Shard()
      shard.set({ ...upkept, value: 1 })
      shard.time += 50
      prolong(shard, 200)
      expect(shard.upkeep()).toMatchObject({ since: 1000, due: 1210, freshUntil: 1250, etag: '"v"' })
      expect(openFrame(shard.tables.frame('key')!)?.deadAt).toBe(1300)
      prolong(shard, FOREVER)
      expect(shard.upkeep()).toMatchObject({ since: 1000, due: FOREVER, freshUntil: FOREVER })
      prolong(shard, 200)
      // Nothing is stale that was fresh for ever.
      expect(shard.upkeep()).toMatchObject({ due: 1250, freshUntil: 1250 })
      expect(openFrame(shard.tables.frame('key')!)?.deadAt).toBe(1250)
      prolong(shard, 0)
      expect(shard.value()).toBe(undefined)
    })
  }

  it('is due when it was, where that was for ever before it is stale', () => {
    const shard = new Shard()
    shard.set({ upkeep: { fresh: FOREVER, due: 60 } })
    shard.core.expire(shard.time, 'key', 500, shard.terms())
    expect(shard.upkeep()).toMatchObject({ due: 1060, freshUntil: 1500 })
    shard.core.expire(shard.time, 'key', 20, shard.terms())
    expect(shard.upkeep()).toMatchObject({ due: 1000 - 420, freshUntil: 1020 })
  })

  it('is given no other end when it is stale, and keeps none that it has not', () => {
    const shard = new Shard()
    shard.set(upkept)
    shard.time += 100
    const { era } = shard
    expect(shard.core.expire(shard.time, 'key', 500, shard.terms())).toMatchObject({ found: false, era })
    // Stale for ever, if need be.
    shard.set({ ...upkept, ttl: FOREVER })
    expect(shard.core.expire(shard.time, 'key', 500, shard.terms()).found).toBe(true)
    expect(openFrame(shard.tables.frame('key')!)?.deadAt).toBe(FOREVER)
    // Fresh for longer than it lives: to its end.
    shard.set({ ttl: 100, upkeep: { fresh: 5000, due: 4000 } })
    expect(shard.upkeep()).toMatchObject({ due: 1200, freshUntil: 1200 })
    expect(shard.core.expire(shard.time, 'key', 500, shard.terms()).found).toBe(true)
    expect(openFrame(shard.tables.frame('key')!)?.deadAt).toBe(1600)
  })
})

describe('sweep', () => {
  it('removes what does not stand, and nothing else', () => {
    const shard = new Shard()
    shard.fill(shard.now, { key: 'tagged', tags: ['t'] })
    shard.fill(shard.now, { key: 'short', ttl: 10 })
    shard.fill(shard.now, { key: 'stays' })
    shard.raise(tag('t'))
    shard.time += 10
    expect(shard.core.sweep(shard.time, ['tagged', 'short', 'stays'])).toBe(2)
    expect(['tagged', 'short', 'stays'].map((key) => shard.value(key))).toEqual([undefined, undefined, 'value'])
  })
})
