import { isStale } from '../../entry/age.ts'
import type { Lease, Leases } from '../../level.ts'
import type { Items, Place } from './items.ts'
import { type Reply, unexpected } from './reply.ts'

/** Milliseconds. Memcached counts whole seconds, and may end an item up to one early: so one more is asked for. */
const DURATION = 2000
const SECONDS = DURATION / 1000 + 1
const MOST_HELD = 10_000

/**
 * Leases: an item beside that of the key, on the same node, which only one process can add. It ends by
 * itself; its holder ends it by its version, so that nobody ends the lease of another.
 *
 * Nobody is woken: those who wait ask again.
 */
export class LeaseItems implements Leases {
  readonly duration: number = DURATION
  readonly #items: Items
  /** The versions of the lease items this process holds, or held. The oldest first. */
  readonly #held = new Map<string, number>()

  constructor(items: Items) {
    this.#items = items
  }

  lease(keys: readonly string[]): Promise<readonly Lease[]> {
    return Promise.all(keys.map((key) => this.#lease(this.#items.placeOf(key))))
  }

  async release(keys: readonly string[]): Promise<void> {
    await Promise.all(keys.map((key) => this.end(this.#items.placeOf(key))))
  }

  /** Ends the lease of a key if this process holds it. */
  async end({ name, node }: Place): Promise<void> {
    if (this.#held.size === 0) return
    const cas = this.#held.get(name)
    if (cas === undefined) return
    this.#held.delete(name)
    await node.ask(`md ${this.#items.keys.lease(name)} C${cas}\r\n`)
  }

  async #lease(place: Place): Promise<Lease> {
    const { name, node } = place
    const item = this.#items.keys.lease(name)
    const held = this.#held.get(name)
    const condition = held === undefined ? 'ME' : `C${held}`
    const unwanted = (reply: Reply | undefined): void => {
      if (reply !== undefined) this.#takenInVain(place, held, reply)
    }
    const take = node.ask(`ms ${item} 0 ${condition} T${SECONDS} c\r\n`, NOTHING, unwanted)
    // All on one connection, so in this order: whoever has the lease reads what was kept before it was given.
    const [taken, { ms }, { entry, era }] = await Promise.all([
      take,
      this.#left(place, item),
      this.#items.look(place),
    ]).catch((error: unknown) => {
      take.then(unwanted, () => undefined)
      throw error
    })
    if (taken.code === 'SERVER_ERROR') throw unexpected(node.name, taken)
    if (taken.code === 'HD') this.#hold(name, taken.cas)
    else this.#held.delete(name)
    if (entry !== undefined && !isStale(entry, this.#items.world.mono())) {
      await this.end(place)
      return { kind: 'filled' }
    }
    if (taken.code === 'HD') return { kind: 'granted', era }
    // It had run out before it was renewed, or just now: nobody has it.
    return ms === 0 && held !== undefined ? this.#lease(place) : { kind: 'taken', ms }
  }

  /** The lease was given when nobody waited for it any more: others would, until it ends. Was it `held`, that goes on. */
  #takenInVain({ name, node }: Place, held: number | undefined, { code, cas }: Reply): void {
    if (code !== 'HD') return
    if (held === undefined) node.ask(`md ${this.#items.keys.lease(name)} C${cas}\r\n`).catch(() => undefined)
    else if (this.#held.get(name) === held) this.#hold(name, cas)
  }

  /** How long the lease lasts at most; the server tells whole seconds. */
  async #left({ node }: Place, item: string): Promise<{ ms: number }> {
    const { code, ttl } = await node.ask(`mg ${item} t\r\n`)
    return { ms: code === 'HD' ? Math.min(DURATION, Math.max(1, ttl) * 1000) : 0 }
  }

  #hold(name: string, cas: number): void {
    this.#held.delete(name)
    this.#held.set(name, cas)
    for (const oldest of this.#held.keys()) {
      if (this.#held.size <= MOST_HELD) break
      this.#held.delete(oldest)
    }
  }
}

const NOTHING = new Uint8Array(0)
