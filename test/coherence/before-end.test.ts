import { expect, it } from 'vitest'
import { beforeEnd } from '../../src/coherence/before-end.ts'
import { Unsettled } from '../../src/level.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import type { Cancel } from '../../src/world/world.ts'

/** Knows the timers that keep a process alive. */
class KeptAlive extends FakeWorld {
  readonly awaited = new Set<() => void>()

  override after(delay: number, run: () => void, awaited = false): Cancel {
    const done = (): void => {
      this.awaited.delete(run)
      run()
    }
    if (awaited) this.awaited.add(run)
    const cancel = super.after(delay, done)
    return () => {
      this.awaited.delete(run)
      cancel()
    }
  }
}

it('a step that failed is over at its end, and keeps no process alive until then', async () => {
  const world = new KeptAlive()
  const failing = beforeEnd(world, 10_000, async () => {
    world.advance(300)
    throw new Error('READONLY')
  })
  expect(world.awaited.size).toBe(1)
  const failure: unknown = await failing.catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(Unsettled)
  expect(world.awaited.size).toBe(0)
  let isOver = false
  void (failure as Unsettled).over.then(() => {
    isOver = true
  })
  world.advance(9699)
  await world.settle()
  expect(isOver).toBe(false)
  world.advance(1)
  await world.settle()
  expect(isOver).toBe(true)
  expect(world.timers).toBe(0)
})

it('a step that is never answered keeps the process alive until its end', async () => {
  const world = new KeptAlive()
  const step = beforeEnd(world, 500, () => new Promise(() => undefined)).catch((error: unknown) => error)
  expect(world.awaited.size).toBe(1)
  world.advance(500)
  expect(await step).toMatchObject({ code: 'ERR_LEVEL_TIMEOUT' })
  expect(world.timers).toBe(0)
})
