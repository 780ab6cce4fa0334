import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EVERYTHING, type Scope } from '../../src/entry/scope.ts'
import {
  isBarred,
  newState,
  openState,
  packState,
  raised,
  type WideState,
} from '../../src/stores/memcached/wide-state.ts'

const REIGN = '0123456789abcdef'
const name = fc.oneof(fc.constantFrom('', 'a', 'ab', 'b', '__proto__'), fc.string({ unit: 'binary', maxLength: 3 }))
const scope: fc.Arbitrary<Scope> = fc.oneof(
  { weight: 1, arbitrary: fc.constant(EVERYTHING) },
  { weight: 4, arbitrary: name.map((prefix): Scope => ({ kind: 'prefix', prefix })) },
  { weight: 8, arbitrary: name.map((tag): Scope => ({ kind: 'tag', tag })) },
)
const steps = fc.array(fc.array(scope, { minLength: 1, maxLength: 3 }), { maxLength: 12 })

function covers(scope: Scope, key: string, tags: readonly string[]): boolean {
  if (scope.kind === 'all') return true
  if (scope.kind === 'tag') return tags.includes(scope.tag)
  return scope.kind === 'prefix' && key.startsWith(scope.prefix)
}

const stateAfter = (all: readonly (readonly Scope[])[]): WideState => all.reduce<WideState>(raised, newState(REIGN))

describe('the wide state', () => {
  it('bars what a naive list of all invalidations bars', () => {
    fc.assert(
      fc.property(steps, name, fc.array(name, { maxLength: 3 }), fc.nat(12), (made, key, tags, age) => {
        const born = Math.min(age, made.length)
        const isCovered = made.slice(born).some((scopes) => scopes.some((one) => covers(one, key, tags)))
        const state = stateAfter(made)
        expect(state.era).toBe(made.length)
        expect(isBarred(state, key, tags, born)).toBe(isCovered)
      }),
      { numRuns: 3000, seed: 1 },
    )
  })

  it('comes back from its bytes', () => {
    fc.assert(
      fc.property(steps, (made) => {
        const state = stateAfter(made)
        expect(openState(packState(state))).toEqual(state)
      }),
      { numRuns: 1000, seed: 2 },
    )
  })

  it('forgets on the safe side, and stays small', () => {
    let state = newState(REIGN)
    for (let n = 1; n <= 3000; n++) state = raised(state, [{ kind: 'tag', tag: `t${n}` }])
    expect(state.tags.size).toBeLessThanOrEqual(1000)
    expect(isBarred(state, 'k', ['t1'], 0)).toBe(true)
    expect(isBarred(state, 'k', ['t3000'], 2999)).toBe(true)
    expect(isBarred(state, 'k', ['t2999'], 2999)).toBe(false)
    for (let n = 1; n <= 300; n++) state = raised(state, [{ kind: 'prefix', prefix: `p${n}` }])
    expect(state.prefixes.size).toBeLessThanOrEqual(100)
    expect(isBarred(state, 'p1', [], state.era - 300)).toBe(true)
    for (let n = 1; n <= 400; n++) state = raised(state, [{ kind: 'tag', tag: '\ud800'.repeat(1000) + n }])
    expect(packState(state).length).toBeLessThan(700_000)
    expect(isBarred(state, 'k', [], state.horizon - 1)).toBe(true)
  })

  it('forgets first what was not invalidated for the longest time', () => {
    let state = newState(REIGN)
    for (let n = 1; n <= 3000; n++) {
      state = raised(state, [
        { kind: 'tag', tag: 'often' },
        { kind: 'tag', tag: `t${n}` },
      ])
    }
    expect(isBarred(state, 'k', ['often'], 2999)).toBe(true)
    expect(isBarred(state, 'k', ['other'], 2600)).toBe(false)
  })

  it('opens nothing but states, whatever the bytes', () => {
    const shape = fc.record(
      {
        format: fc.constantFrom(1, 2, '1'),
        reign: fc.constantFrom(REIGN, '', 'x', 7),
        era: fc.oneof(fc.nat(), fc.double(), fc.constant('1')),
        all: fc.constantFrom(0, -1, null),
        horizon: fc.constantFrom(0, 1e300),
        prefixes: fc.oneof(fc.constant([]), fc.anything()),
        tags: fc.array(fc.oneof(fc.tuple(fc.string(), fc.nat()), fc.anything())),
      },
      { requiredKeys: [] },
    )
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.json().map((text) => Buffer.from(text)),
      shape.map((value) => Buffer.from(JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? 0 : one)) ?? '')),
    )
    fc.assert(
      fc.property(bytes, (some) => {
        const state = openState(some)
        if (state === undefined) return
        expect(state.reign).toBe(REIGN)
        expect(openState(packState(state))).toEqual(state)
      }),
      { numRuns: 10_000, seed: 3 },
    )
    expect(openState(Buffer.alloc(10_000_000, '['))).toBe(undefined)
    expect(openState(Buffer.alloc(1_000_000, '['))).toBe(undefined)
    expect(({} as Record<string, unknown>).reign).toBe(undefined)
  })
})
