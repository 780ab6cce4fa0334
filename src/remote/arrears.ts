import type { Entry } from '../entry/entry.ts'
import type { Scope } from '../entry/scope.ts'
import { Journal, type PendingCount } from './journal.ts'

/** Scopes of one debt; more than that, and everything is owed. */
const MOST_OWED = 10_000

/**
 * What may be out of date in a level: what it has missed itself or lost, and what shared levels below it have
 * missed or lost. Other processes may find that there and bring it here at any time: until it has landed there,
 * and was told here once more, this level is behind as well.
 */
export class Arrears {
  readonly #journal: Journal
  /** What the level has lost and is told again by others: of each loss its own. */
  readonly #debts = new Set<Journal>()
  readonly #count: PendingCount
  #paid = 0
  #below: readonly Arrears[] = []

  constructor(journal: Journal) {
    this.#journal = journal
    this.#count = journal.count
  }

  /** The level is shared, and so are these below it. */
  standsAbove(below: readonly Arrears[]): void {
    this.#below = below
  }

  /** The level has lost these. @returns to be called when it was told again */
  owe(scopes: readonly Scope[]): () => void {
    const debt = new Journal(MOST_OWED, this.#count)
    debt.add(scopes)
    this.#debts.add(debt)
    return () => {
      if (!this.#debts.delete(debt)) return
      this.#paid++
      debt.retire()
    }
  }

  /** How many invalidations the level has missed or lost, and not yet been told. */
  get pending(): number {
    return this.#count.pending
  }

  /** Whether there is anything at all. */
  get any(): boolean {
    return this.pending > 0 || this.#below.some(({ pending }) => pending > 0)
  }

  /** Whether what the level holds under the key counts as unknown. */
  covers(key: string): boolean {
    return this.#own((journal) => journal.covers(key)) || this.#below.some((level) => level.covers(key))
  }

  /** {@link Arrears.covers}, for an entry the level holds: its tags count as well. */
  coversEntry(entry: Entry): boolean {
    return this.#own((journal) => journal.coversEntry(entry)) || this.#below.some((level) => level.coversEntry(entry))
  }

  /**
   * To be called before a read is sent. Keys the level is behind on are not asked for; tags are seen
   * only in the answer, and an invalidation of theirs may have landed after the level read, before it
   * answered. Then nothing with tags in that answer can be believed.
   */
  watch(): (entry: Entry | undefined) => boolean {
    if (!this.any) return notOvertaken
    const settled = this.#settled
    return (entry) => entry !== undefined && entry.tags.length > 0 && this.#settled !== settled
  }

  get #settled(): number {
    return this.#journal.landings + this.#paid
  }

  #own(covers: (journal: Journal) => boolean): boolean {
    if (covers(this.#journal)) return true
    for (const debt of this.#debts) if (covers(debt)) return true
    return false
  }
}

function notOvertaken(): boolean {
  return false
}
