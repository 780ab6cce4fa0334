import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Turns } from '../../src/coherence/turns.ts'
import { keyScope, type Scope } from '../../src/entry/scope.ts'
import { createCache, memory } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { SimulatedLedgerServer } from '../../src/testing/simulated-ledger-server.ts'
import { ledgerLevel } from '../fleet/ledger-level.ts'

type Write =
  | { readonly kind: 'put'; readonly keys: readonly string[]; readonly tags: readonly string[] | undefined }
  | { readonly kind: 'remove'; readonly scopes: readonly Scope[] }

const key = fc.constantFrom('a', 'ab', 'b')
const tag = fc.constantFrom('x', 'y')
const scope: fc.Arbitrary<Scope> = fc.oneof(
  key.map(keyScope),
  fc.constantFrom('a', 'b', 'c').map((prefix): Scope => ({ kind: 'prefix', prefix })),
  tag.map((name): Scope => ({ kind: 'tag', tag: name })),
  fc.constant<Scope>({ kind: 'all' }),
)
const write: fc.Arbitrary<Write> = fc.oneof(
  fc.record({
    kind: fc.constant('put' as const),
    keys: fc.uniqueArray(key, { minLength: 1, maxLength: 2 }),
    tags: fc.option(fc.uniqueArray(tag), { nil: undefined }),
  }),
  fc.record({ kind: fc.constant('remove' as const), scopes: fc.array(scope, { minLength: 1, maxLength: 2 }) }),
)

function cross(one: Write, two: Write): boolean {
  if (one.kind === 'remove' && two.kind === 'remove') return false
  if (one.kind === 'put' && two.kind === 'put') return one.keys.some((of) => two.keys.includes(of))
  if (one.kind === 'remove') return cross(two, one)
  const { keys, tags } = one
  return (two as Extract<Write, { kind: 'remove' }>).scopes.some((scope) => {
    if (scope.kind === 'key') return keys.includes(scope.key)
    if (scope.kind === 'tag') return tags === undefined || tags.includes(scope.tag)
    return scope.kind === 'all' || keys.some((of) => of.startsWith(scope.prefix))
  })
}

describe('Turns', () => {
  it('each write begins at the very moment at which the last earlier one has ended that it crosses', async () => {
    const call = fc.record({ write, pause: fc.nat(4), lasts: fc.nat(6), fails: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 14 }), async (calls) => {
        const world = new FakeWorld()
        const turns = new Turns()
        const began: number[] = []
        const done: Promise<unknown>[] = []
        const expected: number[] = []
        let at = 0
        for (const [n, { write, pause, lasts, fails }] of calls.entries()) {
          at += pause
          const crossed = calls.slice(0, n).flatMap((earlier, m) => {
            return cross(earlier.write, write) ? [expected[m]! + earlier.lasts] : []
          })
          expected[n] = Math.max(at, ...crossed)
          const work = () => {
            began[n] = world.mono()
            return new Promise<void>((resolve, reject) => {
              world.after(lasts, () => (fails ? reject(new Error('work failed')) : resolve()))
            })
          }
          world.after(at, () => {
            done[n] = write.kind === 'put' ? turns.put(write.keys, write.tags, work) : turns.remove(write.scopes, work)
            done[n].catch(() => undefined)
          })
        }
        while (world.next(1000)) await world.settle()
        expect(began).toEqual(expected)
        const outcomes = await Promise.allSettled(done)
        expect(outcomes.map(({ status }) => status === 'rejected')).toEqual(calls.map(({ fails }) => fails))
        expect(turns.underWay).toBeUndefined()
      }),
      { numRuns: 1000 },
    )
  })

  it('begin within the call where nothing is under way that they cross', () => {
    const turns = new Turns()
    let begun = 0
    const work = async () => void begun++
    void turns.put(['a'], ['x'], work)
    void turns.put(['b'], ['x'], work)
    void turns.remove([{ kind: 'tag', tag: 'y' }, keyScope('c'), { kind: 'prefix', prefix: 'c' }], work)
    expect(begun).toBe(3)
    expect(turns.underWay).toBeDefined()
  })
})

describe('Writes of one process over a link of 5 ms', () => {
  /** A cache whose shared level takes 5 ms to answer, all of which was asked once already. */
  async function distant() {
    const world = new FakeWorld()
    let steps = 0
    const fate = (call: string) => {
      if (call === 'raise' || call === 'replace') steps++
      return { effect: 2.5, answer: 5 }
    }
    const cache = createCache<string>({
      world,
      levels: [
        memory(),
        ledgerLevel(() => new SimulatedLedgerServer(world, { shards: 1 }).connect({ fate }), {
          name: 'shared',
          maxStaleness: 60_000,
        }),
      ],
    })
    const passing = async () => {
      const end = world.mono() + 50
      await world.settle()
      while (world.next(end)) await world.settle()
    }
    await Promise.all([cache.get('warm'), passing()])
    steps = 0
    const began = world.mono()
    /** When a write had ended, in milliseconds from now. */
    const ended = async (write: Promise<{ readonly ok: boolean }>) => {
      expect((await write).ok).toBe(true)
      return world.mono() - began
    }
    return { world, cache, passing, ended, steps: () => steps }
  }

  it('400 invalidations of tags go together, and hold nobody up whom they do not concern', async () => {
    const { cache, passing, ended, steps } = await distant()
    const invalidations = Array.from({ length: 400 }, (_, n) => ended(cache.invalidateTags([`tag${n}`])))
    const concerned = ended(cache.set('concerned', 'new', { tags: ['tag399'] }))
    const others = [ended(cache.set('other', 'new', { tags: ['tag'] })), ended(cache.delete('another'))]
    await passing()
    expect(Math.max(...(await Promise.all(invalidations)), ...(await Promise.all(others)))).toBe(5)
    expect(await concerned).toBe(10)
    expect(cache.peek('concerned')).toBe('new')
    // 64 scopes a step.
    expect(steps()).toBeLessThanOrEqual(Math.ceil(401 / 64) + 2)
  })

  it('sets and invalidations by turns stand in no line, unless they concern one another', async () => {
    const { cache, passing, ended } = await distant()
    const writes = Array.from({ length: 200 }, (_, n) => [
      ended(cache.set(`users:${n}`, 'new', { tags: [`user${n}`] })),
      ended(cache.invalidateTags([`user${n + 1}`])),
      ended(cache.clearPrefix(`orders:${n}:`)),
    ])
    await passing()
    expect(Math.max(...(await Promise.all(writes.flat())))).toBe(5 * 2)
  })

  it('those of one key go one after another, all levels through', async () => {
    const { cache, passing, ended } = await distant()
    const times = [ended(cache.set('key', 'first')), ended(cache.clear()), ended(cache.delete('key'))]
    const last = ended(cache.set('key', 'last'))
    await passing()
    expect(await Promise.all(times)).toEqual([5, 10, 10])
    expect(await last).toBe(15)
    expect(cache.peek('key')).toBe('last')
    const read = cache.getMany(['key'])
    await passing()
    expect(await read).toEqual(['last'])
  })
})
