import type { Counted, LevelState, Session, Stats, Told, Top } from '../../dashboard/protocol.ts'
import type { Cancel, World } from '../../world/world.ts'
import type { DashboardClient } from '../dashboard-client.ts'
import { joined, type LevelNotes, type Reading, type ReadProcess, readingIn } from './figures.ts'

/** Keys by how often something happened to them. */
export interface TopKeys {
  readonly hottest: readonly CountedKey[]
  readonly fetched: readonly CountedKey[]
  readonly missed: readonly CountedKey[]
}

export interface CountedKey {
  readonly key: string
  readonly count: number
}

/** How a process is, told from afar. */
export type ProcessState = 'connecting' | 'watched' | 'silent' | 'away'

/** Milliseconds without a word after which a process counts as silent; its dashboard speaks every second. */
const SILENCE = 5000
/** Milliseconds between questions for the top keys, and before a lost one is asked again. */
const KEYS_EVERY = 2000
const RETRY = 2000
const MOST_KEYS = 50
const NO_KEYS: TopKeys = Object.freeze({ hottest: [], fetched: [], missed: [] })

/** One process of which a dashboard tells: connects to it, again and again, and keeps what it said last. */
export class WatchedProcess {
  readonly client: DashboardClient
  readonly #asked: string | undefined
  readonly #world: World
  readonly #told: () => void
  readonly #gone = new AbortController()
  #session: Session | undefined
  #cache: string | undefined
  #notes: readonly LevelNotes[] = []
  #readings: Reading[] = []
  #latest: Reading | undefined
  #heardAt = Number.NEGATIVE_INFINITY
  #failure: Error | undefined
  #cancel: Cancel = () => undefined

  keys: TopKeys = NO_KEYS

  /** @param told called when something is known that was not */
  constructor(client: DashboardClient, cache: string | undefined, world: World, told: () => void) {
    this.client = client
    this.#asked = cache
    this.#world = world
    this.#told = told
  }

  get state(): ProcessState {
    if (this.#failure !== undefined) return 'away'
    if (this.#latest === undefined) return 'connecting'
    return this.#world.mono() - this.#heardAt > SILENCE ? 'silent' : 'watched'
  }

  /** What went wrong last, while it is away. */
  get failure(): Error | undefined {
    return this.#failure
  }

  /** What the process calls itself. */
  get name(): string | undefined {
    return this.#session?.process
  }

  get cache(): string | undefined {
    return this.#cache
  }

  /** What happened since the last call; of a process that says nothing new, the same again, for as long as it is not given up. */
  take(): ReadProcess | undefined {
    if (this.#readings.length > 0) this.#latest = joined(this.#readings.splice(0))
    if (this.#latest === undefined || this.state !== 'watched') return undefined
    return { reading: this.#latest, notes: this.#notes }
  }

  /** Connects, and watches until {@link close}. */
  async watch(): Promise<void> {
    while (!this.#gone.signal.aborted) {
      try {
        await this.#listen()
      } catch (error) {
        if (this.#gone.signal.aborted) return
        this.#failure = error instanceof Error ? error : new Error(String(error))
        this.#session = undefined
        this.#told()
      }
      await new Promise<void>((resolve) => {
        this.#cancel = this.#world.after(RETRY, resolve, true)
        this.#gone.signal.addEventListener('abort', () => resolve(), { once: true })
      })
    }
  }

  close(): void {
    this.#gone.abort()
    this.#cancel()
  }

  async #listen(): Promise<void> {
    const { client } = this
    client.forget()
    const session = await client.session()
    const cache = await client.cacheName(this.#asked)
    const stats = await client.get<Stats>('stats', { cache })
    this.#notes = (Array.isArray(stats.levels) ? stats.levels : []).slice(0, 100).map(notesOf)
    this.#session = session
    this.#cache = cache
    this.#failure = undefined
    await this.#askKeys(cache)
    let askedAt = this.#world.mono()
    for await (const { event, data } of client.events({ cache, most: '0' }, this.#gone.signal)) {
      if (event === 'closed') throw new Error('the cache was closed')
      const reading = event === 'point' ? readingIn(data, this.#notes.length) : undefined
      if (reading === undefined) continue
      this.#readings = [...this.#readings, reading].slice(-60)
      this.#latest ??= reading
      this.#heardAt = this.#world.mono()
      this.#told()
      if (this.#heardAt - askedAt < KEYS_EVERY) continue
      askedAt = this.#heardAt
      this.#world.background(this.#askKeys(cache), 'asking a dashboard for its top keys')
    }
    if (!this.#gone.signal.aborted) throw new Error('the connection was ended')
  }

  async #askKeys(cache: string): Promise<void> {
    try {
      const { hottest, fetched, missed } = await this.client.get<Top>('top', { cache })
      this.keys = { hottest: countedIn(hottest), fetched: countedIn(fetched), missed: countedIn(missed) }
    } catch {
      // The stream will tell, if it is more than that.
      this.keys = NO_KEYS
    }
  }
}

function notesOf({ name, policy, maxEntries, maxBytes }: LevelState): LevelNotes {
  return {
    name: String(name).slice(0, 100),
    policy: typeof policy === 'string' ? policy.slice(0, 40) : null,
    maxEntries: numberOr(maxEntries),
    maxBytes: numberOr(maxBytes),
  }
}

function numberOr(value: unknown): Told {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

function countedIn(list: readonly Counted[]): readonly CountedKey[] {
  if (!Array.isArray(list)) return []
  return list
    .slice(0, MOST_KEYS)
    .filter(({ key, count }) => typeof key === 'string' && typeof count === 'number' && count > 0)
    .map(({ key, count }) => ({ key: key.slice(0, 1000), count: Math.round(count) }))
}
