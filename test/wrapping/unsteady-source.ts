import type { Pair, Source } from '../../src/index.ts'
import type { FakeWorld } from '../../src/testing/fake-world.ts'

/** What happens to the calls of a source that change it. */
export type Weather = 'fine' | 'fails before' | 'fails after' | 'fails halfway'

/** A source that takes its time, and fails when it is told to. Reads see what was there when they were called. */
export class UnsteadySource implements Source<number> {
  readonly rows: Map<string, number> = new Map()
  readonly writes: (readonly Pair<number>[])[] = []
  readonly deletes: (readonly string[])[] = []
  readonly reads: string[] = []
  weather: Weather = 'fine'
  /** The longest a call takes, in milliseconds. */
  delay = 0
  /** Writes of a key that were not one after the other. */
  readonly crossed: string[] = []
  /** Keys that cannot be written. */
  readonly poison: Set<string> = new Set()
  readonly #world: FakeWorld
  readonly #underWay = new Set<string>()

  constructor(world: FakeWorld) {
    this.#world = world
  }

  async read(key: string): Promise<number | undefined> {
    this.reads.push(key)
    const row = this.rows.get(key)
    await this.#pause()
    return row
  }

  async write(entries: readonly Pair<number>[]): Promise<void> {
    this.writes.push(entries)
    const poisoned = entries.find(([key]) => this.poison.has(key))
    if (poisoned !== undefined) throw new Error(`poison: ${poisoned[0]}`)
    await this.#change(
      entries,
      ([key, value]) => this.rows.set(key, value),
      ([key]) => key,
    )
  }

  async delete(keys: readonly string[]): Promise<void> {
    this.deletes.push(keys)
    await this.#change(
      keys,
      (key) => this.rows.delete(key),
      (key) => key,
    )
  }

  async #change<T>(items: readonly T[], apply: (item: T) => unknown, keyOf: (item: T) => string): Promise<void> {
    const keys = items.map(keyOf)
    if (new Set(keys).size < keys.length) this.crossed.push(`${keys} in one call`)
    for (const key of keys) {
      if (this.#underWay.has(key)) this.crossed.push(`two writes of ${key} at once`)
      this.#underWay.add(key)
    }
    try {
      await this.#pause()
      const { weather } = this
      if (weather === 'fails before') throw new Error(weather)
      const most = weather === 'fails halfway' ? items.length >> 1 : items.length
      for (const item of items.slice(0, most)) apply(item)
      await this.#pause()
      if (weather !== 'fine') throw new Error(weather)
    } finally {
      for (const key of keys) this.#underWay.delete(key)
    }
  }

  async #pause(): Promise<void> {
    const ms = Math.floor(this.#world.random() * (this.delay + 1))
    if (ms > 0) await new Promise<void>((resolve) => this.#world.after(ms, resolve))
  }
}
