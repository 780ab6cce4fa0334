import type { SimulatedMemcached } from '../memcached/simulated/simulated-memcached.ts'
import type { FleetNode } from './fleet-node.ts'
import { losesCounts } from './memcached-wiring.ts'
import { COUNTER, type Scene } from './scene.ts'

/** What happens to processes, too. */
interface Others {
  /** @param timersFirst whether timers come before what has arrived when it goes on */
  pause(node: FleetNode, ms: number, timersFirst: boolean): void
  cut(node: FleetNode): void
}

/** What goes wrong with Memcached, and with those who use it. */
export class MemcachedStrikes {
  readonly #scene: Scene
  readonly #others: Others

  constructor(scene: Scene, others: Others) {
    this.#scene = scene
    this.#others = others
  }

  /** Whether something of this is what goes wrong now. */
  get strikes(): boolean {
    const { climate, memcacheds } = this.#scene
    return memcacheds.length > 0 && (climate.ledgers === 0 || this.#die(2) === 0)
  }

  strike(): void {
    const { memcacheds, nodes, trace } = this.#scene
    const n = this.#die(memcacheds.length)
    const server = memcacheds[n]!
    const node = nodes[this.#die(nodes.length)]!
    const kind = this.#die(12)
    trace?.(`strike ${kind} on Memcached ${n} or node ${node.index}`)
    if (kind < 3) this.#pause(node)
    else if (kind < 4) this.#others.cut(node)
    else if (kind < 6) server.freeze(20 + this.#die(this.#die(3) === 0 ? 2000 : 200))
    else if (kind < 8) this.#restart(server)
    else if (kind < 10) this.#evict(server)
    else if (kind < 11) this.#evictState(server)
    else server.dropAll()
  }

  /** Its timers and what it hears stand still, often while it waits for answers: those are there when it goes on. */
  #pause(node: FleetNode): void {
    const ms = 20 + this.#die(this.#die(2) === 0 ? 300 : 2500)
    const timersFirst = this.#die(4) > 0
    const pause = () => {
      // It goes on before all come to rest.
      const { climate, world } = this.#scene
      this.#others.pause(
        node,
        Math.min(ms, Math.max(1, climate.length + 4 * climate.timeout - world.mono())),
        timersFirst,
      )
    }
    if (this.#die(2) === 0) pause()
    else {
      node.onSent = () => {
        node.onSent = undefined
        this.#scene.world.after(this.#die(8), pause)
      }
    }
  }

  #evict(server: SimulatedMemcached): void {
    for (const name of server.names) {
      if (name === `terrace:${COUNTER}` || name.endsWith('!state') || this.#die(2) === 0) continue
      this.#scene.trace?.(`${name} is evicted`)
      server.evict(name)
    }
  }

  #evictState(server: SimulatedMemcached): void {
    losesCounts(this.#scene)
    for (const name of server.names) if (name.endsWith('!state')) server.evict(name)
  }

  #restart(server: SimulatedMemcached): void {
    losesCounts(this.#scene)
    server.restart(this.#die(2) * this.#die(400))
  }

  #die(sides: number): number {
    return Math.floor(this.#scene.cellar.random() * sides)
  }
}
