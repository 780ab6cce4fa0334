import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Floors } from '../../src/coherence/floors.ts'
import type { Entry } from '../../src/entry/entry.ts'
import { keepsStale, keyScope, type Scope, softened } from '../../src/entry/scope.ts'
import { Journal } from '../../src/remote/journal.ts'

const key = fc.constantFrom('a', 'ab', 'b', '')
const tag = fc.constantFrom('x', 'y', 'z')
const scope: fc.Arbitrary<Scope> = fc.oneof(
  key.map(keyScope),
  key.map((prefix): Scope => ({ kind: 'prefix', prefix })),
  tag.map((name): Scope => ({ kind: 'tag', tag: name })),
  fc.constant<Scope>({ kind: 'all' }),
)

function entry(of: string, tags: readonly string[], born: number): Entry {
  return { key: of, found: true, value: 1, born, deadline: Number.POSITIVE_INFINITY, tags, version: undefined }
}

const softScope: fc.Arbitrary<Scope> = fc.tuple(scope, fc.boolean()).map(([one, soft]) => (soft ? softened(one) : one))

function covers(one: Scope, { key: of, tags }: Entry): boolean {
  if (one.kind === 'key') return one.key === of
  if (one.kind === 'prefix') return of.startsWith(one.prefix)
  return one.kind === 'all' || tags.includes(one.tag)
}

const questions = fc.array(fc.tuple(key, fc.uniqueArray(tag), fc.nat(60)), { minLength: 1, maxLength: 20 })

describe('Floors', () => {
  it('with room for all: an entry is admitted exactly if it was born at or after every floor that covers it', () => {
    fc.assert(
      fc.property(fc.array(fc.array(scope, { maxLength: 3 }), { maxLength: 50 }), questions, (raises, asked) => {
        const floors = new Floors()
        const all = raises.flatMap((scopes, n) => {
          expect(floors.raise(scopes)).toBe(n + 1)
          return scopes.map((one) => ({ one, era: n + 1 }))
        })
        for (const [of, tags, born] of asked) {
          const candidate = entry(of, tags, born)
          const barred = all.some(({ one, era }) => born < era && covers(one, candidate))
          expect(floors.admits(candidate)).toBe(!barred)
          expect(floors.barrier(candidate) === undefined).toBe(!barred)
        }
      }),
    )
  })

  it('with room for all: an entry is fresh exactly if it was born at or after every floor that covers it, of either kind', () => {
    fc.assert(
      fc.property(fc.array(fc.array(softScope, { maxLength: 3 }), { maxLength: 50 }), questions, (raises, asked) => {
        const floors = new Floors()
        const all = raises.flatMap((scopes) => {
          const era = floors.raise(scopes)
          return scopes.map((one) => ({ one, era }))
        })
        for (const [of, tags, born] of asked) {
          const candidate = entry(of, tags, born)
          const against = all.filter(({ one, era }) => born < era && covers(one, candidate))
          const isBarred = against.some(({ one }) => !keepsStale(one))
          expect(floors.barrier(candidate) !== undefined).toBe(isBarred)
          expect(floors.admits(candidate)).toBe(against.length === 0)
          if (!isBarred) expect(floors.expiry(candidate) !== undefined).toBe(against.length > 0)
        }
      }),
    )
  })

  it('with room for two of a kind: what something has ended is never fresh again, nor what was born last not', () => {
    fc.assert(
      fc.property(fc.array(fc.array(softScope, { maxLength: 3 }), { maxLength: 50 }), questions, (raises, asked) => {
        const floors = new Floors({ keys: 2, prefixes: 2, tags: 2 })
        const all = raises.flatMap((scopes) => {
          const era = floors.raise(scopes)
          return scopes.map((one) => ({ one, era }))
        })
        for (const [of, tags, born] of asked) {
          const candidate = entry(of, tags, born)
          const isFresh = floors.barrier(candidate) === undefined && floors.expiry(candidate) === undefined
          if (all.some(({ one, era }) => born < era && covers(one, candidate))) {
            // A floor of a key says nothing of what lies there; forgotten, it still keeps out what comes.
            expect(floors.admits(candidate)).toBe(false)
            if (all.some(({ one, era }) => born < era && one.kind !== 'key' && covers(one, candidate)))
              expect(isFresh).toBe(false)
          }
          expect(floors.admits(entry(of, tags, floors.era))).toBe(true)
        }
      }),
    )
  })

  it('with room for two of a kind: never admits what a floor bars, and admits what was born last', () => {
    fc.assert(
      fc.property(fc.array(fc.array(scope, { maxLength: 3 }), { maxLength: 50 }), questions, (raises, asked) => {
        const floors = new Floors({ keys: 2, prefixes: 2, tags: 2 })
        const all = raises.flatMap((scopes) => {
          const era = floors.raise(scopes)
          return scopes.map((one) => ({ one, era }))
        })
        for (const [of, tags, born] of asked) {
          const candidate = entry(of, tags, born)
          if (all.some(({ one, era }) => born < era && covers(one, candidate)))
            expect(floors.admits(candidate)).toBe(false)
          expect(floors.admits(entry(of, tags, floors.era))).toBe(true)
        }
      }),
    )
  })
})

describe('Journal', () => {
  const a = keyScope('a')

  it('is behind on what keeps stale copies as well, until it has landed or what leaves nothing has', () => {
    const hard: Scope[] = [{ kind: 'tag', tag: 't' }, { kind: 'prefix', prefix: 'a' }, { kind: 'all' }]
    const tagged = entry('a', ['t'], 0)
    for (const scope of hard) {
      for (const landing of [scope, softened(scope)]) {
        const journal = new Journal(10)
        journal.add([softened(scope)])
        expect(journal.coversEntry(tagged)).toBe(true)
        expect(journal.ready(10)).toEqual([softened(scope)])
        expect(journal.landed([landing], journal.now())).toHaveLength(1)
        expect(journal.coversEntry(tagged)).toBe(false)
      }
    }
  })

  it('sends what leaves nothing, where both were missed, and believes no landing of the other for it', () => {
    const hard: Scope = { kind: 'tag', tag: 't' }
    for (const missed of [
      [hard, softened(hard)],
      [softened(hard), hard],
    ]) {
      const journal = new Journal(10)
      for (const scope of missed) journal.add([scope])
      expect(journal.ready(10)).toEqual([hard])
      expect(journal.landed([softened(hard)], journal.now())).toHaveLength(0)
      expect(journal.landed([{ kind: 'all', keepsStale: true }], journal.now())).toHaveLength(0)
      expect(journal.coversEntry(entry('a', ['t'], 0))).toBe(true)
      expect(journal.landed([hard], journal.now())).toHaveLength(1)
      expect(journal.size).toBe(0)
    }
  })

  it('believes a success only if it was sent after the failure', () => {
    const journal = new Journal(10)
    const before = journal.now()
    journal.add([a])
    expect(journal.landed([a], before)).toHaveLength(0)
    expect(journal.covers('a')).toBe(true)
    expect(journal.landed([a], journal.now())).toHaveLength(1)
    expect([journal.covers('a'), journal.size]).toEqual([false, 0])
  })

  it('believes nothing while a late call may still take effect, nor what was sent before it was over', () => {
    const journal = new Journal(10)
    journal.add([a])
    journal.hold([a])
    const meanwhile = journal.now()
    expect(journal.ready(5)).toEqual([])
    expect(journal.landed([a], meanwhile)).toHaveLength(0)
    journal.release([a])
    expect(journal.landed([a], meanwhile)).toHaveLength(0)
    expect(journal.ready(5)).toEqual([a])
    expect(journal.landed([a], journal.now())).toHaveLength(1)
  })

  it('lets everything settle what is not held', () => {
    const journal = new Journal(10)
    journal.add([a, keyScope('b'), { kind: 'tag', tag: 't' }, { kind: 'prefix', prefix: 'p' }])
    journal.hold([a])
    expect(journal.covers('px')).toBe(true)
    expect(journal.coversEntry(entry('q', ['t'], 0))).toBe(true)
    expect(journal.landed([{ kind: 'all' }], journal.now())).toHaveLength(3)
    expect(['a', 'b', 'px'].map((of) => journal.covers(of))).toEqual([true, false, false])
  })

  it('holds everything once as much as it can remember is held', () => {
    const journal = new Journal(2)
    journal.hold([a])
    expect(journal.isHeld(keyScope('z'))).toBe(false)
    journal.hold([keyScope('b')])
    expect(journal.isHeld(keyScope('z'))).toBe(true)
    journal.release([a])
    expect([journal.isHeld(keyScope('z')), journal.isHeld(keyScope('b'))]).toEqual([false, true])
  })

  it('covers everything once it has lost count, until everything is settled with nothing late', () => {
    const journal = new Journal(3)
    journal.hold([a])
    journal.add(['a', 'b', 'c', 'd'].map(keyScope))
    expect([journal.size, journal.covers('any'), journal.ready(5)]).toEqual([1, true, []])
    expect(journal.landed([{ kind: 'all' }], journal.now())).toHaveLength(0)
    journal.release([a])
    expect(journal.landed([{ kind: 'all' }], journal.now())).toHaveLength(1)
    expect(journal.covers('any')).toBe(false)
  })
})
