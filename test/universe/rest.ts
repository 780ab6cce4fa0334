import { isStale } from '../../src/entry/age.ts'
import type { Callers } from './callers.ts'
import { COUNTER, KEYS, type Scene } from './scene.ts'
import type { Source } from './source.ts'

const SETTLING = 60_000

/** A universe in which nothing goes wrong any more: it comes to rest, and then everything must fit. */
export class Rest {
  readonly #scene: Scene
  readonly #callers: Callers
  readonly #source: Source

  constructor(scene: Scene, callers: Callers, source: Source) {
    this.#scene = scene
    this.#callers = callers
    this.#source = source
  }

  /** Lets everything that is pending be told. */
  async come(): Promise<void> {
    const end = this.#scene.world.mono() + SETTLING
    const isAtRest = () => this.#scene.waiting === 0 && this.#scene.nodes.every((node) => node.isAtRest)
    while (!isAtRest() && this.#scene.world.mono() < end) await this.#scene.pass(50)
    if (this.#scene.waiting > 0) return this.#scene.break(`${this.#scene.waiting} calls were never answered`)
    if (!isAtRest()) {
      const states = this.#scene.nodes.flatMap(({ cache, index }) =>
        cache
          .stats()
          .levels.map(({ name, pending, proven }) => `node ${index} ${name}: ${pending} pending, proven ${proven}`),
      )
      return this.#scene.break(`the fleet does not come to rest: ${states.join('; ')}`)
    }
    // Until the last notice has arrived, and the last hole has been asked for.
    await this.#scene.pass(this.#scene.climate.maxStaleness + 4 * this.#scene.climate.timeout)
    this.#callers.note()
  }

  /** P3 and P4: whatever any level would serve now is the last accepted write, the same everywhere. */
  async checkCopies(): Promise<void> {
    for (const key of this.#scene.climate.counts ? [...KEYS, COUNTER] : KEYS) {
      const held: string[] = []
      const holders = new Map<number, Set<number | 'deepest' | 'above'>>()
      for (const node of this.#scene.nodes) {
        const copies = await this.#scene.during(node.copies(key))
        for (const { level, place, entry } of copies) {
          if (entry === undefined || entry.deadline <= node.world.tick()) continue
          const value = entry.value as number
          if (isStale(entry, node.world.tick())) {
            // What something has kept as stale lies there until it is fetched anew, and not everywhere.
            const why = this.#scene.history.whyWrong(key, value, true)
            if (why !== undefined) this.#scene.break(`P4: at rest ${level} holds ${key}=${value} as stale: ${why}`)
            if (this.#scene.history.wasExpired(key, value)) continue
          }
          held.push(`node ${node.index} ${level}: ${value}`)
          holders.set(value, (holders.get(value) ?? new Set()).add(place === 'private' ? node.index : place))
        }
      }
      const { history, manners } = this.#scene
      const mayDiffer = key === COUNTER ? history.isForsaken : history.mayDiffer(key, holders, manners.isGraceful)
      if (holders.size > 1 && !mayDiffer) this.#scene.break(`P4: at rest copies of ${key} differ: ${held.join(', ')}`)
      for (const value of holders.keys()) {
        const why = key === COUNTER ? this.#scene.counter.whyWrong(value) : this.#scene.history.whyWrong(key, value)
        if (why !== undefined && !(key === COUNTER && this.#scene.climate.isForgetful))
          this.#scene.break(`P4: at rest ${key} is ${value}: ${why}. ${held.join(', ')}`)
      }
      if (key === COUNTER) continue
      for (const node of this.#scene.nodes) {
        // The source is well again: who takes no stale copy is told the truth, however lately it had failed.
        const reading = node.cache.getOrFetch(key, this.#source.fetching(node), { staleOnError: false })
        const { data } = await this.#scene.during(reading)
        const why = this.#scene.history.whyWrong(key, data!)
        if (why !== undefined) this.#scene.break(`P4: at rest node ${node.index} reads ${key}=${data}: ${why}`)
      }
    }
  }

  /** P5: a key nobody has is fetched once in the fleet, however many ask, and has its callers answered. */
  async checkColdKeys(): Promise<void> {
    if (this.#scene.climate.mood === 'storm') return
    const key = 'cold'
    let fetched = 0
    const fetchCold = async (): Promise<number> => {
      fetched++
      await new Promise<void>((resolve) => {
        this.#scene.nodes[0]!.world.after(30, resolve)
      })
      return 1
    }
    const asking = this.#scene.nodes.flatMap(({ cache }) => [
      cache.getOrFetch(key, fetchCold),
      cache.getOrFetch(key, fetchCold),
    ])
    await this.#scene.during(Promise.all(asking))
    if (fetched !== 1) this.#scene.break(`P5: a cold key was fetched ${fetched} times`)
  }
}
