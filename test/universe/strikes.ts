import { keyScope } from '../../src/entry/scope.ts'
import type { SimulatedLedgerServer } from '../../src/testing/simulated-ledger-server.ts'
import type { Callers } from './callers.ts'
import type { Theme } from './climate.ts'
import type { FleetNode } from './fleet-node.ts'
import { MemcachedStrikes } from './memcached-strikes.ts'
import { COUNTER, type Scene } from './scene.ts'

type Strike = 'pause' | 'cut' | 'freeze' | 'flush' | 'forget' | 'evict' | 'failOver' | 'interrupt'

/** So many of each in 16. */
const MIXED = strikes({ pause: 3, cut: 2, freeze: 2, flush: 1, forget: 1, evict: 2, failOver: 3, interrupt: 2 })
const THEMES: Readonly<Record<Theme, readonly Strike[]>> = {
  anything: MIXED,
  failOver: strikes({ failOver: 12, pause: 1, evict: 1, interrupt: 2 }),
  cut: strikes({ cut: 8, pause: 4, freeze: 4 }),
}

/** What goes wrong in a universe besides single calls. */
export class Strikes {
  readonly #scene: Scene
  readonly #callers: Callers
  readonly #below: MemcachedStrikes

  constructor(scene: Scene, callers: Callers) {
    this.#scene = scene
    this.#callers = callers
    this.#below = new MemcachedStrikes(scene, {
      pause: (node, ms, timersFirst) => this.#pauseFor(node, ms, timersFirst),
      cut: (node) => this.cut(node),
    })
  }

  /** Something goes wrong. */
  strike(): void {
    if (this.#below.strikes) {
      this.#below.strike()
      return
    }
    const server = this.#scene.pick(this.#scene.servers)
    const node = this.#scene.pick(this.#scene.nodes)
    const kind = THEMES[this.#scene.climate.theme][this.#scene.die(16)]!
    this.#scene.trace?.(`strike ${kind} on server ${this.#scene.servers.indexOf(server)} or node ${node.index}`)
    if (kind === 'pause') this.#pause(node)
    else if (kind === 'cut') this.cut(node)
    else if (kind === 'freeze') server.freeze(20 + this.#scene.die(300))
    else if (kind === 'flush') this.#loses(() => server.flush())
    else if (kind === 'forget') this.#loses(() => server.loseState(this.#scene.die(this.#scene.climate.shards)))
    else if (kind === 'evict') this.#evict(server)
    else if (kind === 'failOver') this.#failOver(server)
    else this.interrupt()
  }

  #pause(node: FleetNode): void {
    if (!node.world.isPaused) this.#pauseFor(node, 20 + this.#scene.die(700))
  }

  #pauseFor(node: FleetNode, ms: number, timersFirst = false): void {
    if (node.world.isPaused) return
    node.world.pause()
    this.#scene.world.after(ms, () => {
      this.#scene.trace?.(`node ${node.index} goes on`)
      if (node.isKilled) return
      node.world.resume(() => {
        if (this.#scene.die(2) !== 0 && this.#scene.nodes.includes(node)) this.#callers.actOn(node)
      }, timersFirst)
    })
  }

  /** Nothing the node sends arrives for a while. */
  cut(node: FleetNode): void {
    node.isCut = true
    this.#scene.world.after(50 + this.#scene.die(800), () => {
      node.isCut = false
    })
  }

  /** Some feed is silent for a while. */
  interrupt(): void {
    const ledger = this.#scene.pick(this.#scene.wires)
    const ms = 10 + this.#scene.die(300)
    this.#scene.trace?.(`a feed is interrupted for ${ms}`)
    this.#scene.deafUntil = Math.max(this.#scene.deafUntil, this.#scene.world.mono() + ms)
    ledger.interrupt(ms)
  }

  #evict(server: SimulatedLedgerServer): void {
    for (const key of server.keys()) {
      if (key === COUNTER || this.#scene.die(2) === 0) continue
      this.#scene.trace?.(`${key} is evicted`)
      server.evict(key)
    }
  }

  /** A replica that lags behind takes the server's place, and others may work on it before anybody here does. */
  #failOver(server: SimulatedLedgerServer): void {
    const snapshot = server.snapshot()
    const losses = this.#scene.losses
    const others = this.#scene.die(2) === 0 ? this.#scene.die(24) : 0
    this.#scene.world.after(5 + this.#scene.die(250), () => {
      // A replica follows the server that is, not one that was before another fail-over.
      if (losses !== this.#scene.losses) return
      const { lingers, frozen } = this.#lingering()
      this.#loses(() => server.failOver(snapshot, lingers, frozen))
      if (lingers > 0) this.#scene.world.after(lingers, () => this.#loses(() => undefined))
      for (let n = 0; n < others; n++)
        this.#scene.world.after(this.#scene.die(2) * this.#scene.die(150), () => this.#stranger(server, n))
    })
  }

  /** For how long some calls still find the server that was, which may be frozen at first. */
  #lingering(): { readonly lingers: number; readonly frozen: number } {
    const { straying, hasSplits, world, climate } = this.#scene
    if (!hasSplits || straying.random() < 0.3) return { lingers: 0, frozen: 0 }
    const most = Math.max(0, climate.length + 5 * climate.timeout - world.mono())
    const frozen = straying.random() < 0.5 ? straying.random() * 200 : 0
    return { lingers: Math.floor(Math.min(most, frozen + straying.random() * 300)), frozen: Math.floor(frozen) }
  }

  /** Somebody who is not of this fleet works on a server. */
  #stranger(server: SimulatedLedgerServer, n: number): void {
    // Never twice the same: a step of a history that was lost must not be taken for one of the next.
    const link = `${100 * this.#scene.losses + n}`.padStart(12, 'e')
    const terms = { notAfter: Number.POSITIVE_INFINITY, origin: 'e'.repeat(16), link, reign: '' }
    server.core(this.#scene.die(this.#scene.climate.shards)).raise(server.time, [keyScope('other')], terms)
  }

  #loses(lose: () => void): void {
    this.#scene.trace?.('a server loses data')
    this.#scene.counter.disturb()
    this.#scene.losses++
    lose()
    this.#scene.history.isLosing = this.#scene.isLosing
    this.#scene.lastLoss = this.#scene.world.mono()
    this.#scene.history.lose()
    for (const node of this.#scene.nodes) node.lossAt = node.world.mono()
  }
}

function strikes(shares: Partial<Record<Strike, number>>): readonly Strike[] {
  return Object.entries(shares).flatMap(([strike, times]) => new Array<Strike>(times).fill(strike as Strike))
}
