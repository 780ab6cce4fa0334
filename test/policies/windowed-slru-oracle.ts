/** What is known of something resident. */
export interface Kept {
  frequency: number
  weight: number
  marked: boolean
}

type Segment = 'window' | 'probation' | 'protected'

/** A Set keeps the order in which its members came: the first is the least recently used. */
function first<T>(set: ReadonlySet<T>): T | undefined {
  for (const member of set) return member
  return undefined
}

/**
 * `WindowedSlru` written to be obviously right: three Sets in order of use, weights summed when they are asked for.
 * What it holds may be numbers of any meaning: slots, or the hashes of keys.
 */
export class WindowedSlruOracle {
  readonly kept: Map<number, Kept> = new Map()
  readonly segments: Record<Segment, Set<number>> = { window: new Set(), probation: new Set(), protected: new Set() }
  readonly #random: () => number
  share: number
  counted = 0
  #hitsOnTheMostFrequent = 0
  #challenger: number | undefined

  constructor(share: number, random: () => number) {
    this.share = share
    this.#random = random
  }

  get marked(): number {
    return [...this.kept.values()].filter(({ marked }) => marked).length
  }

  insert(id: number, frequency: number, marked: boolean, weight: number): void {
    this.kept.set(id, { frequency, marked, weight })
    this.segments.window.add(id)
    this.counted++
    this.#challenger = undefined
    for (let step = 0; step < 8; step++) {
      const oldest = first(this.segments.window)
      if (oldest === undefined) return
      const rest = this.#weigh('window') - this.kept.get(oldest)!.weight
      if (rest === 0 || rest < this.share * this.#weigh('window', 'probation', 'protected')) return
      this.#move(oldest, 'probation')
    }
  }

  /** Whether it is held. */
  hit(id: number): boolean {
    const kept = this.kept.get(id)
    if (kept === undefined) return false
    if (kept.frequency === 15 && ++this.#hitsOnTheMostFrequent % 4 !== 0) return true
    const segment = this.#segmentOf(id)
    if (kept.frequency < (segment === 'window' ? 2 : 15)) {
      kept.frequency++
      this.counted++
    }
    this.#move(id, segment === 'window' ? 'window' : 'protected')
    if (segment === 'probation') this.#shrinkProtected(id)
    return true
  }

  reweigh(id: number, weight: number): void {
    this.kept.get(id)!.weight = weight
  }

  /** Returns its frequency. */
  remove(id: number): number {
    const { frequency } = this.kept.get(id)!
    this.segments[this.#segmentOf(id)].delete(id)
    this.kept.delete(id)
    if (this.#challenger === id) this.#challenger = undefined
    return frequency
  }

  /** Who must leave; the caller removes it. */
  victim(): number {
    const candidate = first(this.segments.window)
    const victim = first(this.segments.probation) ?? first(this.segments.protected)
    if (victim === undefined) return candidate!
    if (this.#weigh('window') < this.share * this.#weigh('window', 'probation', 'protected')) {
      const challenger = this.#challenger
      return challenger === undefined || challenger === victim || this.#admits(challenger, victim) ? victim : challenger
    }
    if (candidate === undefined) return victim
    if (!this.#admits(candidate, victim)) return candidate
    this.#move(candidate, 'probation')
    this.#challenger = candidate
    return victim
  }

  age(): void {
    for (const kept of this.kept.values()) kept.frequency = Math.floor(kept.frequency / 2)
    this.counted = 0
  }

  remark(marks: (id: number) => boolean): void {
    for (const [id, kept] of this.kept) kept.marked = marks(id)
  }

  clear(): void {
    this.kept.clear()
    for (const segment of Object.values(this.segments)) segment.clear()
    this.counted = 0
    this.#challenger = undefined
  }

  /** More often asked for, by two against one asked for twice or more; a warm one at times by chance. */
  #admits(candidate: number, victim: number): boolean {
    const asked = this.kept.get(candidate)!.frequency
    const held = this.kept.get(victim)!.frequency
    if (held < 2 ? asked >= held + 1 : asked >= held + 2) return true
    return asked >= 6 && this.#random() < 1 / 128
  }

  #shrinkProtected(newest: number): void {
    for (let step = 0; step < 8; step++) {
      const oldest = first(this.segments.protected)!
      if (oldest === newest || this.#weigh('protected') <= 0.8 * this.#weigh('probation', 'protected')) return
      this.#move(oldest, 'probation')
    }
  }

  #segmentOf(id: number): Segment {
    const { window, probation } = this.segments
    return window.has(id) ? 'window' : probation.has(id) ? 'probation' : 'protected'
  }

  /** To be its most recently used one. */
  #move(id: number, to: Segment): void {
    this.segments[this.#segmentOf(id)].delete(id)
    this.segments[to].add(id)
  }

  #weigh(...names: readonly Segment[]): number {
    let weight = 0
    for (const name of names) for (const id of this.segments[name]) weight += this.kept.get(id)!.weight
    return weight
  }
}
