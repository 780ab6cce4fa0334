import { isDeepStrictEqual } from 'node:util'
import type { Currency } from '../coherence/currency.ts'
import { isDead, isStale } from '../entry/age.ts'
import type { Entry } from '../entry/entry.ts'
import type { GuardedLevel } from '../remote/guarded-level.ts'
import type { World } from '../world/world.ts'

/** What a read would get now, and from where. */
export interface Serving {
  readonly entry: Entry
  readonly level: string
  /** Whether other processes write to that level as well. */
  readonly isShared: boolean
}

/** What belongs to a cache that is looked at. */
export interface ServingParts {
  readonly world: World
  readonly currency: Currency
  /** What is served where nothing can be proven: see `CacheOptions.whenCutOff`. */
  readonly plan: { readonly whenCutOff: 'serve' | 'fetch' }
}

/** What these levels serve, without a trace where they can be inspected. */
export class Served {
  readonly #levels: readonly GuardedLevel[]
  readonly #parts: ServingParts

  constructor(levels: readonly GuardedLevel[], parts: ServingParts) {
    this.#levels = levels
    this.#parts = parts
  }

  /** Whether this is the name of one of the levels. */
  isFrom(level: string): boolean {
    return this.#levels.some(({ name }) => name === level)
  }

  /** `undefined`: a read would go further down. */
  async take(key: string): Promise<Serving | undefined> {
    const { currency, plan, world } = this.#parts
    // A read would ask for proof as well, and would hear what there is to be heard.
    const isBelieved =
      !currency.matters || currency.isProven || (await currency.proves(key)) || plan.whenCutOff === 'serve'
    for (const level of this.#levels) {
      if (!isBelieved && level.traits.shares === undefined) continue
      const entry = level.traits.near === undefined ? await inspected(level, key) : level.entry(key)
      if (entry === undefined || isDead(entry, world.tick()) || isStale(entry, world.tick())) continue
      return { entry, level: level.name, isShared: level.traits.shares !== undefined }
    }
    return undefined
  }
}

async function inspected(level: GuardedLevel, key: string): Promise<Entry | undefined> {
  const [found] = (await level.inspect([key])) ?? []
  if (found?.entry === undefined || found.barredBy !== undefined || level.isBehindOn(found.entry)) return undefined
  return found.entry
}

/**
 * Whether both were kept by one and the same step, as far as can be told. Births are no help: what memory
 * holds bare counts as born at the moment it is looked at.
 */
export function isSameFact(a: Entry, b: Entry): boolean {
  return a.deadline === b.deadline && a.version === b.version && a.found === b.found && isSame(a.value, b.value)
}

function isSame(a: unknown, b: unknown): boolean {
  // A protected level gives out a copy each time.
  return Object.is(a, b) || (typeof a === 'object' && isDeepStrictEqual(a, b))
}
