import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Floors } from '../../src/coherence/floors.ts'
import { barring } from '../../src/entry/finding.ts'
import type { Scope } from '../../src/entry/scope.ts'

const scope: fc.Arbitrary<Scope> = fc.oneof(
  fc.constantFrom('a', 'ab', 'abc', 'b').map((key): Scope => ({ kind: 'key', key })),
  fc.constantFrom('a', 'ab', 'b', '').map((prefix): Scope => ({ kind: 'prefix', prefix })),
  fc.constantFrom('t', 'u', 'v').map((tag): Scope => ({ kind: 'tag', tag })),
  fc.constant<Scope>({ kind: 'all' }),
)

it('the floors told for a key are those by which it is judged, forgotten ones included', () => {
  const entries = fc.record({
    key: fc.constantFrom('a', 'ab', 'abc', 'b', 'c'),
    born: fc.nat(30),
    tags: fc.subarray(['t', 'u', 'v']),
  })
  fc.assert(
    fc.property(fc.array(fc.array(scope, { maxLength: 3 }), { maxLength: 30 }), fc.array(entries), (raises, all) => {
      const floors = new Floors({ keys: 1000, prefixes: 2, tags: 2 })
      for (const scopes of raises) floors.raise(scopes)
      for (const entry of all) {
        const told = floors.covering(entry.key, entry.tags)
        expect(barring(told, entry.born) === undefined).toBe(floors.barrier(entry) === undefined)
        for (const { era } of told) expect(era).toBeLessThanOrEqual(floors.era)
      }
    }),
  )
})
