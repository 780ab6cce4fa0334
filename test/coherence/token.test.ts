import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LONGEST_TOKEN, readToken, type Waymark, writeToken } from '../../src/coherence/token.ts'
import type { Mark, Position } from '../../src/entry/position.ts'

const digits = (n: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${n}}$`))
const mark: fc.Arbitrary<Mark> = fc.record({
  reign: digits(8),
  era: fc.oneof(fc.nat(300), fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })),
  link: digits(6),
})
const position: fc.Arbitrary<Position> = fc
  .tuple(fc.array(fc.option(mark, { nil: undefined }), { maxLength: 12 }), fc.nat(3), fc.boolean())
  .map(([marks, more, isOpen]) => ({
    shards: marks.length + more,
    marks: new Map(marks.flatMap((each, shard) => (each === undefined ? [] : [[shard, each] as const]))),
    isOpen,
  }))
const waymark: fc.Arbitrary<Waymark> = fc.record({
  writer: digits(8),
  count: fc.maxSafeNat(),
  positions: fc.array(position, { maxLength: 3 }),
  isBlind: fc.boolean(),
  isWide: fc.boolean(),
})

function full(shards: number, era: number): Position {
  const one = { reign: 'fedcba98', era, link: 'abcdef' }
  return { shards, marks: new Map(Array.from({ length: shards }, (_, shard) => [shard, one])), isOpen: false }
}

function tokenOf(...positions: Position[]): string {
  return writeToken({ writer: '01234567', count: 1, positions, isBlind: false, isWide: false })
}

describe('a token', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(waymark, (written) => {
        expect(readToken(writeToken(written))).toEqual(written)
      }),
    )
  })

  it('keeps its form', () => {
    const one: Mark = { reign: '00112233', era: 300, link: 'aabbcc' }
    const text = writeToken({
      writer: 'deadbeef',
      count: 5,
      positions: [{ shards: 16, marks: new Map([[7, one]]), isOpen: false }],
      isBlind: true,
      isWide: true,
    })
    expect(Buffer.from(text, 'base64url').toString('hex')).toBe('0103deadbeef05010010010700112233ac02aabbcc')
  })

  it('names 64 shards, and two levels of them, in 2,048 characters', () => {
    const busy = full(64, 2 ** 21 - 1)
    const text = tokenOf(busy, busy)
    expect(text.length).toBeLessThanOrEqual(LONGEST_TOKEN)
    expect(readToken(text)?.positions).toEqual([busy, busy])
  })

  it('leaves what does not fit to be asked for', () => {
    const huge = full(1024, 2 ** 40)
    const small = full(2, 7)
    const text = tokenOf(huge, small)
    expect(text.length).toBeLessThanOrEqual(LONGEST_TOKEN)
    expect(readToken(text)?.positions).toEqual([{ shards: 1024, marks: new Map(), isOpen: true }, small])
  })

  it('of any positions is never too long', () => {
    const shards = fc.integer({ min: 1, max: 1024 })
    const many = fc.array(fc.tuple(shards, fc.maxSafeNat()), { maxLength: 10 })
    fc.assert(
      fc.property(many, (levels) => {
        const text = tokenOf(...levels.map(([count, era]) => full(count, era)))
        expect(text.length).toBeLessThanOrEqual(LONGEST_TOKEN)
        expect(readToken(text)?.positions.length).toBe(levels.length)
      }),
      { numRuns: 50 },
    )
  })

  it('of anybody else is none: any text is read without an error', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => {
        const read = readToken(text)
        // What can be read is bounded by what can be written.
        if (read !== undefined) expect(readToken(writeToken(read))).toEqual(read)
      }),
      { numRuns: 2000 },
    )
    for (const text of ['', 'A', 'AQ', '🙂', 'x'.repeat(LONGEST_TOKEN + 1), 'A'.repeat(LONGEST_TOKEN)])
      expect(readToken(text)).toBeUndefined()
  })

  it('that was cut or changed says something else, or nothing', () => {
    const text = tokenOf(full(4, 9))
    for (let n = 0; n < text.length; n++) expect(readToken(text.slice(0, n))).toBeUndefined()
    expect(readToken(`${text}AAAA`)).toBeUndefined()
  })
})
