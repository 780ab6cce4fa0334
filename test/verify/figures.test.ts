import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KeyMarks } from '../../src/entry/key-marks.ts'
import { keyScope } from '../../src/entry/scope.ts'
import { Agreements } from '../../src/verify/agreements.ts'
import { Figures, percent, time } from '../../src/verify/figures.ts'

describe('figures', () => {
  it('never say more than they know', () => {
    const text = [1, 0.99999999, 0.9999, 0.99996, 0.999, 0.995, 0.99, 0.95, 0.5, 0].map(percent)
    expect(text).toEqual([
      '100 %',
      '99.999999 %',
      '99.99 %',
      '99.996 %',
      '99.9 %',
      '99.5 %',
      '99 %',
      '95 %',
      '50 %',
      '0 %',
    ])
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (share) => {
        expect(Number.parseFloat(percent(share)) / 100).toBeLessThanOrEqual(share + 1e-9)
      }),
    )
    expect([1000, 1500, 60_000, 3_600_000].map(time)).toEqual(['1 s', '1.5 s', '1 min', '1 h'])
  })

  it('bound the share of all reads by how many were checked', () => {
    const figures = new Figures([1000])
    expect(figures.within()).toEqual([{ within: 1000, agreed: 0, late: 0, ratio: undefined, atLeast: undefined }])
    figures.agreedAtOnce = 1000
    // The rule of three with 95 %: none of n leaves about 2.7/n (one-sided).
    expect(figures.within()[0]!.atLeast).toBeCloseTo(1 - 2.7 / 1000, 4)
    figures.count(0, 'late', 10)
    expect(figures.within()[0]).toMatchObject({ agreed: 1000, late: 10, ratio: 1000 / 1010 })
    expect(figures.within()[0]!.atLeast).toBeLessThan(1000 / 1010)
    expect(figures.within()[0]!.atLeast).toBeGreaterThan(0.98)
  })
})

describe('marks', () => {
  it('know every key that was marked, and few others', () => {
    const marks = new KeyMarks(2 ** 16)
    expect(marks.has('k1')).toBe(false)
    for (let n = 0; n < 1000; n++) marks.add(`k${n}`)
    for (let n = 0; n < 1000; n++) expect(marks.has(`k${n}`)).toBe(true)
    let taken = 0
    for (let n = 0; n < 10_000; n++) if (marks.has(`other${n}`)) taken++
    expect(taken).toBeGreaterThan(50)
    expect(taken).toBeLessThan(300)
  })
})

describe('agreements', () => {
  const entry = (key: string, tags: readonly string[]) => {
    return { key, found: true, value: 1, born: 0, deadline: 10, tags, version: undefined }
  }

  it('are marked by what covers them, and forgotten oldest first', () => {
    const agreements = new Agreements()
    agreements.note('a', entry('a', ['t', 'u']), 1)
    agreements.note('ab', entry('ab', ['t']), 1)
    agreements.note('c', entry('c', []), 1)
    const marked = () =>
      ['a', 'ab', 'c'].filter((key) => agreements.of(key, entry(key, []))?.isInvalidated === true).join()
    agreements.invalidated([{ kind: 'tag', tag: 'u' }])
    expect(marked()).toBe('a')
    agreements.drop('a')
    agreements.note('a', entry('a', []), 2)
    agreements.invalidated([{ kind: 'tag', tag: 't' }, keyScope('x')])
    expect(marked()).toBe('ab')
    agreements.invalidated([{ kind: 'prefix', prefix: 'a' }])
    expect(marked()).toBe('a,ab')
    agreements.invalidated([{ kind: 'all' }])
    expect(marked()).toBe('a,ab,c')
    expect(agreements.of('c', { ...entry('c', []), deadline: 11 })).toBeUndefined()
    for (let n = 0; n < 5000; n++) agreements.note(`n${n}`, entry(`n${n}`, ['t']), 1)
    expect(agreements.of('c', entry('c', []))).toBeUndefined()
    expect(agreements.of('n0', entry('n0', []))).toBeDefined()
  })
})
