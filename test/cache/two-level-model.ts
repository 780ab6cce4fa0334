interface Journey {
  readonly began: number
  readonly answer: PromiseWithResolvers<string>
}

/** The exercise in its plainest form: two LRU lists, and who waits for which key. */
export class TwoLevelModel {
  /** Keys the source was asked for, in order. */
  readonly fetched: string[] = []
  readonly #levels: readonly Lru[]
  readonly #journeys = new Map<string, Journey>()
  readonly #ready = new Set<string>()
  readonly #putAt = new Map<string, number>()
  #clock = 0

  constructor(...capacities: readonly [number, number]) {
    this.#levels = capacities.map((capacity) => new Lru(capacity))
  }

  keys(): string[][] {
    return this.#levels.map((level) => level.keys())
  }

  ask(key: string): Promise<string> {
    this.#clock++
    const [near, far] = this.#levels as [Lru, Lru]
    const held = near.use(key)
    if (held !== undefined) return Promise.resolve(held)
    const journey = this.#journeys.get(key)
    if (journey !== undefined) return journey.answer.promise
    const below = far.use(key)
    if (below !== undefined) {
      near.set(key, below)
      return Promise.resolve(below)
    }
    const started = { began: this.#clock, answer: Promise.withResolvers<string>() }
    this.#journeys.set(key, started)
    this.fetched.push(key)
    if (this.#ready.has(key)) this.ready(key)
    return started.answer.promise
  }

  put(key: string): void {
    this.#putAt.set(key, ++this.#clock)
    this.#levels[0]!.set(key, `put ${key}`)
  }

  ready(key: string): void {
    this.#ready.add(key)
    const journey = this.#journeys.get(key)
    if (journey === undefined) return
    this.#journeys.delete(key)
    const [near, far] = this.#levels as [Lru, Lru]
    far.set(key, `db ${key}`)
    // What was put while the journey lasted is newer than what it brings.
    if ((this.#putAt.get(key) ?? 0) < journey.began) near.set(key, `db ${key}`)
    journey.answer.resolve(`db ${key}`)
  }
}

class Lru {
  readonly #capacity: number
  readonly #values = new Map<string, string>()

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  keys(): string[] {
    return [...this.#values.keys()]
  }

  use(key: string): string | undefined {
    const value = this.#values.get(key)
    if (value !== undefined) this.set(key, value)
    return value
  }

  set(key: string, value: string): void {
    this.#values.delete(key)
    this.#values.set(key, value)
    if (this.#values.size > this.#capacity) this.#values.delete(this.keys()[0]!)
  }
}
