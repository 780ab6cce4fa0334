import type { Entry } from '../entry/entry.ts'
import type { Journal } from './journal.ts'

/**
 * What may be out of date in a level: what it has missed itself, and what shared levels below it have
 * missed. Other processes may find that there and bring it here at any time: until it has landed there,
 * and was told here once more, this level is behind as well.
 */
export class Arrears {
  readonly #journal: Journal
  #below: readonly Arrears[] = []

  constructor(journal: Journal) {
    this.#journal = journal
  }

  /** The level is shared, and so are these below it. */
  standsAbove(below: readonly Arrears[]): void {
    this.#below = below
  }

  /** How many invalidations the level has missed and not yet been told. */
  get pending(): number {
    return this.#journal.size
  }

  /** Whether there is anything at all. */
  get any(): boolean {
    return this.pending > 0 || this.#below.some(({ pending }) => pending > 0)
  }

  /** Whether what the level holds under the key counts as unknown. */
  covers(key: string): boolean {
    return this.#journal.covers(key) || this.#below.some((level) => level.covers(key))
  }

  /** {@link Arrears.covers}, for an entry the level holds: its tags count as well. */
  coversEntry(entry: Entry): boolean {
    return this.#journal.coversEntry(entry) || this.#below.some((level) => level.coversEntry(entry))
  }

  /**
   * To be called before a read is sent. Keys the level is behind on are not asked for; tags are seen
   * only in the answer, and an invalidation of theirs may have landed after the level read, before it
   * answered. Then nothing with tags in that answer can be believed.
   */
  watch(): (entry: Entry | undefined) => boolean {
    const journal = this.#journal
    if (!this.any) return notOvertaken
    const { landings } = journal
    return (entry) => entry !== undefined && entry.tags.length > 0 && journal.landings !== landings
  }
}

function notOvertaken(): boolean {
  return false
}
