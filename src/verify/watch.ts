import type { Inconsistency } from '../entry/inconsistency.ts'
import { counted } from '../errors.ts'
import type { VerifiedAgainst } from '../observe/verified.ts'
import type { World } from '../world/world.ts'
import type { Comparison, Difference, Verdict } from './comparison.ts'
import { Figures, percent, time } from './figures.ts'
import { isSameFact } from './served.ts'
import { Suspicion } from './suspicion.ts'

/** How a {@link Watch} tells and remembers. */
export interface WatchTerms {
  readonly within: readonly number[]
  /** How many offenders are remembered. */
  readonly offenders: number
  readonly values: boolean
  readonly tell: (inconsistency: Inconsistency) => void
  readonly background: (why: string, run: () => Promise<unknown>) => void
}

/** Keys under suspicion at a time: their values are held meanwhile. */
const MOST_SUSPECTS = 200

/**
 * Follows what differs until it agrees, and counts how long that took.
 *
 * A difference is looked at again when each bound has passed since it was first seen. Only one that is still
 * there then, with the very same entry served, is late; one that could not be looked at counts neither way.
 * The share of reads found late within t of being seen is that of reads which served what had been out of
 * date for t: a read meets an interval of staleness at a moment that is equally likely anywhere in it.
 */
export class Watch {
  readonly #comparison: Comparison
  readonly #world: World
  readonly #terms: WatchTerms
  readonly #figures: Figures
  readonly #suspects = new Map<string, Suspicion>()
  /** The latest last. */
  #offenders: Suspicion[] = []
  #isClosed = false

  constructor(comparison: Comparison, world: World, terms: WatchTerms) {
    this.#comparison = comparison
    this.#world = world
    this.#terms = terms
    this.#figures = new Figures(terms.within)
  }

  /** Looks at a key that was just read. */
  async check(key: string): Promise<void> {
    const verdict = await this.#look(key)
    if (this.#isClosed) return
    const suspect = this.#suspects.get(key)
    if (verdict.kind === 'unknown') this.#figures.unknown[verdict.why]++
    else if (verdict.kind === 'differs') this.#differs(key, suspect, verdict)
    else {
      if (verdict.kind === 'agreed') this.#figures.agreedAtOnce++
      if (suspect !== undefined) this.#end(suspect)
    }
  }

  /** Another entry is served under the key from now on. */
  replaced(key: string): void {
    const suspect = this.#suspects.get(key)
    if (suspect !== undefined) this.#end(suspect)
  }

  close(): void {
    this.#isClosed = true
    for (const { cancel } of this.#suspects.values()) cancel?.()
  }

  stats(): VerifiedAgainst {
    const { against } = this.#comparison
    const { agreedAtOnce, suspected, disagreed, unknown } = this.#figures
    let open = 0
    for (const { reads, outcomes } of this.#suspects.values()) {
      if (outcomes.length < this.#terms.within.length) open += reads
    }
    const within = this.#figures.within()
    return {
      against,
      summary: this.#summary(),
      checked: agreedAtOnce + suspected,
      agreed: agreedAtOnce,
      disagreed,
      open,
      within,
      unknown: { ...unknown },
      offenders: this.#offenders.map((each) => each.offender(against, this.#terms.values)).reverse(),
    }
  }

  async #look(key: string): Promise<Verdict> {
    try {
      return await this.#comparison.look(key)
    } catch {
      // What is compared are values of the application's, by its own function.
      return { kind: 'unknown', why: 'failed' }
    }
  }

  #differs(key: string, suspect: Suspicion | undefined, difference: Difference): void {
    const { within } = this.#terms
    if (suspect !== undefined && isSameFact(suspect.served, difference.served)) {
      suspect.again(difference, this.#world.mono())
      suspect.reads++
      this.#figures.suspected++
      for (const [bound, outcome] of suspect.outcomes.entries()) {
        if (outcome === 'late') this.#figures.count(bound, 'late', 1)
      }
      if (suspect.outcomes.length === within.length) this.#figures.disagreed++
      return
    }
    if (suspect !== undefined) this.#end(suspect)
    if (this.#suspects.size >= MOST_SUSPECTS) {
      this.#figures.unknown.crowded++
      return
    }
    const fresh = new Suspicion(key, difference, this.#world.mono())
    this.#figures.suspected++
    this.#suspects.set(key, fresh)
    this.#wait(fresh)
  }

  /** Until the next bound; after the last one, for as long again each time. */
  #wait(suspect: Suspicion): void {
    const { within } = this.#terms
    const bound = suspect.outcomes.length
    const due = bound < within.length ? suspect.since + within[bound]! : this.#world.mono() + within.at(-1)!
    suspect.cancel = this.#world.after(Math.max(0, due - this.#world.mono()), () => {
      this.#terms.background('looking again at what did not agree', () => this.#again(suspect))
    })
  }

  async #again(suspect: Suspicion): Promise<void> {
    const verdict = await this.#look(suspect.key)
    if (this.#isClosed || suspect.isOver) return
    if (verdict.kind === 'unknown') this.#unseen(suspect)
    else if (verdict.kind === 'differs' && isSameFact(suspect.served, verdict.served)) this.#late(suspect, verdict)
    else this.#end(suspect)
  }

  #late(suspect: Suspicion, difference: Difference): void {
    const { within, offenders, values, tell } = this.#terms
    suspect.again(difference, this.#world.mono())
    const bound = suspect.outcomes.length
    if (bound < within.length) {
      suspect.outcomes.push('late')
      this.#figures.count(bound, 'late', suspect.reads)
      if (bound === within.length - 1) this.#figures.disagreed += suspect.reads
      if (!this.#offenders.includes(suspect)) this.#offenders.push(suspect)
      while (this.#offenders.length > offenders) this.#offenders.shift()
    }
    this.#wait(suspect)
    if (bound < within.length) tell(suspect.inconsistency(this.#comparison.against, values))
  }

  #unseen(suspect: Suspicion): void {
    const { within } = this.#terms
    if (suspect.outcomes.length < within.length) suspect.outcomes.push('unknown')
    if (suspect.outcomes.length < within.length) this.#wait(suspect)
    else this.#leave(suspect)
  }

  /** It agrees, or something else is served. */
  #end(suspect: Suspicion): void {
    const { within } = this.#terms
    for (let bound = suspect.outcomes.length; bound < within.length; bound++) {
      this.#figures.count(bound, 'agreed', suspect.reads)
    }
    this.#leave(suspect)
  }

  #leave(suspect: Suspicion): void {
    suspect.isOver = true
    suspect.cancel?.()
    this.#suspects.delete(suspect.key)
  }

  #summary(): string {
    const { agreedAtOnce, suspected, unknown } = this.#figures
    const checked = agreedAtOnce + suspected
    const unseen = Object.values(unknown).reduce((sum, count) => sum + count, 0)
    const rest = unseen === 0 ? '' : `; of ${counted(unseen, 'read', 'reads')} more nothing is known`
    const shares = this.#figures.within().flatMap(({ within, ratio, atLeast }) => {
      if (ratio === undefined || atLeast === undefined) return []
      return [`${percent(ratio)} within ${time(within)} (at least ${percent(atLeast)})`]
    })
    const told = shares.length === 0 ? '' : `: agreed ${shares.join(', ')}, with 95 % confidence`
    return `${counted(checked, 'read', 'reads')} checked against ${this.#comparison.against}${told}${rest}`
  }
}
