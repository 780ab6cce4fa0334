import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createCache, memory, type Through, type ThroughOptions } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { faulty } from '../../src/testing/faulty-level.ts'
import { through } from '../../src/wrapping/through.ts'
import { UnsteadySource, type Weather } from './unsteady-source.ts'
import { WriteHistory } from './write-history.ts'

const KEYS = ['a', 'b', 'c', 'd', 'e']

type Step =
  | { readonly do: 'set' | 'delete' | 'get' | 'drop' | 'others'; readonly key: string }
  | { readonly do: 'setMany' | 'getMany' | 'deleteMany'; readonly keys: readonly string[] }
  | { readonly do: 'clear' | 'flush' | 'turn' }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'weather'; readonly weather: Weather; readonly delay: number }
  | { readonly do: 'level'; readonly fails: boolean }

const key = fc.constantFrom(...KEYS)
const keys = fc.subarray(KEYS, { minLength: 1 })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('set' as const, 'get' as const), key }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('delete' as const, 'drop' as const, 'others' as const), key }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('setMany' as const, 'getMany' as const, 'deleteMany' as const), keys }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('clear' as const, 'flush' as const, 'turn' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 60 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('weather' as const),
      weather: fc.constantFrom<Weather>('fine', 'fine', 'fails before', 'fails after', 'fails halfway'),
      delay: fc.constantFrom(0, 5, 40),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('level' as const), fails: fc.boolean() }) },
)

const hooks = { checkFetch: () => undefined, checkSet: () => () => undefined, onClosed: () => undefined }

interface Universe {
  readonly seed: number
  readonly steps: readonly Step[]
  /** Whether others share the levels, so that what was written is not kept. */
  readonly isShared: boolean
}

const universe: fc.Arbitrary<Universe> = fc.record({
  seed: fc.integer(),
  steps: fc.array(step, { minLength: 5, maxLength: 60 }),
  isShared: fc.boolean(),
})

/** Runs all steps, and holds every read, and what is left in the end, against the history of writes. */
async function live({ seed, steps, isShared }: Universe, options: ThroughOptions<number>): Promise<void> {
  const world = new FakeWorld(seed)
  const state = { fails: false }
  const second = faulty(memory({ maxEntries: 3 }), () => ({
    before: Math.floor(world.random() * 4),
    after: Math.floor(world.random() * 4),
    ...(state.fails && world.random() < 0.5 && { fault: 'reject' }),
  }))
  const cache = createCache<number>({ levels: [memory({ maxEntries: 2 }), second], world })
  const source = new UnsteadySource(world)
  const history = new WriteHistory()
  const wrong: string[] = []
  const open = new Set<Promise<unknown>>()
  let next = 0
  for (const key of KEYS.slice(1)) {
    source.rows.set(key, next)
    history.write(key, next++)(true)
  }

  const written: Through<number> = through(cache, source, options, { ...hooks, world, isShared })
  const begin = (work: Promise<unknown>): void => {
    open.add(work)
    work.then(
      () => open.delete(work),
      () => open.delete(work),
    )
  }
  const write = (pairs: readonly (readonly [string, number | undefined])[], run: () => Promise<unknown>): void => {
    const ends = pairs.map(([key, value]) => history.write(key, value))
    const end = (isSure: boolean): void => {
      for (const each of ends) each(isSure)
    }
    begin(
      run().then(
        () => end(true),
        () => end(false),
      ),
    )
  }
  const read = (asked: readonly string[], run: () => Promise<readonly (number | undefined)[]>): void => {
    const checks = asked.map((key) => history.read(key))
    begin(
      run().then((values) => {
        for (const [n, check] of checks.entries()) {
          const allowed = check(values[n])
          if (allowed !== undefined) wrong.push(`${asked[n]} was ${values[n]}, not one of ${allowed}`)
        }
      }),
    )
  }

  for (const step of steps) {
    if (step.do === 'set') {
      const value = next++
      write([[step.key, value]], () => written.set(step.key, value))
    } else if (step.do === 'setMany') {
      const pairs = step.keys.map((key) => [key, next++] as const)
      write(pairs, () => written.setMany(pairs))
    } else if (step.do === 'delete') write([[step.key, undefined]], () => written.delete(step.key))
    else if (step.do === 'deleteMany') {
      write(
        step.keys.map((key) => [key, undefined]),
        () => written.deleteMany(step.keys),
      )
    } else if (step.do === 'get') read([step.key], async () => [await written.get(step.key)])
    else if (step.do === 'getMany') read(step.keys, () => written.getMany(step.keys))
    else if (step.do === 'drop') begin(cache.delete(step.key))
    // Whoever reads past the queue may bring what the source had before.
    else if (step.do === 'others') begin(cache.getOrFetch(step.key, (key) => source.read(key)))
    else if (step.do === 'clear') begin(cache.clear())
    else if (step.do === 'flush') begin(written.flush())
    else if (step.do === 'weather') Object.assign(source, { weather: step.weather, delay: step.delay })
    else if (step.do === 'level') state.fails = step.fails
    else if (step.do === 'pass') world.advance(step.ms)
    if (step.do === 'turn' || step.do === 'pass') await world.settle()
    if (written.queued > 8) wrong.push(`${written.queued} are queued`)
  }

  // The weather clears, and everything comes to rest.
  Object.assign(source, { weather: 'fine', delay: 0 })
  state.fails = false
  await atRest(world, Promise.all(open))
  // What waited for room is queued by now.
  await atRest(world, written.flush())
  expect({ wrong, crossed: source.crossed, open: open.size, queued: written.queued }).toEqual({
    wrong: [],
    crossed: [],
    open: 0,
    queued: 0,
  })
  for (const key of KEYS) {
    const row = source.rows.get(key)
    expect(history.atRest(key)).toContain(row)
    expect([undefined, row]).toContain(await atRest(world, cache.get(key)))
  }
  expect(world.failures).toEqual([])
  await atRest(world, written.close())
  await atRest(world, cache.close())
  world.advance(60_000)
  expect(world.timers).toBe(0)
}

/** Lets time pass until this has settled. */
async function atRest<T>(world: FakeWorld, work: Promise<T>): Promise<T> {
  let isOver = false
  const over = (): void => {
    isOver = true
  }
  work.then(over, over)
  await world.settle()
  for (let n = 0; n < 2000 && !isOver; n++) {
    world.advance(50)
    await world.settle()
  }
  expect(isOver, 'came to rest').toBe(true)
  return work
}

describe('in any order of writes, reads, evictions, clears and failures', () => {
  it('what is written through is never read older than acknowledged, and ends in the source', async () => {
    await fc.assert(
      fc.asyncProperty(universe, (universe) => live(universe, {})),
      { numRuns: 500 },
    )
  })

  it('what is written behind is never read older than acknowledged, and ends in the source', async () => {
    const behind = { delay: 150, maxBatch: 4, maxQueued: 8, maxWait: 200, retries: 1_000_000, backoff: 10 }
    await fc.assert(
      fc.asyncProperty(universe, (universe) => live(universe, { behind })),
      { numRuns: 500 },
    )
  })
})
