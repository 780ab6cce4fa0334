/** One change of the source, and what became of telling the fleet of it. */
interface Change {
  readonly value: number
  readonly node: number
  /** Whether his cache was told that what is older may be served stale. */
  readonly keepsStale: boolean
  /** When its caller told his cache: a moment in the order of all events. */
  readonly called: number
  /** When his cache had answered … */
  confirmed: number
  /** … by the monotonic clock of its process. */
  confirmedAt: number
  /** The time from which all others are bound to follow; `Infinity` while a store may have missed or lost it. */
  landed: number
}

/** A value that a caller gave to a cache. */
interface Given {
  /** The last moment at which it may have been accepted anywhere. */
  over: number
}

/** Until when a value may live. */
interface Life {
  /** Until when it may be fresh. */
  fresh: number
  /** Until when it may be served as stale. */
  end: number
}

/** What a token tells of: all that a node had changed, and was told to be done, before this moment. */
export interface Handed {
  readonly token: string
  readonly node: number
  readonly moment: number
}

const NEVER = Number.POSITIVE_INFINITY

/**
 * The one source of truth, and everything that a reader may be held to. A key holds a number that
 * only grows: whoever changes it tells his cache in the same turn.
 *
 * A value is stale for a reader if the source had a greater one, of which the reader's cache must know,
 * *and* the value was not given to any cache while the newer one was under way: of two concurrent
 * writes the store decides which is the last.
 */
export class History {
  readonly #truth = new Map<string, number>()
  readonly #changes = new Map<string, Change[]>()
  readonly #given = new Map<string, Map<number, Given>>()
  readonly #lives = new Map<string, Map<number, Life>>()
  readonly #fetched = new Set<string>()
  #moment = 0
  /** When a store last lost data: a moment in the order of all events. */
  #lastLoss = 0
  /** Whether a store loses all that it is being told. */
  isLosing = false
  /** Changes which not everybody is bound to follow yet. */
  readonly #open = new Set<Change>()

  /** Processes that ended: what they could not tell, or a store lost of it later, nobody tells. */
  readonly #forsaken = new Set<number>()

  /** The next moment in the order of all events. */
  now(): number {
    return ++this.#moment
  }

  value(key: string): number {
    return this.#truth.get(key) ?? 1
  }

  /** The source changes now. @returns the change */
  change(key: string, node: number, keepsStale = false): Change {
    const value = this.value(key) + 1
    this.#truth.set(key, value)
    const change = { value, node, keepsStale, called: this.now(), confirmed: NEVER, confirmedAt: NEVER, landed: NEVER }
    const changes = this.#changes.get(key)
    if (changes === undefined) this.#changes.set(key, [change])
    else changes.push(change)
    this.#open.add(change)
    return change
  }

  /** A caller gives the value to a cache from now on, until `over` is set. */
  give(key: string, value: number): Given {
    const given = { over: NEVER }
    const all = this.#given.get(key) ?? new Map<number, Given>()
    this.#given.set(key, all)
    all.set(value, given)
    return given
  }

  /** The value may be fresh until `fresh`, and live so much longer. */
  lives(key: string, value: number, fresh: number, staleFor = 0): void {
    const end = fresh + staleFor
    const lives = this.#lives.get(key) ?? new Map<number, Life>()
    this.#lives.set(key, lives)
    const life = lives.get(value)
    if (life === undefined) lives.set(value, { fresh, end })
    else {
      life.fresh = Math.max(life.fresh, fresh)
      life.end = Math.max(life.end, end)
    }
  }

  /** Every value of the key may be fresh until `fresh` at least, and stale for as long as before. */
  prolong(key: string, fresh: number): void {
    for (let value = 1; value <= this.value(key); value++) {
      const life = this.#lives.get(key)?.get(value)
      this.lives(key, value, fresh, life === undefined ? 0 : Math.max(0, life.end - life.fresh))
    }
  }

  /** Until when the value may be served: as fresh, or as stale as well. */
  endOf(key: string, value: number, asStale: boolean): number {
    const life = this.#lives.get(key)?.get(value)
    return life === undefined ? NEVER : asStale ? life.end : life.fresh
  }

  /** Changes of a node which others are not bound to follow yet. */
  *openOf(node: number): Generator<Change> {
    for (const change of this.#open) if (change.node === node && change.confirmed !== NEVER) yield change
  }

  /** From `time` on everybody is bound to follow it. */
  land(change: Change, time: number): void {
    change.landed = time
    this.#open.delete(change)
  }

  /** A process ends, and may leave something untold. */
  forsake(node: number): void {
    this.#forsaken.add(node)
  }

  /** Whether some process ended that may have left something untold. */
  get isForsaken(): boolean {
    return this.#forsaken.size > 0
  }

  /** A store has lost data: whatever was told before may have to be told again. */
  lose(): void {
    this.#lastLoss = this.now()
    for (const changes of this.#changes.values()) {
      for (const change of changes) {
        change.landed = NEVER
        this.#open.add(change)
      }
    }
  }

  /**
   * Why a reader of `node` who began at the moment `began` must not be told this value; `undefined` if he may.
   *
   * @param asStale whether he may have been told it as stale
   * @param mayBeCarried whether others may have brought what a store lost and got back to a store above it
   */
  whyStale(
    key: string,
    value: number,
    node: number,
    began: number,
    mustFollow: number,
    asStale = false,
    mayBeCarried = false,
  ): string | undefined {
    const over = this.#given.get(key)?.get(value)?.over ?? 0
    const changes = this.#changes.get(key) ?? []
    for (let n = changes.length - 1; n >= 0; n--) {
      const change = changes[n]!
      if (change.value <= value) break
      if (change.called < over || (asStale && change.keepsStale)) continue
      const isCarried = mayBeCarried && (this.isLosing || change.called < this.#lastLoss)
      if (change.node === node && change.confirmed < began && !isCarried)
        return `P1: ${change.value} had been confirmed there`
      if (change.landed <= mustFollow)
        return `P2: ${change.value} was confirmed by node ${change.node}, landed at ${change.landed}`
    }
    return undefined
  }

  /**
   * Why a reader who was handed a token before he asked, at the time `time`, must not be told this value. What
   * a store has missed or lost nobody is bound to follow, until it was told again.
   */
  whyBehind(key: string, value: number, { node, moment }: Handed, time: number, asStale: boolean): string | undefined {
    const over = this.#given.get(key)?.get(value)?.over ?? 0
    const missed = this.#changes.get(key)?.find((change) => {
      if (change.value <= value || change.called < over || (asStale && change.keepsStale)) return false
      return this.#isTold(change, node, moment, time)
    })
    return missed === undefined ? undefined : `after: ${missed.value} was what the token of node ${node} tells of`
  }

  #isTold(change: Change, node: number, moment: number, time: number): boolean {
    return change.node === node && change.confirmed < moment && change.landed <= time
  }

  #isForsaken({ node, landed }: Change): boolean {
    return landed === NEVER && this.#forsaken.has(node)
  }

  /** A node was told the value by the source. */
  fetch(key: string, value: number, node: number): void {
    this.#fetched.add(`${key}=${value} by ${node}`)
    this.#fetched.add(`${key}=${value}`)
  }

  /**
   * Whether copies of both values may lie there at rest: one that was being given while the source changed
   * to its newest, and that newest. The deepest store decided that the former came last; who could not
   * reach that store asked the source. So the newest was never given to a cache, or lies nowhere but in
   * the private levels of those who asked, or in an upper store one of them filled, and above it; unless values
   * are fetched anew while others still hold the one before.
   *
   * @param isRefreshed whether values are fetched anew though there is one
   * @param holders where each value lies: in the private levels of a node, in the deepest store, in one above it
   */
  mayDiffer(
    key: string,
    holders: ReadonlyMap<number, ReadonlySet<number | 'deepest' | 'above'>>,
    isRefreshed: boolean,
  ): boolean {
    if (this.#changes.get(key)?.some((change) => this.#isForsaken(change)) === true) return true
    const newest = this.value(key)
    const who = holders.get(newest)
    if (holders.size !== 2 || who === undefined) return false
    const hasAsked = (node: unknown) => this.#fetched.has(`${key}=${newest} by ${node}`)
    const isCarried = who.has('above') && this.#fetched.has(`${key}=${newest}`)
    const mayBeRefreshed = isRefreshed && this.#fetched.has(`${key}=${newest}`)
    const isAsked = mayBeRefreshed || (!who.has('deepest') && (isCarried || [...who].every(hasAsked)))
    if (this.#given.get(key)?.has(newest) === true && !isAsked) return false
    return [...holders.keys()].every((value) => this.whyWrong(key, value) === undefined)
  }

  /** Whether something ended the freshness of this value, and left it to be served stale. */
  wasExpired(key: string, value: number): boolean {
    return this.#changes.get(key)?.some((change) => change.keepsStale && change.value > value) ?? false
  }

  /** Why this value must not be there at rest, or not even as stale. */
  whyWrong(key: string, value: number, asStale = false): string | undefined {
    const over = this.#given.get(key)?.get(value)?.over ?? 0
    const newer = this.#changes
      .get(key)
      ?.find(
        (change) =>
          change.value > value && change.called > over && !(asStale && change.keepsStale) && !this.#isForsaken(change),
      )
    return newer === undefined ? undefined : `${newer.value} came after it`
  }
}

export type { Change, Given }
