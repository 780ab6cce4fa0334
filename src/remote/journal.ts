import type { Entry } from '../entry/entry.ts'
import { EVERYTHING, keepsStale, placeId, type Scope } from '../entry/scope.ts'

const NONE: readonly Scope[] = []

interface Pending {
  readonly scope: Scope
  /** Which failure this was, counted: a success that began before it does not settle it. */
  readonly since: number
}

/** How many invalidations are pending in all the journals of a level: asked by every hit of level 1. */
export interface PendingCount {
  pending: number
}

/**
 * The invalidations one level has missed. Until they land, this node treats what the level holds
 * under them as unknown: neither served nor taken for absent.
 *
 * A scope is *held* while a call about it has not settled: it may still take effect, so nothing
 * newer is sent that it could overtake, and no success counts for that scope before it is over.
 *
 * What keeps stale copies counts like what does not, for what the level holds is unknown until it has landed; and
 * of both in the same place only the one that leaves nothing is sent.
 *
 * Bounded: past `limit` scopes the journal forgets which they were and holds everything pending; with
 * `limit` scopes held nothing is sent until one is released.
 */
export class Journal {
  readonly #limit: number
  readonly #pending = new Map<string, Pending>()
  readonly #held = new Map<string, number>()
  /** Those of the pending that are prefixes: none, usually, and then the question is one lookup. */
  readonly #prefixes = new Set<string>()
  /** Shared by the journals of a level; of this one, so much is in it. */
  readonly count: PendingCount
  #counted = 0
  #clock = 0
  #landings = 0

  constructor(limit: number, count: PendingCount = { pending: 0 }) {
    this.#limit = limit
    this.count = count
  }

  /** How many invalidations are pending. */
  get size(): number {
    return this.#pending.size
  }

  /**
   * How many pending scopes have been settled so far. What was read while one was pending may be older
   * than it, although it is settled by the time the answer comes.
   */
  get landings(): number {
    return this.#landings
  }

  /** A moment in the journal's own order, to be taken before a call is sent. */
  now(): number {
    return this.#clock
  }

  /** The level has missed these. */
  add(scopes: readonly Scope[]): void {
    this.#clock++
    for (const scope of scopes) this.#put(scope)
    if (this.#pending.size > this.#limit) {
      this.#pending.clear()
      this.#prefixes.clear()
      this.#put(EVERYTHING)
    }
    this.#recount()
  }

  /** A call about these scopes is late, and may still take effect. */
  hold(scopes: readonly Scope[]): void {
    for (const scope of scopes) {
      const id = placeId(scope)
      this.#held.set(id, (this.#held.get(id) ?? 0) + 1)
    }
  }

  /** The late call has settled after all. It took effect just now, maybe: only what is sent from here on counts. */
  release(scopes: readonly Scope[]): void {
    this.#clock++
    for (const scope of [...scopes, EVERYTHING]) {
      const pending = this.#pending.get(placeId(scope))
      if (pending !== undefined) this.#put(pending.scope)
    }
    for (const scope of scopes) {
      const id = placeId(scope)
      const left = (this.#held.get(id) ?? 0) - 1
      if (left > 0) this.#held.set(id, left)
      else this.#held.delete(id)
    }
  }

  /** Whether nothing about this scope may be sent; with `limit` scopes held, that is any. */
  isHeld(scope: Scope): boolean {
    return this.#held.size > 0 && (this.#held.size >= this.#limit || this.#held.has(placeId(scope)))
  }

  /** The level has accepted these, in a call sent at `sent`. @returns the pending ones this settled */
  landed(scopes: readonly Scope[], sent: number): readonly Scope[] {
    if (this.#pending.size === 0) return NONE
    const settled: Scope[] = []
    for (const scope of scopes) {
      const soft = keepsStale(scope)
      const pendings = scope.kind === 'all' ? this.#pending.values() : [this.#pending.get(placeId(scope))]
      for (const pending of pendings)
        if (!soft || (pending && keepsStale(pending.scope))) this.#settle(pending, sent, settled)
    }
    this.#recount()
    return settled
  }

  /** Up to `most` scopes that may be sent again. */
  ready(most: number): Scope[] {
    const ready: Scope[] = []
    for (const { scope } of this.#pending.values()) {
      if (ready.length === most) break
      if (this.#mayLand(scope)) ready.push(scope)
    }
    return ready
  }

  /** Others are ready before these. */
  putOff(scopes: readonly Scope[]): void {
    for (const scope of scopes) {
      const id = placeId(scope)
      const pending = this.#pending.get(id)
      if (pending === undefined) continue
      this.#pending.delete(id)
      this.#pending.set(id, pending)
    }
  }

  /** Whether what the level holds under this key is unknown. */
  covers(key: string): boolean {
    if (this.#pending.size === 0) return false
    if (this.#pending.has('all') || this.#pending.has(`key:${key}`)) return true
    if (this.#prefixes.size === 0) return false
    for (const prefix of this.#prefixes) if (key.startsWith(prefix)) return true
    return false
  }

  /** Whether this entry, found in the level, may be out of date. */
  coversEntry(entry: Entry): boolean {
    if (this.#pending.size === 0) return false
    return this.covers(entry.key) || entry.tags.some((tag) => this.#pending.has(`tag:${tag}`))
  }

  /** Nothing of it is pending any more. */
  retire(): void {
    this.#pending.clear()
    this.#prefixes.clear()
    this.#recount()
  }

  #recount(): void {
    this.count.pending += this.#pending.size - this.#counted
    this.#counted = this.#pending.size
  }

  #put(scope: Scope): void {
    const id = placeId(scope)
    if (scope.kind === 'prefix') this.#prefixes.add(scope.prefix)
    const before = this.#pending.get(id)?.scope
    this.#pending.delete(id)
    this.#pending.set(id, { scope: before !== undefined && keepsStale(scope) ? before : scope, since: this.#clock })
  }

  #settle(pending: Pending | undefined, sent: number, settled: Scope[]): void {
    if (pending === undefined || pending.since > sent || !this.#mayLand(pending.scope)) return
    this.#landings++
    settled.push(pending.scope)
    this.#pending.delete(placeId(pending.scope))
    if (pending.scope.kind === 'prefix') this.#prefixes.delete(pending.scope.prefix)
  }

  /** Everything lands only when no call is late: it may stand for scopes whose names were forgotten. */
  #mayLand(scope: Scope): boolean {
    return scope.kind === 'all' ? this.#held.size === 0 : !this.isHeld(scope)
  }
}
