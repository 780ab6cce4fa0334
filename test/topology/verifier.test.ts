import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bodyOf } from '../../topology/database/database.ts'
import { type Acknowledged, Verifier } from '../../topology/load/verifier.ts'

const BOUND = 5000

interface Read {
  readonly version: number
  readonly by: string
  readonly began: number
}

function judged(verifier: Verifier, { version, by, began }: Read): string {
  return verifier.judge({ id: 1, version, body: bodyOf(1, version), by, began }).kind
}

function verifierOf(...changes: readonly Omit<Acknowledged, 'id'>[]): Verifier {
  const verifier = new Verifier(BOUND)
  for (const change of changes) {
    verifier.writing([1])
    verifier.acknowledged({ id: 1, ...change })
  }
  return verifier
}

const told: Omit<Acknowledged, 'id'> = { version: 2, by: 'app-1/x', at: 1000, ok: true }

describe('the verifier', () => {
  it('flags the process that acknowledged a change, at once', () => {
    const verifier = verifierOf(told)
    expect(judged(verifier, { version: 1, by: 'app-1/x', began: 999 })).toBe('fresh')
    expect(judged(verifier, { version: 1, by: 'app-1/x', began: 1000 })).toBe('stale')
    expect(judged(verifier, { version: 2, by: 'app-1/x', began: 1000 })).toBe('fresh')
  })

  it('flags every other one after maxStaleness, and calls it behind before', () => {
    const verifier = verifierOf(told)
    expect(verifier.judge({ id: 1, version: 1, body: bodyOf(1, 1), by: 'app-2/y', began: 1300 })).toEqual({
      kind: 'behind',
      by: 300,
    })
    expect(judged(verifier, { version: 1, by: 'app-2/y', began: 5999 })).toBe('behind')
    expect(judged(verifier, { version: 1, by: 'app-2/y', began: 6000 })).toBe('stale')
    // A process that was started again is another one.
    expect(judged(verifier, { version: 1, by: 'app-1/z', began: 1300 })).toBe('behind')
  })

  it('counts from when a pending change has landed, but not for its writer', () => {
    const verifier = verifierOf({ ...told, ok: false })
    expect(judged(verifier, { version: 1, by: 'app-2/y', began: 90_000 })).toBe('pending')
    expect(judged(verifier, { version: 1, by: 'app-1/x', began: 1001 })).toBe('stale')
    verifier.owesNothing('app-1/x', 900, 950)
    expect(judged(verifier, { version: 1, by: 'app-2/y', began: 90_000 })).toBe('pending')
    verifier.owesNothing('app-1/x', 2000, 2010)
    expect(judged(verifier, { version: 1, by: 'app-2/y', began: 7009 })).toBe('behind')
    expect(judged(verifier, { version: 1, by: 'app-2/y', began: 7010 })).toBe('stale')
  })

  it('gives what a fail-over may have lost until maxStaleness after its end, and nothing else', () => {
    const verifier = verifierOf(told, { ...told, version: 3, at: 3000 })
    const loss = verifier.mayLose(900)
    loss.until = 1500
    expect(judged(verifier, { version: 1, by: 'app-2/y', began: 7999 })).toBe('behind')
    expect(judged(verifier, { version: 2, by: 'app-2/y', began: 8000 })).toBe('stale')
    expect(judged(verifierOf(told), { version: 1, by: 'app-2/y', began: 7000 })).toBe('stale')
    const lost = verifierOf(told)
    const over = lost.mayLose(900)
    expect(judged(lost, { version: 1, by: 'app-2/y', began: 60_000 })).toBe('behind')
    over.over = 4000
    expect(judged(lost, { version: 1, by: 'app-2/y', began: 8999 })).toBe('behind')
    expect(judged(lost, { version: 1, by: 'app-2/y', began: 9000 })).toBe('stale')
  })

  it('flags what no version of an item was ever like', () => {
    const verifier = verifierOf(told)
    expect(judged(verifier, { version: 3, by: 'app-1/x', began: 0 })).toBe('wrong')
    expect(verifier.judge({ id: 1, version: 1, body: bodyOf(2, 1), by: 'app-1/x', began: 0 }).kind).toBe('wrong')
  })

  it('says at rest what can be known: not of what was lost, or never acknowledged', () => {
    const verifier = new Verifier(BOUND)
    verifier.writing([1, 2, 3, 4])
    for (const id of [1, 2, 3]) verifier.acknowledged({ id, version: 2, by: 'app-1/x', at: 10, ok: id !== 2 })
    const versions = new Map([
      [1, 2],
      [2, 2],
      [3, 3],
      [4, 1],
    ])
    expect(verifier.certain(versions)).toEqual({ ids: [1], uncertain: [2, 3, 4] })
  })

  // The oracle keeps everything and looks at all of it; the verifier forgets what says nothing any more.
  it('agrees with one that forgets nothing', () => {
    const change = fc.record({ gap: fc.nat(30_000), by: fc.constantFrom('a', 'b'), ok: fc.boolean() })
    const read = fc.record({ after: fc.nat(30_000), by: fc.constantFrom('a', 'b', 'c'), missing: fc.nat(4) })
    fc.assert(
      fc.property(fc.array(fc.tuple(change, fc.array(read, { maxLength: 4 })), { maxLength: 30 }), (steps) => {
        const verifier = new Verifier(BOUND)
        const all: Omit<Acknowledged, 'id'>[] = []
        let now = 0
        for (const [{ gap, by, ok }, reads] of steps) {
          now += gap
          const version = all.length + 2
          all.push({ version, by, at: now, ok })
          verifier.writing([1])
          verifier.acknowledged({ id: 1, version, by, at: now, ok })
          for (const { after, by, missing } of reads) {
            const began = now + after
            const seen = Math.max(1, version - missing)
            const missed = all.filter((each) => each.version > seen)
            const isStale = missed.some((each) => each.by === by || (each.ok && each.at + BOUND <= began))
            expect(judged(verifier, { version: seen, by, began }) === 'stale').toBe(isStale)
          }
        }
      }),
    )
  })
})
