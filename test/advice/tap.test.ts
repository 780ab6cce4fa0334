import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Entry, NO_TAGS } from '../../src/entry/entry.ts'
import { keyScope } from '../../src/entry/scope.ts'
import { type KeyTap, memory } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'

const ALL = 0x7fffffff
const KEYS = Array.from({ length: 12 }, (_, n) =>
  n % 2 === 0 ? `k${n}` : `a key of more than thirty-two characters: ${n}`,
)

/** Writes down what it is told; learns the hashes of keys while it is told of all. */
class Recorder implements KeyTap {
  limit = ALL
  readonly hashes = new Map<string, number>()
  told: string[] = []

  hit(_: number, key: string): void {
    this.told.push(`hit ${key}`)
  }

  missed(_: number, key: string): void {
    this.told.push(`missed ${key}`)
  }

  kept(hash: number, key: string): void {
    this.hashes.set(key, hash)
  }

  left(): void {}
  cleared(): void {}
}

function entry(key: string, born = 0): Entry {
  return {
    ...{ key, found: true, value: key, born, tags: NO_TAGS, version: undefined },
    deadline: Number.POSITIVE_INFINITY,
  }
}

describe('the tap of level 1', () => {
  it('is told of every read of every key below its limit, however that moves, and of no other', async () => {
    const steps = fc.array(
      fc.oneof(
        { weight: 6, arbitrary: fc.record({ kind: fc.constant('read' as const), n: fc.nat(KEYS.length - 1) }) },
        { weight: 3, arbitrary: fc.record({ kind: fc.constant('write' as const), n: fc.nat(KEYS.length - 1) }) },
        { weight: 3, arbitrary: fc.record({ kind: fc.constant('remove' as const), n: fc.nat(KEYS.length - 1) }) },
        { weight: 1, arbitrary: fc.record({ kind: fc.constant('limit' as const), n: fc.nat(KEYS.length - 1) }) },
      ),
      { maxLength: 200, size: 'max' },
    )
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 12 }), async (script, maxEntries) => {
        const learning = memory({ maxEntries: 100 })({ name: 'L1', world: new FakeWorld() })
        const tap = new Recorder()
        learning.traits.taps!.tap(tap)
        await learning.write(KEYS.map((key) => entry(key)))
        const level = memory({ maxEntries })({ name: 'L1', world: new FakeWorld() })
        level.traits.taps!.tap(tap)
        await level.write(KEYS.map((key) => entry(key)))
        const limits = [...tap.hashes.values()]
        const expected: string[] = []
        for (const { kind, n } of script) {
          const key = KEYS[n]!
          if (kind === 'write') await level.write([entry(key, level.traits.near!.era)])
          else if (kind === 'remove') await level.raise([keyScope(key)])
          else if (kind === 'limit') {
            const rises = limits[n]! > tap.limit
            tap.limit = limits[n]!
            if (rises) level.traits.taps!.tap(tap)
          } else {
            const isHit = level.traits.near!.look(key) !== undefined
            if (tap.hashes.get(key)! < tap.limit) expected.push(`${isHit ? 'hit' : 'missed'} ${key}`)
          }
        }
        expect(tap.told).toEqual(expected)
        await Promise.all([level.close(), learning.close()])
      }),
      { numRuns: 300 },
    )
  })
})
