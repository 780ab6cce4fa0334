import type { FakeWorld } from '../../src/testing/fake-world.ts'

/** Items that several processes share. A call takes effect at one moment, and answers at a later one; some fail, before or after. */
export class SlowRegister {
  readonly items: Map<string, string> = new Map()
  readonly #world: FakeWorld
  /** How often a call fails, 0 to 1. */
  failures = 0

  constructor(world: FakeWorld) {
    this.#world = world
  }

  get(key: string): Promise<string | undefined> {
    return this.#call(() => this.items.get(key))
  }

  set(key: string, value: string): Promise<unknown> {
    return this.#call(() => this.items.set(key, value))
  }

  delete(key: string): Promise<boolean> {
    return this.#call(() => this.items.delete(key))
  }

  async #call<T>(effect: () => T): Promise<T> {
    const fate = this.#world.random()
    await this.#wait()
    if (fate < this.failures / 2) throw new Error('failed before')
    const answer = effect()
    await this.#wait()
    if (fate < this.failures) throw new Error('failed after')
    return answer
  }

  #wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#world.after(this.#world.random() * 40, resolve)
    })
  }
}
