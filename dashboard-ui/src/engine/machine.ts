import { createCache, type MultiLevelCache } from '../../../src/cache.ts'
import { type NotFound, notFound } from '../../../src/entry/answer.ts'
import { FakeWorld } from '../../../src/testing/fake-world.ts'
import type { Command } from './command.ts'
import type { Setup } from './setup.ts'
import { type LevelMove, type Shelf, type Tap, tapped } from './tapped-level.ts'
import { sentenceOf } from './telling.ts'

/** Something that happened during a command: in a level, or at the source. */
export type Move =
  | LevelMove
  | { readonly kind: 'asked'; readonly key: string }
  | { readonly kind: 'answered'; readonly key: string; readonly outcome: 'row' | 'nothing' | 'failure' }

/** The counts of the cache after a step. */
interface Counts {
  readonly requests: number
  readonly hitsByLevel: readonly number[]
  readonly fetches: number
}

/** A command that was run, and what came of it. */
export interface Step {
  readonly command: Command
  readonly moves: readonly Move[]
  /** What happened, told in one sentence. */
  readonly sentence: string
  /** What the caller got. */
  readonly answer: string | undefined
  /** Milliseconds it took, in the time of the playground. */
  readonly took: number
  readonly state: State
}

/** How things stand between two commands. */
export interface State {
  readonly shelves: readonly Shelf[]
  readonly rows: ReadonlyMap<string, string>
  readonly fails: boolean
  /** Milliseconds since the beginning. */
  readonly clock: number
  readonly counts: Counts
}

/** How often the clock may be moved on for one command. A command waits for one fetch. */
const MOST_TIMERS = 10_000

/**
 * Terrace itself, as it is published, in a world where time passes only when a command lets it: a
 * cache over memory levels, and a map that stands for the database. The same setup and commands
 * give the same steps, always.
 */
export class Machine {
  readonly #world: FakeWorld
  readonly #cache: MultiLevelCache<string>
  readonly #taps: readonly Tap[]
  readonly #names: readonly string[]
  readonly #latency: number
  readonly #rows: Map<string, string>
  #fails = false
  #moves: Move[] = []

  constructor(setup: Setup) {
    this.#world = new FakeWorld(setup.seed)
    this.#latency = setup.latency
    this.#rows = new Map(setup.rows)
    this.#taps = setup.levels.map((level, n) => tapped(n, level, (move) => this.#moves.push(move)))
    this.#names = setup.levels.map((_, n) => `L${n + 1}`)
    this.#cache = createCache<string>({ levels: this.#taps.map(({ make }) => make), world: this.#world })
  }

  get state(): State {
    const { requests, hitsByLevel, fetches } = this.#cache.stats()
    return {
      shelves: this.#taps.map((tap) => tap.shelf()),
      rows: new Map(this.#rows),
      fails: this.#fails,
      clock: this.#world.mono(),
      counts: { requests, hitsByLevel, fetches },
    }
  }

  async run(command: Command): Promise<Step> {
    this.#moves = []
    const began = this.#world.mono()
    const answer = await this.#settled(this.#do(command))
    const moves = this.#moves
    return {
      command,
      moves,
      sentence: sentenceOf(command, moves, this.#names),
      answer,
      took: this.#world.mono() - began,
      state: this.state,
    }
  }

  async close(): Promise<void> {
    await this.#cache.close()
  }

  #do(command: Command): Promise<string | undefined> {
    const cache = this.#cache
    switch (command.verb) {
      case 'get':
        return this.#get(command)
      case 'look':
        return cache.get(command.key).then((value) => value ?? 'nothing')
      case 'put':
        return cache.put(command.key, command.value, kept(command.keep)).then(() => undefined)
      case 'set':
        return cache.set(command.key, command.value, kept(command.keep)).then(() => undefined)
      case 'delete':
        return cache.delete(command.key).then(() => undefined)
      case 'tag':
        return cache.invalidateTags([command.name]).then(() => undefined)
      case 'prefix':
        return cache.clearPrefix(command.name).then(() => undefined)
      case 'clear':
        return cache.clear().then(() => undefined)
      default:
        return this.#outside(command)
    }
  }

  async #get({ key, callers, keep }: Command & { verb: 'get' }): Promise<string> {
    const fetcher = (asked: string): Promise<string | NotFound> => this.#fetch(asked)
    const calls = Array.from({ length: callers }, () => this.#cache.getOrFetch(key, fetcher, kept(keep)))
    const [first] = await Promise.allSettled(calls)
    if (first!.status === 'rejected') return 'an error'
    return first!.value.found ? first!.value.data : 'nothing'
  }

  /** What does not concern the cache: it is not told. */
  async #outside(command: Command): Promise<undefined> {
    if (command.verb === 'wait') this.#world.advance(command.ms)
    else if (command.verb === 'row') this.#rows.set(command.key, command.value)
    else if (command.verb === 'drop') this.#rows.delete(command.key)
    else if (command.verb === 'source') this.#fails = command.fails
  }

  async #fetch(key: string): Promise<string | NotFound> {
    this.#moves.push({ kind: 'asked', key })
    await new Promise<void>((resolve) => this.#world.after(this.#latency, resolve))
    const row = this.#rows.get(key)
    const outcome = this.#fails ? 'failure' : row === undefined ? 'nothing' : 'row'
    this.#moves.push({ kind: 'answered', key, outcome })
    if (this.#fails) throw new Error('the database does not answer')
    return row ?? notFound()
  }

  /** Lets time pass until the call is answered. */
  async #settled<T>(call: Promise<T>): Promise<T> {
    let isOver = false
    const over = (): void => {
      isOver = true
    }
    call.then(over, over)
    for (let timers = 0; timers < MOST_TIMERS; timers++) {
      await this.#world.settle()
      if (isOver || !this.#world.next(Number.POSITIVE_INFINITY)) break
    }
    return call
  }
}

function kept({ ttl, tags }: { ttl: number | undefined; tags: readonly string[] }): {
  ttl: number | undefined
  tags: readonly string[]
} {
  return { ttl, tags }
}
