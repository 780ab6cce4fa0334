import {
  type Box,
  createCache,
  found,
  fromSync,
  type LevelFactory,
  type MultiLevelCache,
  memory,
  type PolicyName,
  type Result,
  type SourceOptions,
} from '../../src/index.ts'
import type { Level } from '../../src/level.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { type Behaviour, type Fault, faulty } from '../../src/testing/faulty-level.ts'

/** Wraps every level of a universe: how a test takes one part of the design away. */
export type Spoil = (make: LevelFactory) => LevelFactory

const KEYS = ['a', 'b', 'c', 'ab']
const POLICIES: readonly PolicyName[] = ['lru', 'lfu', 'fifo', 'random', 'sieve', 's3Fifo', 'wTinyLfu', 'ttl']
const FAULTS: readonly Fault[] = ['throw', 'reject', 'rejectAfter', 'hang', 'hangAfter', 'garble']
const TIMEOUT = 60
const LENGTH = 1500

/**
 * One process, a few keys, two or three levels, random callers: everything from one seed.
 *
 * The source holds a number a key that only grows. Whoever changes it tells the cache in the same
 * turn. So a value is stale exactly if it is smaller than one whose change the cache has confirmed.
 */
export class Universe {
  readonly world: FakeWorld
  readonly #dice: FakeWorld
  readonly #truth = new Map<string, number>(KEYS.map((key) => [key, 1]))
  /** The greatest number a key had when a call that told the cache of it resolved. */
  readonly #confirmed = new Map<string, number>(KEYS.map((key) => [key, 1]))
  readonly #levels: Level[] = []
  readonly #cache: MultiLevelCache<number>
  #healthy = false
  #waiting = 0
  broken: string | undefined

  constructor(seed: number, spoil: Spoil = (make) => make, source?: SourceOptions) {
    this.world = new FakeWorld(seed)
    this.#dice = new FakeWorld(seed ^ 0x5bd1e995)
    const deep = Array.from({ length: this.#die(2) + 1 }, (_, n) => this.#deepLevel(n + 3, spoil))
    const first = this.#die(5) === 0 ? this.#deepLevel(2, spoil) : this.#watch(spoil(this.#level(2)))
    this.#cache = createCache<number>({ levels: [first, ...deep], source, world: this.world })
  }

  /** Lives through the universe. @returns what went wrong, or `undefined` */
  async run(): Promise<string | undefined> {
    for (let n = 0; n < 70; n++) this.world.after(this.#die(LENGTH), () => void this.#act())
    await this.#pass(LENGTH + 10 * TIMEOUT, 10)
    this.#healthy = true
    await this.#pass(200_000, 2_000)
    if (this.#waiting > 0) this.#break(`${this.#waiting} calls were never answered`)
    await this.#checkRest()
    const closing = this.#cache.close()
    // Fetches that never end are waited for, for a while.
    await this.#pass(5000 + 2 * TIMEOUT, TIMEOUT)
    await closing
    if (this.world.failures.length > 0) this.#break(`background work failed: ${String(this.world.failures[0]!.cause)}`)
    if (this.world.timers > 0) this.#break(`${this.world.timers} timers are left`)
    return this.broken
  }

  async #act(): Promise<void> {
    this.#waiting++
    const key = KEYS[this.#die(KEYS.length)]!
    const kind = this.#die(100)
    if (kind < 30) await this.#read(key, () => this.#cache.getOrFetch(key, this.#fetch, { tags: [`t${key}`] }))
    else if (kind < 35) await this.#readImpatiently(key)
    else if (kind < 45) await this.#read(key, async () => resultOf(await this.#cache.get(key)))
    else if (kind < 50) await this.#readMany()
    else if (kind < 70) await this.#change([key], (now) => this.#cache.set(key, now, { tags: [`t${key}`] }))
    else if (kind < 80) await this.#change([key], () => this.#cache.delete(key))
    else if (kind < 83) await this.#change(['a', 'b'], () => this.#cache.deleteMany(['b', 'a']))
    else if (kind < 90) await this.#change([key], () => this.#cache.invalidateTags([`t${key}`]))
    else if (kind < 93) await this.#change(KEYS, () => this.#cache.clear())
    else if (kind < 96)
      await this.#change(
        KEYS.filter((other) => other.startsWith(key)),
        () => this.#cache.clearPrefix(key),
      )
    else await this.#cache.expire(key, 20 + this.#die(400))
    this.#waiting--
  }

  readonly #fetch = async (key: string): Promise<number> => {
    await this.#elapse(this.#die(60))
    const value = this.#truth.get(key)!
    await this.#elapse(this.#die(60))
    if (!this.#healthy && this.#die(10) === 0) throw new Error('the source failed')
    return value
  }

  async #read(key: string, ask: () => Promise<Result<number>>): Promise<void> {
    const least = this.#confirmed.get(key)!
    try {
      const { data } = await ask()
      if (data !== undefined && data < least)
        this.#break(`P1: ${key} was answered with ${data} after ${least} had been confirmed`)
    } catch (error) {
      const { message, code } = error as Error & { readonly code?: string }
      if (message !== 'the source failed' && code !== 'ERR_FETCH_SHED') this.#break(`a caller got ${String(error)}`)
    }
  }

  async #readImpatiently(key: string): Promise<void> {
    const controller = new AbortController()
    this.world.after(this.#die(120), () => controller.abort(new Error('the source failed')))
    const options = { tags: [`t${key}`], signal: controller.signal }
    await this.#read(key, () => this.#cache.getOrFetch(key, this.#fetch, options))
  }

  async #readMany(): Promise<void> {
    const fetchTagged = async (key: string) => found(await this.#fetch(key), { tags: [`t${key}`] })
    const answers = this.#cache.getOrFetchMany(KEYS, (keys) => Promise.all(keys.map(fetchTagged)))
    await Promise.all(KEYS.map((key, n) => this.#read(key, async () => (await answers)[n]!)))
  }

  /** Changes the source and tells the cache in the same turn. */
  async #change(keys: readonly string[], tell: (now: number) => Promise<unknown>): Promise<void> {
    const told = keys.map((key) => {
      const now = this.#truth.get(key)! + 1
      this.#truth.set(key, now)
      return [key, now] as const
    })
    try {
      await tell(told[0]![1])
    } catch (error) {
      this.#break(`a writer got ${String(error)}`)
    }
    for (const [key, now] of told) this.#confirmed.set(key, Math.max(this.#confirmed.get(key)!, now))
  }

  /** P3 and P4: whatever a level would serve now is the last accepted write. */
  async #checkRest(): Promise<void> {
    for (const key of KEYS) {
      const want = this.#truth.get(key)!
      const { levels } = await this.#cache.explain(key)
      for (const [n, { name, state }] of levels.entries()) {
        if (state !== 'served') continue
        const [seen] = await this.#levels
          .find((level) => level.name === levels[n]!.name)!
          .traits.inspects!.inspect([key])
        if (seen!.entry!.value !== want)
          this.#break(`P4: at rest ${name} holds ${key}=${seen!.entry!.value}, not ${want}`)
      }
      const asked = this.#cache.getOrFetch(key, this.#fetch)
      await this.#pass(1000, 10)
      const { data } = await asked
      if (data !== want) this.#break(`P4: at rest ${key} is answered with ${data}, not ${want}`)
    }
  }

  #break(what: string): void {
    this.broken ??= what
  }

  /** Four levels in five are memory levels, the others a `Map`. */
  #level(maxEntries: number): LevelFactory {
    if (this.#die(5) === 0) {
      const store = new Map<string, Box>()
      return fromSync(store, { keys: () => store.keys() })
    }
    return memory({ maxEntries, policy: POLICIES[this.#die(POLICIES.length)]! })
  }

  #deepLevel(maxEntries: number, spoil: Spoil): LevelFactory {
    return faulty(this.#watch(spoil(this.#level(maxEntries))), () => this.#behaviour(), { timeout: TIMEOUT })
  }

  #watch(make: LevelFactory): LevelFactory {
    return (context) => {
      const level = make(context)
      this.#levels.push(level)
      return level
    }
  }

  #behaviour(): Behaviour {
    if (this.#healthy) return { before: this.#die(10), after: this.#die(10) }
    const chance = this.#die(100)
    // One call in ten takes effect long after its deadline.
    if (chance < 10) return { before: this.#die(5 * TIMEOUT) }
    const fault = chance < 25 ? FAULTS[this.#die(FAULTS.length)]! : 'none'
    return { before: this.#die(40), after: this.#die(40), fault }
  }

  #die(sides: number): number {
    return Math.floor(this.#dice.random() * sides)
  }

  /** Resolves when so much virtual time has passed. */
  #elapse(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.world.after(ms, resolve)
    })
  }

  async #pass(ms: number, step: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += step) {
      this.world.advance(step)
      await this.world.settle()
    }
  }
}

function resultOf(value: number | undefined): Result<number> {
  return value === undefined ? { found: false, data: undefined } : { found: true, data: value }
}
