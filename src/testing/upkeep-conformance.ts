import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import { type Entry, NO_TAGS } from '../entry/entry.ts'
import { ABSENT } from '../entry/held.ts'
import { Upkeep } from '../entry/upkeep.ts'
import type { Level } from '../level.ts'
import type { World } from '../world/world.ts'
import type { TestRunner } from './policy-conformance.ts'

/** A level to be examined, and what goes with it. */
export interface Examined {
  readonly world: World
  readonly level: Level
  /** An entry that was looked for just before it is written. */
  entry(key: string, value: unknown, tags?: readonly string[], deadline?: number): Entry
}

const MINUTE = 60_000
/** What is so long ago is past by every clock: `World.tick()` lags behind. */
const PAST = 1000
const FOREVER = Number.POSITIVE_INFINITY
const ETAG = '"33a64df5\u00ff"'
const MODIFIED = 'Wed, 21 Oct 2015 07:28:00 GMT'

/**
 * Declares the tests of how a level carries what keeps entries fresh.
 *
 * @param make gives an empty level
 * @param error milliseconds by which a moment may come back wrong, over a store with a clock of its own
 */
export function upkeepConformance({ it }: Pick<TestRunner, 'it'>, make: () => Promise<Examined>, error: number): void {
  const near = (told: number | undefined, expected: number, what: string): void => {
    const moved = told === expected ? 0 : Math.abs((told ?? Number.NaN) - expected)
    ok(moved <= error, `${what} moved by ${moved} ms`)
  }
  const same = (told: Entry | undefined, { deadline, upkeep }: Entry, when: string): void => {
    near(told!.deadline, deadline, `${when}: the deadline`)
    strictEqual(told!.upkeep === undefined, upkeep === undefined, `${when}: whether there is an upkeep`)
    if (upkeep === undefined) return
    near(told!.upkeep!.since, upkeep.since, `${when}: since when`)
    near(told!.upkeep!.due, upkeep.due, `${when}: when it is due`)
    near(told!.upkeep!.freshUntil, upkeep.freshUntil, `${when}: until when it is fresh`)
    deepStrictEqual([told!.upkeep!.etag, told!.upkeep!.lastModified], [upkeep.etag, upkeep.lastModified], when)
  }

  it('keeps how an entry is kept fresh, however it was written', async () => {
    const { level, entry, world } = await make()
    const now = world.mono()
    const end = now + 3 * MINUTE
    const until = now + 2 * MINUTE
    const since = now - MINUTE
    const cases: Record<string, Entry> = {
      plain: entry('plain', 1, ['t'], end),
      all: { ...entry('all', 1, ['t'], end), upkeep: new Upkeep(since, now + MINUTE, until, ETAG, MODIFIED) },
      graced: { ...entry('graced', 'x', NO_TAGS, end), upkeep: new Upkeep(since, until, until, undefined, undefined) },
      endless: { ...entry('endless', {}), upkeep: new Upkeep(since, now + MINUTE, FOREVER, undefined, MODIFIED) },
      kept: { ...entry('kept', [1]), upkeep: new Upkeep(since, until, until, 'x'.repeat(1000), undefined) },
      number: { ...entry('number', 7, ['t'], end), upkeep: new Upkeep(since, until, until, ETAG, undefined) },
      none: { ...entry('none', undefined), found: false, upkeep: new Upkeep(since, until, until, ETAG, undefined) },
      stale: { ...entry('stale', 1), upkeep: new Upkeep(since, since, now - PAST, ETAG, undefined) },
    }
    const keys = Object.keys(cases)
    for (const how of ['write', 'replace'] as const) {
      const entries = keys.map((key) => ({ ...cases[key]!, key: `${how}:${key}` }))
      await level[how](entries)
      const told = (await level.read(entries.map(({ key }) => key))).entries
      for (const [n, { key }] of entries.entries()) {
        same(told[n], entries[n]!, key)
        deepStrictEqual([told[n]!.found, told[n]!.value], [entries[n]!.found, entries[n]!.value])
        deepStrictEqual([...told[n]!.tags], [...entries[n]!.tags])
      }
    }
    const found = await level.traits.explains?.explain('write:all')
    if (found !== undefined) same(found.entry, cases.all!, 'explained')
  })

  it('keeps what is fresh for as long as it lives exactly so', async () => {
    const { level, entry, world } = await make()
    const end = world.mono() + MINUTE
    await level.write([{ ...entry('a', 1, NO_TAGS, end), upkeep: new Upkeep(end - 1, end, end, ETAG, undefined) }])
    const [told] = (await level.read(['a'])).entries
    deepStrictEqual([told!.upkeep!.freshUntil, told!.upkeep!.due], [told!.deadline, told!.deadline])
  })

  it('where it is near, has at once only what is neither due nor stale; where it lists keys, not the stale', async () => {
    const { level, entry, world } = await make()
    const now = world.mono()
    const until = now + MINUTE
    await level.write([
      { ...entry('fresh', 1), upkeep: new Upkeep(now, until, until, ETAG, undefined) },
      { ...entry('due', 2), upkeep: new Upkeep(now - MINUTE, now - PAST, until, ETAG, undefined) },
      { ...entry('stale', 3), upkeep: new Upkeep(now - MINUTE, now - PAST, now - PAST, ETAG, undefined) },
      { ...entry('none', undefined), found: false, upkeep: new Upkeep(now, until, until, undefined, undefined) },
    ])
    const { near: one, scans } = level.traits
    if (one !== undefined) {
      const keys = ['fresh', 'due', 'stale', 'none']
      const of = (ask: (key: string) => unknown): unknown[] => keys.map((key) => ask(key))
      deepStrictEqual(
        of((key) => one.look(key)),
        [1, undefined, undefined, ABSENT],
      )
      deepStrictEqual(
        of((key) => one.peek(key)),
        [1, 2, undefined, ABSENT],
      )
      deepStrictEqual(
        of((key) => one.entry(key)?.value),
        [1, 2, 3, undefined],
      )
    }
    if (scans === undefined) return
    const keys: string[] = []
    for await (const key of scans.keys('')) if (key !== undefined) keys.push(key)
    deepStrictEqual(keys.sort(), ['due', 'fresh'])
  })

  it('where it amends entries, moves what keeps them fresh along, and takes what is stale for no value', async () => {
    const { level, entry, world } = await make()
    const { amends } = level.traits
    if (amends === undefined) return
    const now = world.mono()
    const upkeep = new Upkeep(now - MINUTE, now + MINUTE, now + 2 * MINUTE, ETAG, MODIFIED)
    const one = { ...entry('one', 41, ['t'], now + 5 * MINUTE), upkeep }
    const stale = new Upkeep(now - MINUTE, now - PAST, now - PAST, ETAG, undefined)
    await level.write([one, { ...entry('gone', 41, ['t']), upkeep: stale }])

    const counted = await amends.increment('one', 1, undefined, now + MINUTE)
    strictEqual(counted!.value, 42)
    same(counted, one, 'counted')
    const until = now + 10 * MINUTE
    const moved = new Upkeep(upkeep.since, until - MINUTE, until, ETAG, MODIFIED)
    strictEqual(await amends.expire('one', until), true)
    const [told] = (await level.read(['one'])).entries
    same(told, { ...one, deadline: until + 3 * MINUTE, upkeep: moved }, 'expired')
    const again = await amends.increment('one', 1, now + 2 * MINUTE, now + MINUTE)
    deepStrictEqual([again!.value, [...again!.tags]], [43, ['t']])
    same(again, one, 'counted for a while')

    strictEqual(await amends.expire('gone', until), false)
    const anew = await amends.increment('gone', 1, undefined, now + MINUTE)
    deepStrictEqual([anew!.value, anew!.upkeep], [1, undefined])
    near(anew!.deadline, now + MINUTE, 'the deadline of a new number')

    await amends.expire('one', now - PAST)
    deepStrictEqual((await level.read(['one'])).entries, [undefined])
  })

  it('where it grants leases, grants one for what is stale', async () => {
    const { level, entry, world } = await make()
    const { leases } = level.traits
    if (leases === undefined) return
    const now = world.mono()
    const until = now + MINUTE
    await level.write([
      { ...entry('fresh', 1), upkeep: new Upkeep(now - MINUTE, now - PAST, until, undefined, undefined) },
      { ...entry('stale', 1), upkeep: new Upkeep(now - MINUTE, now - PAST, now - PAST, undefined, undefined) },
    ])
    const [first, second] = await leases.lease(['fresh', 'stale'])
    deepStrictEqual([first!.kind, second!.kind], ['filled', 'granted'])
    await leases.release(['stale'])
  })
}
