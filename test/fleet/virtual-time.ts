import type { FakeWorld } from '../../src/testing/fake-world.ts'

/** Time that passes while something is under way. */
export interface VirtualTime {
  /** Lets so many milliseconds pass, five at a time. */
  pass(ms: number): Promise<void>
  /** What a call comes to, so many milliseconds later. */
  within<T>(ms: number, work: Promise<T>): Promise<T>
  /** What a call comes to, as soon as it does. */
  during<T>(work: Promise<T>): Promise<T>
  /** A source that takes so many milliseconds. */
  later<T>(ms: number, value: T): Promise<T>
}

export function virtualTime(world: FakeWorld): VirtualTime {
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 5) {
      world.advance(5)
      await world.settle()
    }
  }
  return {
    pass,
    later: (ms, value) => new Promise((resolve) => world.after(ms, () => resolve(value))),
    async within(ms, work) {
      work.catch(() => undefined)
      await pass(ms)
      return work
    },
    async during(work) {
      let isOver = false
      const end = (): void => {
        isOver = true
      }
      work.then(end, end)
      while (!isOver) {
        await world.settle()
        if (!isOver) world.advance(1)
      }
      return work
    },
  }
}
