import type { Database } from '../database/database.ts'
import type { Phase } from '../load/phase.ts'
import type { Verifier } from '../load/verifier.ts'
import type { AppStats } from '../wire/app-answers.ts'
import { type Address, type Found, probe } from './probes.ts'

/** Milliseconds between two looks at everything. */
const PERIOD = 500

export interface WatchOptions {
  readonly addresses: readonly Address[]
  readonly database: Database
  readonly verifier: Verifier
  /** The phase that what is counted now belongs to. */
  readonly phase: () => Phase
}

/** What an app server has done between two looks. */
export interface Spell {
  readonly requests: number
  readonly hitsByLevel: readonly number[]
  readonly fetches: number
  readonly statements: number
  readonly databaseMs: number
}

const NOTHING: Spell = { requests: 0, hitsByLevel: [0, 0, 0], fetches: 0, statements: 0, databaseMs: 0 }

/**
 * Looks at all parts twice a second, in their own protocols; tells the verifier which app servers owe no
 * level anything, and the phase what was fetched.
 */
export class Watch {
  readonly #options: WatchOptions
  readonly #found = new Map<string, Found>()
  readonly #before = new Map<string, AppStats>()
  readonly #spells = new Map<string, Spell>()
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> | undefined
  #onLook: () => void = () => undefined

  constructor(options: WatchOptions) {
    this.#options = options
  }

  /** @param onLook called after each look */
  begin(onLook: () => void = () => undefined): void {
    this.#onLook = onLook
    this.#timer = setInterval(() => void this.look(), PERIOD)
  }

  async end(): Promise<void> {
    clearInterval(this.#timer)
    await this.#looking
  }

  /** Looks now, or waits for the look that is under way. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined
    })
    return this.#looking
  }

  /** What was found last. */
  foundAt(name: string): Found | undefined {
    return this.#found.get(name)
  }

  /** What an app server did between the last two looks. */
  spellOf(name: string): Spell {
    return this.#spells.get(name) ?? NOTHING
  }

  /** Whether every part answered when it was asked last, no breaker is open, and nobody owes anything. */
  get isAllWell(): boolean {
    return this.#options.addresses.every(({ name }) => {
      const found = this.#found.get(name)
      if (found?.health !== 'up') return false
      const levels = found.stats?.cache.levels ?? []
      return levels.every(({ breaker, pending, proven, hearing }) => {
        return breaker === 'closed' && pending === 0 && proven !== false && hearing !== 'pulse' && hearing !== 'nothing'
      })
    })
  }

  async #look(): Promise<void> {
    const { addresses, database } = this.#options
    await Promise.all(
      addresses.map(async (address) => {
        const found = await probe(address, database)
        this.#found.set(address.name, found)
        if (found.stats !== undefined) this.#note(address.name, found.stats, found)
        else this.#spells.delete(address.name)
      }),
    )
    this.#onLook()
  }

  #note(name: string, stats: AppStats, { asked, ms }: Found): void {
    if (stats.cache.levels.every(({ pending }) => pending === 0)) {
      this.#options.verifier.owesNothing(stats.process, asked, asked + ms)
    }
    const before = this.#before.get(name)
    this.#before.set(name, stats)
    const spell = spellBetween(before?.process === stats.process ? before : undefined, stats)
    this.#spells.set(name, spell)
    // What was done before anybody looked belongs to no phase.
    if (before === undefined) return
    const phase = this.#options.phase()
    phase.fetches += spell.fetches
    phase.requests += spell.requests
    phase.hits += spell.hitsByLevel.reduce((sum, hits) => sum + hits, 0)
  }
}

function spellBetween(before: AppStats | undefined, { cache, database }: AppStats): Spell {
  return {
    requests: cache.requests - (before?.cache.requests ?? 0),
    hitsByLevel: cache.hitsByLevel.map((hits, n) => hits - (before?.cache.hitsByLevel[n] ?? 0)),
    fetches: cache.fetches - (before?.cache.fetches ?? 0),
    statements: database.statements - (before?.database.statements ?? 0),
    databaseMs: database.ms - (before?.database.ms ?? 0),
  }
}
