import { describe, expect, it } from 'vitest'
import { bornAt } from '../../src/entry/entry.ts'
import { hardened, keepsStale } from '../../src/entry/scope.ts'
import { fromAsync, fromSync, type LevelFactory, memory, type Near } from '../../src/index.ts'
import type { Box } from '../../src/remote/box.ts'
import { faulty } from '../../src/testing/faulty-level.ts'
import { levelConformance } from '../../src/testing/level-conformance.ts'

levelConformance({ describe, it }, 'memory', () => memory())

levelConformance({ describe, it }, 'fromSync over a Map', () => {
  const store = new Map<string, Box>()
  return fromSync(store, { keys: () => store.keys(), clear: () => store.clear() })
})

levelConformance({ describe, it }, 'fromSync over a store that knows three verbs', () =>
  fromSync(new Map<string, Box>()),
)

levelConformance({ describe, it }, 'fromAsync over a store of JSON texts', () => {
  const texts = new Map<string, string>()
  return fromAsync(
    {
      async get(key) {
        const text = texts.get(key)
        return text === undefined ? undefined : JSON.parse(text)
      },
      async set(key, box) {
        await Promise.resolve()
        texts.set(key, JSON.stringify(box))
      },
      async delete(key) {
        texts.delete(key)
      },
    },
    { keys: () => texts.keys() },
  )
})

levelConformance({ describe, it }, 'a faulty level without faults', () => faulty(memory(), () => ({})))

describe('the conformance suite', () => {
  /** Runs the suite with a runner that only counts the tests which fail. */
  async function failures(make: () => LevelFactory): Promise<number> {
    const tests: (() => unknown)[] = []
    levelConformance({ describe: (_, body) => body(), it: (_, body) => tests.push(body) }, 'broken', make, {
      seeds: 3,
      steps: 100,
    })
    let failed = 0
    for (const test of tests) {
      try {
        await test()
      } catch {
        failed++
      }
    }
    return failed
  }

  const spoiled = (spoil: (level: ReturnType<LevelFactory>) => Partial<ReturnType<LevelFactory>>) => () => {
    const make = memory()
    const factory: LevelFactory = (context) => {
      const level = make(context)
      return {
        name: level.name,
        timeout: level.timeout,
        traits: level.traits,
        read: (keys) => level.read(keys),
        write: (entries) => level.write(entries),
        replace: (entries) => level.replace(entries),
        raise: (scopes) => level.raise(scopes),
        close: () => level.close(),
        ...spoil(level),
      }
    }
    return factory
  }

  it('finds nothing wrong with a right level', async () => {
    expect(await failures(() => memory())).toBe(0)
  })

  it('notices a level that ignores floors', async () => {
    const make = spoiled((level) => ({
      write: (entries) => level.write(entries.map((entry) => bornAt(entry, Number.MAX_SAFE_INTEGER))),
    }))
    expect(await failures(make)).toBeGreaterThan(3)
  })

  it('notices a level that answers in another order', async () => {
    const make = spoiled((level) => ({
      read: async (keys) => ({ ...(await level.read(keys)), entries: (await level.read(keys)).entries.toReversed() }),
    }))
    expect(await failures(make)).toBeGreaterThan(0)
  })

  it('notices a level that tells at once what it must not serve, or hides that a key has no value', async () => {
    const lying = (lie: (near: Near, key: string) => unknown) =>
      spoiled(({ traits }) => {
        const near = traits.near!
        const look = (key: string) => lie(near, key)
        const liar: Near = {
          get era() {
            return near.era
          },
          look,
          peek: look,
          entry: (key) => near.entry(key),
        }
        return { traits: { ...traits, near: liar } }
      })
    const seen = new Map<string, unknown>()
    const stale = lying((near, key) => {
      const held = near.look(key)
      if (held !== undefined) seen.set(key, held)
      return held ?? seen.get(key)
    })
    expect(await failures(stale)).toBeGreaterThan(0)
    expect(await failures(lying((near, key) => near.entry(key)?.value))).toBe(5)
    expect(await failures(lying((near, key) => near.entry(key)))).toBeGreaterThan(1)
  })

  it('notices a level that says that it keeps what is stale, and drops it or serves it as fresh', async () => {
    const dropping = spoiled((level) => ({ raise: (scopes) => level.raise(scopes.map(hardened)) }))
    expect(await failures(dropping)).toBe(3)
    const deaf = spoiled((level) => ({ raise: (scopes) => level.raise(scopes.filter((scope) => !keepsStale(scope))) }))
    expect(await failures(deaf)).toBe(3)
  })

  it('notices a level whose replacement raises no floor', async () => {
    const make = spoiled((level) => ({ replace: (entries) => level.write(entries) }))
    expect(await failures(make)).toBeGreaterThan(1)
  })
})
