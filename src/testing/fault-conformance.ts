import { deepStrictEqual, ok } from 'node:assert/strict'
import { createCache } from '../cache.ts'
import type { LevelFactory } from '../level.ts'
import { memory } from '../memory/memory.ts'
import { pause } from '../world/pause.ts'
import type { World } from '../world/world.ts'
import type { TestRunner } from './policy-conformance.ts'

/** What can be done to the server of a level. Each takes effect when what it returns has settled. */
export interface LevelFaults {
  /** The server answers nothing any more, and its connections stay (SIGSTOP). */
  freeze(): unknown
  /** It goes on where it was, with what it was sent meanwhile. */
  thaw(): unknown
  /** The server ends, and its connections with it. */
  kill(): unknown
  /** It is back under the same address, with or without its data. */
  restart(): unknown
}

/** How much later than its deadline a call may end on a machine that has other things to do, in milliseconds. */
const SLACK = 2000
/** How long a level may take to be well again: longer than the longest pause before another try. */
const RECOVERY = 30_000
const PAUSE = 50

/**
 * Declares the tests of a level whose server fails; in caches, for those see to deadlines and to what was missed.
 *
 * @param make gives an empty level, and the same one to several caches
 */
export function faultConformance(
  { it }: Pick<TestRunner, 'it'>,
  make: () => LevelFactory,
  { freeze, thaw, kill, restart }: LevelFaults,
  world: World,
): void {
  it('whose server is frozen ends every call in time, takes nothing for kept, and serves nothing old afterwards', async () => {
    const { one, other, deadline, close } = twoOver(make(), world)
    await until(world, async () => (await one.set('held', 'old')).ok)
    deepStrictEqual(await other.get('held'), 'old')
    await freeze()
    const began = world.mono()
    try {
      const written = await Promise.all([one.set('held', 'new'), one.set('more', 'new'), one.delete('gone')])
      for (const { levels } of written) deepStrictEqual(levels[1]!.outcome, 'pending')
      deepStrictEqual([await one.get('held'), await one.get('missing')], ['new', undefined])
      deepStrictEqual((await one.getOrFetch('fetched', () => 'of the source')).data, 'of the source')
      const took = world.mono() - began
      ok(took < 4 * deadline + SLACK, `three writes and three reads took ${took} ms`)
    } finally {
      await thaw()
    }
    await until(world, async () => one.stats().levels[1]!.pending === 0 && (await other.get('held')) !== 'old')
    await worksAgain(world, one, other)
    ok((await other.get('held')) !== 'old', 'what was pending took effect late')
    await close()
  })

  it('whose server ends costs its readers nothing but a miss, and works when it is back', async () => {
    const { one, other, deadline, close } = twoOver(make(), world)
    await until(world, async () => (await one.set('held', 'old')).ok)
    await kill()
    const began = world.mono()
    try {
      deepStrictEqual([await one.get('held'), await other.get('held')], ['old', undefined])
      deepStrictEqual((await other.getOrFetch('held', () => 'of the source')).data, 'of the source')
      const { ok: isKept } = await one.set('held', 'new')
      ok(!isKept, 'a server that is gone has kept what was set')
      const took = world.mono() - began
      ok(took < 4 * deadline + SLACK, `three reads and a write took ${took} ms`)
    } finally {
      await restart()
    }
    await until(world, async () => one.stats().levels[1]!.pending === 0)
    await worksAgain(world, one, other)
    await close()
  })
}

type TextCache = ReturnType<typeof createCache<string>>

function twoOver(level: LevelFactory, world: World) {
  let deadline = 0
  const watched: LevelFactory = (context) => {
    const made = level(context)
    deadline = made.timeout
    return made
  }
  const [one, other] = [1, 2].map(() => createCache<string>({ levels: [memory(), watched], world }))
  const close = () => Promise.all([one!.close(), other!.close()])
  return { one: one!, other: other!, deadline, close }
}

/** What one sets, the other finds: in the level, for it has not seen these keys. */
async function worksAgain(world: World, one: TextCache, other: TextCache): Promise<void> {
  let tries = 0
  await until(world, async () => {
    const key = `again:${tries++}`
    return (await one.set(key, key)).ok && (await other.get(key)) === key
  })
}

async function until(world: World, isSo: () => Promise<boolean>): Promise<void> {
  const end = world.mono() + RECOVERY
  while (!(await isSo())) {
    ok(world.mono() < end, `not well again after ${RECOVERY} ms`)
    await pause(world, PAUSE)
  }
}
