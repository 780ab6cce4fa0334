import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import { isStale } from '../entry/age.ts'
import type { Entry } from '../entry/entry.ts'
import type { Era } from '../entry/era.ts'
import { EVERYTHING, type Scope, softened } from '../entry/scope.ts'
import { Upkeep } from '../entry/upkeep.ts'
import type { TestRunner } from './policy-conformance.ts'
import type { Examined } from './upkeep-conformance.ts'

const MINUTE = 60_000

/**
 * Declares the tests of a level that `softens`: what scopes with `keepsStale` cover is stale from then on if it can
 * be, and gone if it cannot. Of another level nothing is asked.
 *
 * @param make gives an empty level
 */
export function softConformance({ it }: Pick<TestRunner, 'it'>, make: () => Promise<Examined>): void {
  const tried: readonly Scope[] = [{ kind: 'prefix', prefix: 'user:' }, { kind: 'tag', tag: 'team' }, EVERYTHING]
  for (const scope of tried) {
    it(`keeps what can be stale, as stale, where a scope says so of its ${scope.kind}`, async () => {
      const { level, entry, world } = await make()
      if (level.traits.softens !== true) return
      const now = world.mono()
      const graced = (key: string, tags: readonly string[]): Entry => ({
        ...entry(key, key, tags, now + 3 * MINUTE),
        upkeep: new Upkeep(now - MINUTE, now + MINUTE, now + 2 * MINUTE, '"1"', undefined),
      })
      const born = (await level.read(['user:1'])).eras[0]!
      const due = new Upkeep(now - MINUTE, now - MINUTE, now + 3 * MINUTE, undefined, undefined)
      await level.write([
        graced('user:1', ['team']),
        graced('other', []),
        entry('user:2', 'bare', ['team'], now + 3 * MINUTE),
        { ...entry('user:3', 'without grace', ['team'], now + 3 * MINUTE), upkeep: due },
      ])
      await level.raise([softened(scope)])
      const keys = ['user:1', 'user:2', 'user:3']
      const [stale, ...gone] = (await level.read(keys)).entries
      strictEqual(stale?.value, 'user:1')
      ok(isStale(stale, world.tick()), 'it is stale')
      deepStrictEqual([stale.upkeep?.etag, [...stale.tags]], ['"1"', ['team']])
      deepStrictEqual(gone, [undefined, undefined])
      const [other] = (await level.read(['other'])).entries
      strictEqual(isStale(other!, world.tick()), scope.kind === 'all')
      if (level.traits.near !== undefined) {
        const { near } = level.traits
        deepStrictEqual([near.look('user:1'), near.peek('user:1')], [undefined, undefined])
        strictEqual(near.entry('user:1')?.value, 'user:1')
      }
      const finding = await level.traits.explains?.explain('user:1')
      if (finding !== undefined) {
        ok(finding.expiredBy !== undefined && finding.barredBy === undefined, 'it is explained as expired')
        ok(isStale(finding.entry!, world.tick()), 'it is explained as stale')
      }
      await takesOnlyWhatIsNew(level.write.bind(level), graced('user:1', ['team']), born)
      strictEqual(isStale((await level.read(['user:1'])).entries[0]!, world.tick()), false)
      await level.raise([softened(scope), scope])
      deepStrictEqual((await level.read(['user:1'])).entries, [undefined])
    })
  }

  it('lets nobody wait for what is stale, nor count on it', async () => {
    const { level, entry, world } = await make()
    const { softens, leases, amends } = level.traits
    if (softens !== true) return
    const now = world.mono()
    const upkeep = new Upkeep(now, now + MINUTE, now + MINUTE, undefined, undefined)
    await level.write([{ ...entry('n', 7, ['t'], now + 2 * MINUTE), upkeep }, entry('m', 7, ['t'])])
    await level.raise([{ kind: 'tag', tag: 't', keepsStale: true }])
    if (leases !== undefined) {
      deepStrictEqual(
        (await leases.lease(['n', 'm'])).map(({ kind }) => kind),
        ['granted', 'granted'],
      )
      await leases.release(['n', 'm'])
    }
    if (amends === undefined) return
    strictEqual(await amends.expire('n', now + MINUTE), false)
    strictEqual((await amends.increment('n', 1, undefined, now + MINUTE))?.value, 1)
  })
}

async function takesOnlyWhatIsNew(
  write: (entries: readonly Entry[]) => Promise<readonly string[]>,
  entry: Entry,
  born: Era,
): Promise<void> {
  deepStrictEqual(await write([{ ...entry, value: 'older', born }]), ['superseded'])
  deepStrictEqual(await write([{ ...entry, value: 'new' }]), ['kept'])
}
