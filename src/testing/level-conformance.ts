import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import { bornAt, type Entry, NO_TAGS } from '../entry/entry.ts'
import { type Era, UNCHECKED } from '../entry/era.ts'
import { ABSENT } from '../entry/held.ts'
import { EVERYTHING, keyScope, type Scope } from '../entry/scope.ts'
import type { Level, LevelFactory } from '../level.ts'
import { pause } from '../world/pause.ts'
import type { World } from '../world/world.ts'
import { FakeWorld } from './fake-world.ts'
import { faultConformance, type LevelFaults } from './fault-conformance.ts'
import { LevelDriver } from './level-driver.ts'
import type { TestRunner } from './policy-conformance.ts'
import { softConformance } from './soft-conformance.ts'
import { upkeepConformance } from './upkeep-conformance.ts'

/** How long a level is examined. */
export interface LevelConformanceOptions {
  /** Random sequences. 30 by default. */
  readonly seeds?: number | undefined
  /** Calls a sequence. 300 by default. */
  readonly steps?: number | undefined
  /** The level may forget what was looked for, and then take nothing for it (Memcached evicts): what is superseded without a cause is no fault. */
  readonly forgetful?: boolean | undefined
  /** For a level over a real server, whose time cannot be told to pass: the world its levels live in, `systemWorld`. */
  readonly real?: World | undefined
  /** What can be done to that server: then it is examined how the level fares while it fails. Takes `real`. Default: it is not. */
  readonly faults?: LevelFaults | undefined
}

const FOREVER = Number.POSITIVE_INFINITY

/**
 * Declares the tests that every level must pass, under any test runner:
 *
 * ```js
 * import { describe, it } from 'node:test'
 * levelConformance({ describe, it }, 'mine', () => mine())
 * ```
 *
 * `make` is called anew for each test, and must give a level that is empty, with room for 1,000
 * entries, and whose time is that of the world it is given; unless `real` is.
 */
export function levelConformance(
  { describe, it }: TestRunner,
  name: string,
  make: () => LevelFactory,
  { seeds = 30, steps = 300, real, forgetful = false, faults }: LevelConformanceOptions = {},
): void {
  const level = async () => {
    const fake = new FakeWorld()
    const pass = real === undefined ? async (ms: number) => fake.advance(ms) : (ms: number) => pause(real, ms)
    const one = withBirths(make()({ name: 'mine', world: real ?? fake }))
    return { world: real ?? fake, pass, level: one, entry }
  }

  describe(`level conformance: ${name}`, () => {
    it('gives back what was written, in the order of the keys asked for', async () => {
      const { level: one, entry } = await level()
      deepStrictEqual(await one.write([entry('a', 1), entry('b', { deep: [2] })]), ['kept', 'kept'])
      deepStrictEqual(await values(one, ['b', 'missing', 'a']), [{ deep: [2] }, undefined, 1])
      deepStrictEqual((await one.read([])).entries, [])
      deepStrictEqual(await one.write([]), [])
      deepStrictEqual(await one.replace([]), [])
    })

    it('takes every value but undefined for a value', async () => {
      const { level: one, entry } = await level()
      for (const value of [null, 0, '', false, 'text', [], {}]) {
        await one.write([entry('key', value)])
        deepStrictEqual(await values(one, ['key']), [value])
      }
    })

    it('takes every string for a key', async () => {
      const { level: one, entry } = await level()
      const keys = ['', '__proto__', 'constructor', '\ud800', '\udc00', '\u0000', 'key:all', 'x'.repeat(100_000)]
      await one.write(keys.map((key, n) => entry(key, n)))
      deepStrictEqual(await values(one, keys), [...keys.keys()])
    })

    it('keeps an absence, tags and a version as they are', async () => {
      const { level: one, entry } = await level()
      await one.write([
        { ...entry('none', undefined), found: false },
        { ...entry('all', 1, ['t', 'u']), version: 7 },
      ])
      const [none, all] = (await one.read(['none', 'all'])).entries
      strictEqual(none!.found, false)
      deepStrictEqual([...all!.tags], ['t', 'u'])
      strictEqual(all!.version, 7)
    })

    it('keeps the time an entry has left, and does not serve a dead one', async () => {
      const { level: one, entry, world, pass } = await level()
      const now = world.mono()
      await one.write([entry('short', 1, NO_TAGS, now + 1000), entry('long', 2, NO_TAGS, now + 5000)])
      const [short] = (await one.read(['short'])).entries
      const moved = Math.abs(short!.deadline - now - 1000)
      ok(moved < (real === undefined ? 2 : 500), `the deadline moved by ${moved} ms`)
      await pass(900)
      if (real === undefined) deepStrictEqual(await values(one, ['short', 'long']), [1, 2])
      // A store counts from when it takes the entry: late by the time of one call at most.
      await pass(real === undefined ? 200 : 600)
      deepStrictEqual(await values(one, ['short', 'long']), [undefined, 2])
      deepStrictEqual(await one.write([entry('late', 1, NO_TAGS, world.tick())]), ['refused'])
      deepStrictEqual(await values(one, ['late']), [undefined])
    })

    for (const scope of scopesOver('user:1', 'user:', 'team')) {
      it(`serves nothing older than an invalidation of its ${scope.kind}, nor takes it back`, async () => {
        const { level: one, entry } = await level()
        const era = await eraOf(one)
        const old = { ...entry('user:1', 'old', ['team']), born: era }
        await one.write([old, entry('other', 'stays')])
        await one.raise([scope])
        deepStrictEqual(await values(one, ['user:1']), [undefined])
        deepStrictEqual(await values(one, ['other']), [scope.kind === 'all' ? undefined : 'stays'])
        deepStrictEqual(await one.write([old]), ['superseded'])
        deepStrictEqual(await values(one, ['user:1']), [undefined])
        deepStrictEqual(await one.write([{ ...old, value: 'new', born: JUST_BEFORE }]), ['kept'])
        deepStrictEqual(await values(one, ['user:1']), ['new'])
      })
    }

    it('replaces: what was looked for before is refused after', async () => {
      const { level: one, entry } = await level()
      const era = await eraOf(one, 'a')
      deepStrictEqual(await one.replace([entry('a', 'set')]), ['kept'])
      deepStrictEqual(await one.write([{ ...entry('a', 'fetched'), born: era }]), ['superseded'])
      deepStrictEqual(await values(one, ['a']), ['set'])
    })

    it('never lets an older version replace a newer one, and lets all others', async () => {
      const { level: one, entry } = await level()
      await one.replace([{ ...entry('a', 'two'), version: 2 }])
      const era = await eraOf(one)
      deepStrictEqual(await one.write([{ ...entry('a', 'one'), version: 1, born: era }]), ['superseded'])
      deepStrictEqual(await one.replace([{ ...entry('a', 'one'), version: 1, born: UNCHECKED }]), ['superseded'])
      deepStrictEqual(await values(one, ['a']), ['two'])
      deepStrictEqual(await one.replace([{ ...entry('a', 'again'), version: 2, born: UNCHECKED }]), ['kept'])
      deepStrictEqual(await one.replace([{ ...entry('a', 'unversioned'), born: UNCHECKED }]), ['kept'])
      deepStrictEqual(await values(one, ['a']), ['unversioned'])
    })

    it('replaces nothing that was changed since the birth given, and then keeps neither', async () => {
      const { level: one, entry } = await level()
      const era = await eraOf(one, 'a')
      deepStrictEqual(await one.replace([{ ...entry('a', 'first'), born: era }]), ['kept'])
      deepStrictEqual(await one.replace([{ ...entry('a', 'overtaken'), born: era }]), ['superseded'])
      deepStrictEqual(await values(one, ['a']), [undefined])
      const now = await eraOf(one, 'a')
      deepStrictEqual(await one.replace([{ ...entry('a', 'second'), born: now }]), ['kept'])
      deepStrictEqual(await one.write([{ ...entry('a', 'fetched'), born: now }]), ['superseded'])
      deepStrictEqual(await values(one, ['a']), ['second'])
    })

    it('forgets old floors only on the safe side', async () => {
      const { level: one, entry } = await level()
      const era = await eraOf(one, 'k0')
      await one.write([entry('tagged', 1, ['t0'])])
      for (let n = 0; n < 25_000; n += 100) {
        const scopes = Array.from({ length: 100 }, (_, m): Scope[] => [
          keyScope(`k${n + m}`),
          { kind: 'tag', tag: `t${n + m}` },
        ])
        await Promise.all(scopes.map((each) => one.raise(each)))
      }
      deepStrictEqual(await values(one, ['tagged']), [undefined])
      deepStrictEqual(await one.write([{ ...entry('k0', 'old'), born: era }]), ['superseded'])
    })

    it('does what its traits claim', async () => {
      const { level: one, entry } = await level()
      await one.write([entry('p:1', 1), entry('p:2', 2), entry('q', 3)])
      const { near, inspects, explains, scans, sized } = one.traits
      if (near !== undefined) strictEqual(near.look('p:1'), 1)
      if (inspects !== undefined) strictEqual((await inspects.inspect(['q']))[0]!.entry!.value, 3)
      if (explains !== undefined) {
        const { entry: told, floors } = await explains.explain('q')
        strictEqual(told!.value, 3)
        deepStrictEqual(floors, [])
        strictEqual((await explains.explain('r')).entry, undefined)
      }
      if (sized !== undefined) {
        strictEqual(sized.measure().size, 3)
        deepStrictEqual(sized.order(10).sort(), ['p:1', 'p:2', 'q'])
        strictEqual(sized.order(2).length, 2)
      }
      if (scans === undefined) return
      const keys: string[] = []
      for await (const key of scans.keys('p:')) if (key !== undefined) keys.push(key)
      deepStrictEqual(keys.sort(), ['p:1', 'p:2'])
    })

    it('where it is near, tells at once what a read tells', async () => {
      const { level: one, entry } = await level()
      const { near } = one.traits
      if (near === undefined) return
      const none = { ...entry('none', undefined), found: false }
      await one.write([
        { ...entry('tagged', [1], ['t']), version: 3 },
        none,
        entry('null', null),
        entry('old', 1, ['u']),
      ])
      strictEqual(await one.raise([{ kind: 'tag', tag: 'u' }]), near.era)
      const keys = ['tagged', 'none', 'null', 'old', 'nothing']
      const told = [[1], ABSENT, null, undefined, undefined]
      deepStrictEqual(
        keys.map((key) => near.peek(key)),
        told,
      )
      deepStrictEqual(
        keys.map((key) => near.look(key)),
        told,
      )
      const facts = (held: Entry | undefined) => held && [held.found, held.value, [...held.tags], held.version]
      deepStrictEqual(
        keys.map((key) => facts(near.entry(key))),
        (await one.read(keys)).entries.map(facts),
      )
    })

    upkeepConformance({ it }, level, real === undefined ? 2 : 500)
    softConformance({ it }, level)
    if (faults !== undefined && real !== undefined) faultConformance({ it }, make, faults, real)

    it('agrees with a naive model over random calls', async () => {
      for (let seed = 1; seed <= seeds; seed++) {
        const fake = new FakeWorld(seed)
        const made = make()({ name: 'mine', world: real ?? fake })
        const driver = new LevelDriver(made, real ?? fake, {
          pass: real === undefined ? (ms) => fake.advance(ms) : undefined,
          forgetful,
        })
        await driver.begin()
        for (let step = 0; step < steps; step++) await driver.step(`seed ${seed}, step ${step}`)
      }
    })

    it('closes', async () => {
      const { level: one, entry } = await level()
      await one.write([entry('a', 1)])
      await one.close()
    })
  })
}

function scopesOver(key: string, prefix: string, tag: string): Scope[] {
  return [keyScope(key), { kind: 'prefix', prefix }, { kind: 'tag', tag }, EVERYTHING]
}

/** The birth of entries looked for just before they are written. */
const JUST_BEFORE = Number.NaN

function entry(key: string, value: unknown, tags: readonly string[] = NO_TAGS, deadline: number = FOREVER): Entry {
  return { key, found: true, value, born: JUST_BEFORE, deadline, tags, version: undefined }
}

/** The level, which is asked for the eras of what is written before it is. */
function withBirths(level: Level): Level {
  const born = async (entries: readonly Entry[]): Promise<Entry[]> => {
    if (!entries.some(({ born }) => Number.isNaN(born))) return [...entries]
    const { eras } = await level.read(entries.map(({ key }) => key))
    return entries.map((each, n) => (Number.isNaN(each.born) ? bornAt(each, eras[n]!) : each))
  }
  return {
    name: level.name,
    timeout: level.timeout,
    traits: level.traits,
    read: (keys) => level.read(keys),
    write: async (entries) => level.write(await born(entries)),
    replace: async (entries) => level.replace(await born(entries)),
    raise: (scopes) => level.raise(scopes),
    close: () => level.close(),
  }
}

async function eraOf(level: Level, key = 'user:1'): Promise<Era> {
  return (await level.read([key])).eras[0]!
}

async function values(level: Level, keys: readonly string[]): Promise<unknown[]> {
  return (await level.read(keys)).entries.map((found) => found?.value)
}
