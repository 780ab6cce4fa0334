import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCommand } from '../../dashboard-ui/src/engine/command.ts'
import { Machine, type Step } from '../../dashboard-ui/src/engine/machine.ts'
import { DEFAULT_SCRIPT, DEFAULT_SETUP, POLICIES, type Setup } from '../../dashboard-ui/src/engine/setup.ts'
import { createCache, memory, notFound } from '../../src/index.ts'
import type { PolicyName } from '../../src/policies/index.ts'
import { FakeWorld } from '../../src/testing/index.ts'

async function steps(script: readonly string[], setup: Setup = DEFAULT_SETUP): Promise<Step[]> {
  const machine = new Machine(setup)
  const made: Step[] = []
  for (const line of script) made.push(await machine.run(parseCommand(line)!))
  await machine.close()
  return made
}

async function sentences(...script: string[]): Promise<string[]> {
  return (await steps(script)).map(({ sentence }) => sentence)
}

const keysOf = ({ state }: Step): string[][] => state.shelves.map(({ items }) => items.map(({ key }) => key))

describe('the machine of the playground', () => {
  it('tells the exercise with two levels of 2 and 3 entries', async () => {
    expect(await sentences(...DEFAULT_SCRIPT)).toEqual([
      'user:1 missed L1 and L2, was fetched, stored in L2, then in L1.',
      'hello was put in L1 alone.',
      'user:2 missed L1 and L2, was fetched, stored in L2, then in L1, evicting user:1.',
      'user:1 missed L1, was found in L2 and promoted to L1, evicting hello.',
      'user:3 missed L1 and L2, was fetched, stored in L2, then in L1, evicting user:2.',
      'user:4 missed L1 and L2, was fetched, stored in L2, evicting user:2, then in L1, evicting user:1.',
      'user:9 missed L1 and L2; the database has no such row, and nothing was kept.',
      'From now on the database does not answer.',
      'user:5 missed L1 and L2, and the database did not answer: nothing was kept.',
    ])
  })

  it('shows what the levels hold, the next to leave first', async () => {
    expect((await steps(DEFAULT_SCRIPT.slice(0, 6))).map(keysOf)).toEqual([
      [['user:1'], ['user:1']],
      [['user:1', 'hello'], ['user:1']],
      [
        ['hello', 'user:2'],
        ['user:1', 'user:2'],
      ],
      [
        ['user:2', 'user:1'],
        ['user:2', 'user:1'],
      ],
      [
        ['user:1', 'user:3'],
        ['user:2', 'user:1', 'user:3'],
      ],
      [
        ['user:3', 'user:4'],
        ['user:1', 'user:3', 'user:4'],
      ],
    ])
  })

  it('tells of callers, expiry, tags, writes and removals', async () => {
    expect(
      await sentences(
        'get user:1 x20',
        'delete user:1',
        'delete user:1',
        'set user:1 A ttl 10s',
        'wait 4s',
        'wait 6s',
        'get user:2 tags users',
        'tag users',
        'look user:2',
        'row user:2 Rob',
        'clear',
        'set a 1',
        'clear',
      ),
    ).toEqual([
      '20 callers asked for user:1 at once: it missed L1 and L2, was fetched once for all, stored in L2, then in L1.',
      'user:1 was removed from L2, then from L1.',
      'user:1 was in no level.',
      'user:1 was written to L2, then to L1.',
      '4 s passed; nothing expired.',
      expect.stringMatching(/^6 s passed: user:1 expired in L[12], user:1 in L[12]\.$/),
      'user:2 missed L1 and L2, was fetched, stored in L2, then in L1.',
      'What is tagged “users” is out of date from now on, and leaves when it is next asked for.',
      'user:2 missed L1 and L2; look does not fetch.',
      'The database now has “Rob” under user:2; the cache was not told.',
      'Everything was empty already.',
      'a was written to L2, then to L1.',
      'Everything was removed from L2, then from L1.',
    ])
  })

  it('says of what expired while the source was asked', async () => {
    const [, step] = await steps(['set a 1 ttl 2s', 'get user:1'], { ...DEFAULT_SETUP, latency: 10_000 })
    expect(step!.sentence).toMatch(/then in L1\. Meanwhile a expired in L[12], a in L[12]\.$/)
  })

  const key = fc.integer({ min: 0, max: 5 }).map((n) => `user:${n}`)
  const line = fc.oneof(
    key.map((name) => `get ${name}`),
    key.map((name) => `get ${name} ttl 50ms tags t`),
    key.map((name) => `put ${name} mine`),
    key.map((name) => `set ${name} ours`),
    key.map((name) => `delete ${name}`),
    fc.constantFrom('tag t', 'wait 30ms', 'clear', 'prefix user:1'),
  )
  const setup = fc.record({
    levels: fc.array(
      fc.record({
        capacity: fc.integer({ min: 1, max: 4 }),
        policy: fc.constantFrom(...(Object.keys(POLICIES) as PolicyName[])),
        ttl: fc.constantFrom(undefined, 200),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    latency: fc.constantFrom(0, 10),
    rows: fc.constant(DEFAULT_SETUP.rows),
    seed: fc.integer({ min: 0, max: 1000 }),
  })

  it('makes the same steps from the same setup and script, always', async () => {
    await fc.assert(
      fc.asyncProperty(setup, fc.array(line, { maxLength: 25 }), async (given, script) => {
        const once = await steps(script, given)
        expect(await steps(script, given)).toEqual(once)
        // Every earlier step is what a shorter run ends with: going back shows what was.
        const half = script.slice(0, script.length >> 1)
        expect(await steps(half, given)).toEqual(once.slice(0, half.length))
      }),
      { numRuns: 60 },
    )
  })

  it('answers and keeps what a cache that nobody listens to answers and keeps', async () => {
    await fc.assert(
      fc.asyncProperty(setup, fc.array(line, { maxLength: 25 }), async (given, script) => {
        const world = new FakeWorld(given.seed)
        const levels = given.levels.map(({ capacity: maxEntries, policy, ttl }) => memory({ maxEntries, policy, ttl }))
        const cache = createCache<string>({ levels, world })
        const rows = new Map(given.rows)
        const fetch = async (name: string) => {
          await new Promise<void>((resolve) => world.after(given.latency, resolve))
          return rows.get(name) ?? notFound()
        }
        const machine = new Machine(given)
        for (const each of script) {
          const command = parseCommand(each)!
          const step = await machine.run(command)
          if (command.verb === 'get') {
            const call = cache.getOrFetch(command.key, fetch, command.keep)
            let isOver = false
            call.finally(() => (isOver = true))
            await world.settle()
            while (!isOver) {
              world.next(Number.POSITIVE_INFINITY)
              await world.settle()
            }
            const { found, data } = await call
            expect(step.answer).toBe(found ? data : 'nothing')
          } else if (command.verb === 'put') await cache.put(command.key, command.value)
          else if (command.verb === 'set') await cache.set(command.key, command.value)
          else if (command.verb === 'delete') await cache.delete(command.key)
          else if (command.verb === 'tag') await cache.invalidateTags([command.name])
          else if (command.verb === 'prefix') await cache.clearPrefix(command.name)
          else if (command.verb === 'clear') await cache.clear()
          else if (command.verb === 'wait') {
            world.advance(command.ms)
            await world.settle()
          }
          expect(keysOf(step)).toEqual(cache.stats({ keys: 10 }).levels.map(({ keys }) => keys))
          expect(step.state.clock).toBe(world.mono())
        }
        await cache.close()
        await machine.close()
      }),
      { numRuns: 60 },
    )
  })
})
