import { EVERYTHING, type Scope } from '../../entry/scope.ts'
import type { World } from '../../world/world.ts'
import type { MemcachedNode } from './memcached-node.ts'
import { unexpected } from './reply.ts'
import { newState, openState, packState, raised, type WideState } from './wide-state.ts'

/**
 * This process's copy of the wide invalidations of one node, and the only one that changes them there:
 * by compare and swap, so that a change that was given up on, or reaches the server late, is either
 * made after all, which does no harm, or has no effect.
 */
export class WideMirror {
  readonly #world: World
  readonly #node: MemcachedNode
  readonly #name: string
  readonly #maxAge: number
  #state: WideState | undefined
  #cas = 0
  /** Of which connection the copy is. */
  #generation = 0
  /** When the question was sent to which the copy is the answer. */
  #provenAt = Number.NEGATIVE_INFINITY
  #asking: Promise<void> | undefined
  /** When that question was begun. */
  #askedAt = Number.NEGATIVE_INFINITY
  #renewing: Promise<void> | undefined
  #raising: Promise<void> | undefined
  #next: Promise<void> | undefined
  #nextScopes: Scope[] = []

  /** @param name the key of the state item. @param maxAge milliseconds after which it is asked for again */
  constructor(world: World, node: MemcachedNode, name: string, maxAge: number) {
    this.#world = world
    this.#node = node
    this.#name = name
    this.#maxAge = maxAge
  }

  /** What is known; `undefined` before the node was first asked. */
  get state(): WideState | undefined {
    return this.#state
  }

  /**
   * A promise of a copy that is young enough to judge by at the monotonic moment `now`; `undefined` if it is
   * already. The question goes out beside those of the caller, on the same connection: it costs no round trip more.
   */
  freshen(now: number): Promise<void> | undefined {
    const isOfNow = this.#generation === this.#node.generation
    if (isOfNow && now - this.#provenAt <= this.#maxAge) return undefined
    // What is under way may be answered with what was there long ago.
    if (this.#asking !== undefined && now - this.#askedAt <= this.#maxAge) return this.#asking
    this.#askedAt = now
    const asking = this.#refresh().finally(() => {
      if (this.#asking === asking) this.#asking = undefined
    })
    this.#asking = asking
    return asking
  }

  /** A promise of the state as it is now, or later. Those who ask in one turn of the event loop ask once. */
  renew(): Promise<void> {
    if (this.#renewing === undefined) {
      this.#renewing = this.#refresh()
      process.nextTick(() => {
        this.#renewing = undefined
      })
    }
    return this.#renewing
  }

  /** Raises floors. Calls that come while one is under way share the next. */
  raise(scopes: readonly Scope[]): Promise<void> {
    for (const scope of scopes) this.#nextScopes.push(scope)
    this.#next ??= this.#raiseNext()
    return this.#next
  }

  async #raiseNext(): Promise<void> {
    await this.#raising?.catch(() => {})
    const scopes = this.#nextScopes
    this.#nextScopes = []
    this.#next = undefined
    this.#raising = this.#raise(scopes)
    return this.#raising
  }

  async #raise(scopes: readonly Scope[]): Promise<void> {
    let wanted = scopes
    if (this.#generation !== this.#node.generation) await this.#refresh()
    await this.#node.untilWon(async () => {
      const outcome = await this.#swap(raised(this.#state!, wanted))
      if (outcome === 'won') return undefined
      // Where items must be so small that the names do not fit, everything has to go.
      if (outcome === 'too large') wanted = [EVERYTHING]
      await this.#refresh()
      return 'lost'
    })
  }

  /** Puts a state in the place of the one known. */
  async #swap(state: WideState): Promise<'won' | 'lost' | 'too large'> {
    if (this.#generation !== this.#node.generation) return 'lost'
    const sent = this.#world.mono()
    const body = packState(state)
    const reply = await this.#node.ask(`ms ${this.#name} ${body.length} C${this.#cas} T0 c\r\n`, body)
    if (reply.code === 'EX' || reply.code === 'NF') return 'lost'
    if (reply.code === 'SERVER_ERROR' && reply.text.includes('too large')) return 'too large'
    if (reply.code !== 'HD') throw unexpected(this.#node.name, reply)
    this.#learn(state, reply.cas, sent)
    return 'won'
  }

  /** Asks for the version first: the state itself is large, and rarely new. */
  async #refresh(): Promise<void> {
    if (this.#generation === this.#node.generation) {
      const sent = this.#world.mono()
      const { code, cas } = await this.#node.ask(`mg ${this.#name} c\r\n`)
      if (code === 'HD' && cas === this.#cas && cas !== 0) {
        this.#provenAt = sent
        return
      }
    }
    await this.#node.untilWon(() => this.#read())
  }

  /** Reads the state, or begins one where there is none. */
  async #read(): Promise<'lost' | undefined> {
    const sent = this.#world.mono()
    const reply = await this.#node.ask(`mg ${this.#name} v c\r\n`)
    const state = reply.value === undefined ? undefined : openState(reply.value)
    if (state !== undefined) {
      this.#learn(state, reply.cas, sent)
      return undefined
    }
    if (reply.code !== 'EN' && reply.code !== 'VA') throw unexpected(this.#node.name, reply)
    const begun = newState(this.#newReign())
    const body = packState(begun)
    const condition = reply.code === 'EN' ? 'ME' : `C${reply.cas}`
    const made = await this.#node.ask(`ms ${this.#name} ${body.length} ${condition} T0 c\r\n`, body)
    if (made.code === 'SERVER_ERROR') throw unexpected(this.#node.name, made)
    if (made.code !== 'HD') return 'lost'
    this.#learn(begun, made.cas, sent)
    return undefined
  }

  #learn(state: WideState, cas: number, sent: number): void {
    this.#generation = this.#node.generation
    this.#provenAt = Math.max(this.#provenAt, sent)
    // Two answers may be worked on at once: of one reign the later era is the later state.
    if (this.#state?.reign === state.reign && this.#state.era > state.era) return
    this.#state = state
    this.#cas = cas
  }

  #newReign(): string {
    let reign = ''
    while (reign.length < 16) reign += Math.floor(this.#world.random() * 16).toString(16)
    return reign
  }
}
